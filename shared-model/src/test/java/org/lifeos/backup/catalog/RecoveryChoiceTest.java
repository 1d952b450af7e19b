package org.lifeos.backup.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecoveryChoiceTest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private record Sample(Instant snapshotAt, int tables, long rows, DumpFile file)
            implements Restorable {}

    private static Sample sample(int tables, long rows, long sizeBytes) {
        return new Sample(NOON, tables, rows, new DumpFile("some.sql.gz", sizeBytes, "00"));
    }

    private static final Sample EMPTY = sample(0, 0, 800);
    private static final Sample MIGRATED = sample(60, 40, 30_000);
    private static final Sample WHOLE = sample(60, 50_000, 500_000);

    /** The index of the one that is chosen of these, given newest first. */
    private static int chosenOf(Sample... newestFirst) {
        List<Sample> dated = new ArrayList<>();
        for (int i = 0; i < newestFirst.length; i++) {
            Sample sample = newestFirst[i];
            dated.add(
                    new Sample(
                            NOON.minusSeconds(i), sample.tables(), sample.rows(), sample.file()));
        }
        List<Sample> inAnyOrder = new ArrayList<>(dated);
        Collections.reverse(inAnyOrder);

        RecoveryChoice<Sample> choice = RecoveryChoice.among(inAnyOrder).orElseThrow();

        int index = dated.indexOf(choice.chosen());
        assertThat(choice.passedOver())
                .as("all with tables that are newer than the chosen one")
                .isEqualTo(
                        dated.subList(0, index).stream()
                                .filter(sample -> sample.tables() > 0)
                                .toList());
        return index;
    }

    private static Sample[] then(int count, Sample sample, Sample... older) {
        return Stream.concat(IntStream.range(0, count).mapToObj(i -> sample), Arrays.stream(older))
                .toArray(Sample[]::new);
    }

    @Test
    void newestIsChosen() {
        assertThat(RecoveryChoice.among(List.of())).isEmpty();
        assertThat(chosenOf(WHOLE)).isZero();
        assertThat(chosenOf(WHOLE, WHOLE)).isZero();
        assertThat(chosenOf(sample(60, 50_100, 501_000), WHOLE, WHOLE)).isZero();
        assertThat(chosenOf(WHOLE, MIGRATED, MIGRATED)).isZero();
    }

    @Test
    void backupOfAnEmptyDatabaseIsTheLast() {
        assertThat(chosenOf(EMPTY, MIGRATED)).isEqualTo(1);
        assertThat(chosenOf(then(30, EMPTY, WHOLE))).isEqualTo(30);
        assertThat(chosenOf(EMPTY, EMPTY)).isZero();
    }

    @Test
    void backupOfWhatAnApplicationMakesWhenItStartsIsPassedOver() {
        assertThat(chosenOf(MIGRATED, WHOLE)).isEqualTo(1);
        assertThat(chosenOf(MIGRATED, EMPTY, WHOLE)).isEqualTo(2);
        assertThat(chosenOf(MIGRATED, MIGRATED, WHOLE)).isEqualTo(2);
        assertThat(chosenOf(then(6, MIGRATED, then(4, WHOLE)))).isEqualTo(6);
        assertThat(chosenOf(then(6, MIGRATED, WHOLE))).isEqualTo(6);
    }

    @Test
    void whatHasBeenSoForSevenIsChosen() {
        assertThat(chosenOf(then(7, MIGRATED, then(9, WHOLE)))).isZero();
    }

    @Test
    void fewerRowsOrFewerBytesAloneAreNoReason() {
        // a table of events was cleared; a dump of this format, or with another compressor, is
        // smaller
        assertThat(chosenOf(sample(60, 20_000, 400_000), WHOLE, WHOLE)).isZero();
        assertThat(chosenOf(sample(60, 50_000, 100_000), WHOLE, WHOLE)).isZero();
        assertThat(chosenOf(sample(60, 25_000, 250_000), WHOLE, WHOLE)).isZero();
        assertThat(chosenOf(sample(60, 24_999, 249_999), WHOLE, WHOLE)).isEqualTo(1);
        // none of them has more of both
        Sample manyRows = sample(60, 90_000, 100_000);
        Sample manyBytes = sample(60, 10_000, 900_000);
        assertThat(chosenOf(sample(60, 20_000, 200_000), manyRows, manyBytes)).isZero();
    }
}
