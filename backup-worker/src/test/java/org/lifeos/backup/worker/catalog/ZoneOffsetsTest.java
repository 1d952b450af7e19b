package org.lifeos.backup.worker.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZoneOffsetsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1\t2026-01-31 12:00:00+01\tAda",
                "2026-01-31 12:00:00.123456-03",
                "2026-01-31 12:00:00+05:45",
                "1911-01-31 12:00:00+00:30",
                "1880-01-31 12:00:00-00:01:15",
                "[\"2026-01-31 12:00:00+00\",\"2026-07-31 12:00:00+02\")"
            })
    void offsetOfAnotherZoneIsSeen(String text) {
        assertThat(seen(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-01-31 12:00:00+00",
                "2026-01-31 12:00:00.123456+00\t5",
                "2026-01-31 12:00:00",
                "2026-01-31",
                "a:12 +05",
                "12:00:0 +01",
                ""
            })
    void utcAndOtherTextsAreNone(String text) {
        assertThat(seen(text)).isFalse();
    }

    /** In one piece and in pieces of one byte, as a stream may bring it. */
    private static boolean seen(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        ZoneOffsets whole = new ZoneOffsets();
        whole.accept(bytes, bytes.length);
        ZoneOffsets pieces = new ZoneOffsets();
        for (byte one : bytes) {
            pieces.accept(new byte[] {one}, 1);
        }
        assertThat(pieces.seen()).isEqualTo(whole.seen());
        return whole.seen();
    }
}
