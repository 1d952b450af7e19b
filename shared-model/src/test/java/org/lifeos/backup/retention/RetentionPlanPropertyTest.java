package org.lifeos.backup.retention;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;

/** Random histories against the rules of retention, written down a second time and naively. */
class RetentionPlanPropertyTest {
    private static final int HISTORIES = 20_000;

    private final long seed = new SplittableRandom().nextLong();
    private final SplittableRandom random = new SplittableRandom(seed);

    @Test
    void whatExpiresIsWhatNoRuleHolds() {
        System.out.println("seed of the histories: " + seed);
        int expired = 0;
        for (int i = 0; i < HISTORIES; i++) {
            RandomHistory history = RandomHistory.of(random);
            RetentionPlan plan = planOf(history);

            Set<UUID> wanted =
                    history.candidates().stream()
                            .filter(candidate -> !stays(candidate, history))
                            .map(RetentionCandidate::backupId)
                            .collect(Collectors.toSet());
            assertThat(ids(plan.expired()))
                    .as("seed %d, history %d: %s", seed, i, history)
                    .isEqualTo(wanted);
            expired += wanted.size();
        }
        assertThat(expired).as("seed %d", seed).isGreaterThan(HISTORIES / 2);
    }

    @Test
    void everyBackupIsInExactlyOneListWithAReason() {
        for (int i = 0; i < HISTORIES; i++) {
            RandomHistory history = RandomHistory.of(random);
            RetentionPlan plan = planOf(history);

            Set<UUID> all = new HashSet<>(ids(plan.kept()));
            all.addAll(ids(plan.expired()));
            assertThat(plan.kept().size() + plan.expired().size())
                    .as("seed %d, history %d: %s", seed, i, history)
                    .isEqualTo(history.candidates().size())
                    .isEqualTo(all.size());
            assertThat(plan.kept()).allMatch(verdict -> !verdict.reason().isBlank());
            assertThat(plan.expired()).allMatch(verdict -> verdict.reason().startsWith("older"));
        }
    }

    @Test
    void aRunThatStopsInTheMiddleIsFinishedByTheNextOneAsItBegan() {
        for (int i = 0; i < HISTORIES; i++) {
            RandomHistory history = RandomHistory.of(random);
            RetentionPlan plan = planOf(history);
            Set<UUID> gone =
                    ids(plan.expired()).stream()
                            .filter(_ -> random.nextBoolean())
                            .collect(Collectors.toSet());
            List<RetentionCandidate> left =
                    history.candidates().stream()
                            .filter(candidate -> !gone.contains(candidate.backupId()))
                            .toList();

            RetentionPlan rest =
                    RetentionPlan.of(history.policy(), left, history.recentSizes(), history.now());

            assertThat(rest.kept())
                    .as("seed %d, history %d: %s", seed, i, history)
                    .isEqualTo(plan.kept());
            assertThat(plan.expired()).containsAll(rest.expired());
            assertThat(rest.expired()).hasSize(plan.expired().size() - gone.size());
        }
    }

    private static RetentionPlan planOf(RandomHistory history) {
        return RetentionPlan.of(
                history.policy(), history.candidates(), history.recentSizes(), history.now());
    }

    private static Set<UUID> ids(List<Verdict> verdicts) {
        return verdicts.stream().map(Verdict::backupId).collect(Collectors.toSet());
    }

    // ------------------------------------------------------------------------- the rules again --

    private static boolean stays(RetentionCandidate it, RandomHistory history) {
        long newerGood = history.candidates().stream().filter(c -> good(c) && newer(c, it)).count();
        boolean newestProven =
                proven(it)
                        && history.candidates().stream().noneMatch(c -> proven(c) && newer(c, it));
        boolean counts = good(it) && newerGood < Math.max(1, history.policy().keepLast());
        return counts
                || newestProven
                || it.pinned()
                || it.inUse()
                || it.rollbackPossible()
                || !old(it, history)
                || shrunk(history.recentSizes());
    }

    private static boolean good(RetentionCandidate it) {
        return it.kind() != BackupKind.SAFETY && it.state() == BackupState.AVAILABLE;
    }

    private static boolean proven(RetentionCandidate it) {
        return good(it)
                && it.verification() != null
                && it.verification().outcome() == Verification.Outcome.PASSED
                && it.verification().level() == VerificationLevel.RESTORE;
    }

    private static boolean newer(RetentionCandidate one, RetentionCandidate other) {
        int order = one.snapshotAt().compareTo(other.snapshotAt());
        return order > 0
                || order == 0
                        && one.backupId().toString().compareTo(other.backupId().toString()) > 0;
    }

    private static boolean old(RetentionCandidate it, RandomHistory history) {
        Duration age = Duration.between(it.snapshotAt(), history.now());
        Integer days =
                it.kind() == BackupKind.MANUAL
                        ? history.policy().keepManualDays()
                        : Integer.valueOf(history.policy().keepDays());
        return days != null && age.compareTo(Duration.ofDays(days)) > 0;
    }

    /** Half of the sizes, or one less than the larger half, are smaller than the median. */
    private static boolean shrunk(List<Long> sizes) {
        for (long median : sizes) {
            long smaller = sizes.stream().filter(size -> size < median).count();
            long notLarger = sizes.stream().filter(size -> size <= median).count();
            if (smaller <= sizes.size() / 2 && notLarger > sizes.size() / 2) {
                return sizes.getFirst() < median / 2.0;
            }
        }
        return false;
    }
}
