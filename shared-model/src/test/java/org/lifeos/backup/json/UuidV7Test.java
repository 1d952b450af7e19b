package org.lifeos.backup.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.PostgresServer;

class UuidV7Test {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123Z");

    @Test
    void idIsOfVersionSevenAndTellsItsMillisecond() {
        UUID id = UuidV7.next(InstantSource.fixed(NOON));

        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).as("RFC 9562").isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOON.toEpochMilli());
    }

    @Test
    void idsOfOneMillisecondDiffer() {
        Set<UUID> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            ids.add(UuidV7.next(InstantSource.fixed(NOON)));
        }
        assertThat(ids).hasSize(10_000).allMatch(id -> id.version() == 7 && id.variant() == 2);
    }

    @Test
    void idsSortByTheirTimeInJavaAsTextAndInTheDatabase() {
        List<UUID> ids = new ArrayList<>();
        for (long millis : new long[] {0, 1, 255, 256, 1L << 32, NOON.toEpochMilli(), 1L << 46}) {
            ids.add(UuidV7.next(InstantSource.fixed(Instant.ofEpochMilli(millis))));
        }

        assertThat(ids).isSorted();
        assertThat(ids.stream().map(UUID::toString)).isSorted();
        assertThat(
                        PostgresServer.shared()
                                .rows(
                                        "postgres",
                                        "select unnest(array['%s']::uuid[]) as id order by id"
                                                .formatted(
                                                        String.join(
                                                                "','",
                                                                ids.reversed().stream()
                                                                        .map(UUID::toString)
                                                                        .toList()))))
                .extracting(List::getFirst)
                .isEqualTo(ids.stream().map(UUID::toString).toList());
    }
}
