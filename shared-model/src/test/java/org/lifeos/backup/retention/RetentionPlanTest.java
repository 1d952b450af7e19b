package org.lifeos.backup.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.catalog.BackupKind.IMPORTED;
import static org.lifeos.backup.catalog.BackupKind.MANUAL;
import static org.lifeos.backup.catalog.BackupKind.SAFETY;
import static org.lifeos.backup.catalog.BackupKind.SCHEDULED;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.target.RetentionPolicy;

/** The reasons are a contract with those who read them: each rule by an example. */
class RetentionPlanTest {
    private static final Instant NOW = Instant.parse("2026-03-29T01:00:00Z");
    private static final RetentionPolicy USUAL = new RetentionPolicy(7, 3, null);
    private static final List<Long> STEADY = List.of(10L, 10L, 10L, 10L, 10L, 10L, 10L);

    private final List<RetentionCandidate> candidates = new ArrayList<>();

    @Test
    void aWeekOfNightlyBackupsStaysAndTheOlderOnesExpire() {
        for (int days = 0; days < 10; days++) {
            add("day-" + days, SCHEDULED, Duration.ofDays(days));
        }

        assertThat(plan(USUAL, STEADY))
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "day-0", "newest good backup",
                                "day-1", "among the newest 3",
                                "day-2", "among the newest 3",
                                "day-3", "younger than 7 days",
                                "day-4", "younger than 7 days",
                                "day-5", "younger than 7 days",
                                "day-6", "younger than 7 days",
                                "day-7", "younger than 7 days",
                                "day-8", "EXPIRED older than 7 days",
                                "day-9", "EXPIRED older than 7 days"));
    }

    @Test
    void scheduledManualAndImportedBackupsCountTogether() {
        add("manual", MANUAL, Duration.ofDays(20));
        add("imported", IMPORTED, Duration.ofDays(21));
        add("scheduled", SCHEDULED, Duration.ofDays(22));
        add("older-imported", IMPORTED, Duration.ofDays(23));
        add("older-manual", MANUAL, Duration.ofDays(24));

        assertThat(plan(USUAL, STEADY))
                .containsEntry("manual", "newest good backup")
                .containsEntry("imported", "among the newest 3")
                .containsEntry("scheduled", "among the newest 3")
                .containsEntry("older-imported", "EXPIRED older than 7 days")
                .containsEntry("older-manual", "manual backups stay");
        assertThat(plan(new RetentionPolicy(7, 3, 1), STEADY))
                .containsEntry("older-manual", "EXPIRED older than 1 day");
    }

    @Test
    void corruptAndMissingBackupsTakeNobodysPlace() {
        add("corrupt", SCHEDULED, BackupState.CORRUPT, Duration.ofDays(8), null);
        add("missing", SCHEDULED, BackupState.MISSING, Duration.ofDays(9), null);
        for (int days = 10; days < 14; days++) {
            add("day-" + days, SCHEDULED, Duration.ofDays(days));
        }

        assertThat(plan(USUAL, STEADY))
                .containsEntry("corrupt", "EXPIRED older than 7 days")
                .containsEntry("missing", "EXPIRED older than 7 days")
                .containsEntry("day-10", "newest good backup")
                .containsEntry("day-12", "among the newest 3")
                .containsEntry("day-13", "EXPIRED older than 7 days");
    }

    @Test
    void newestRestoreVerifiedBackupStays() {
        add("newest", SCHEDULED, Duration.ZERO);
        for (int days : List.of(20, 21)) {
            add(
                    "proven-" + days,
                    SCHEDULED,
                    BackupState.AVAILABLE,
                    Duration.ofDays(days),
                    VerificationLevel.RESTORE);
        }
        add(
                "read",
                SCHEDULED,
                BackupState.AVAILABLE,
                Duration.ofDays(19),
                VerificationLevel.CONTENT);

        assertThat(plan(new RetentionPolicy(7, 1, null), STEADY))
                .containsEntry("read", "EXPIRED older than 7 days")
                .containsEntry("proven-20", "newest restore-verified backup")
                .containsEntry("proven-21", "EXPIRED older than 7 days");
    }

    @Test
    void pinnedBackupsThoseInUseAndThoseOfARollbackStay() {
        add("newest", SCHEDULED, Duration.ZERO);
        add("pinned", SCHEDULED, Duration.ofDays(30), true, false, false);
        add("used", IMPORTED, Duration.ofDays(30), false, true, false);
        add("rollback", SAFETY, Duration.ofDays(30), false, false, true);
        add("safety", SAFETY, Duration.ofDays(30));

        assertThat(plan(new RetentionPolicy(7, 1, null), STEADY))
                .containsEntry("pinned", "pinned")
                .containsEntry("used", "in use")
                .containsEntry("rollback", "its restore can still be rolled back")
                .containsEntry("safety", "EXPIRED older than 7 days");
    }

    @Test
    void nothingExpiresWhileTheNewestDumpIsUnderHalfOfWhatIsUsual() {
        for (int days = 0; days < 10; days += 3) {
            add("day-" + days, SCHEDULED, Duration.ofDays(days));
        }
        RetentionPolicy policy = new RetentionPolicy(7, 1, null);
        String guard =
                "the newest dump is less than half the median of the last seven: nothing expires";

        assertThat(plan(policy, List.of(4L, 10L, 10L, 10L, 9L, 1L, 1L)))
                .containsEntry("day-0", "newest good backup")
                .containsEntry("day-6", "younger than 7 days")
                .containsEntry("day-9", guard);
        assertThat(plan(policy, List.of(5L, 10L, 10L, 10L, 10L, 10L, 10L)))
                .as("just half")
                .containsEntry("day-9", "EXPIRED older than 7 days");
        assertThat(plan(policy, List.of(4L, 10L))).as("only two").containsEntry("day-9", guard);
    }

    @Test
    void theOnlyBackupsStayHoweverOldTheyAre() {
        add("ancient", SCHEDULED, Duration.ofDays(4_000));

        assertThat(plan(new RetentionPolicy(1, 1, 1), STEADY))
                .containsExactly(Map.entry("ancient", "newest good backup"));
        assertThat(RetentionPlan.of(USUAL, List.of(), List.of(), NOW))
                .isEqualTo(new RetentionPlan(List.of(), List.of()));
    }

    private void add(String file, BackupKind kind, Duration age) {
        add(file, kind, age, false, false, false);
    }

    private void add(
            String file,
            BackupKind kind,
            BackupState state,
            Duration age,
            VerificationLevel passed) {
        Verification verification =
                passed == null ? null : new Verification(passed, Verification.Outcome.PASSED, NOW);
        candidates.add(
                new RetentionCandidate(
                        UUID.randomUUID(),
                        file,
                        kind,
                        state,
                        NOW.minus(age),
                        false,
                        verification,
                        false,
                        false));
    }

    private void add(
            String file,
            BackupKind kind,
            Duration age,
            boolean pinned,
            boolean inUse,
            boolean rollbackPossible) {
        candidates.add(
                new RetentionCandidate(
                        UUID.randomUUID(),
                        file,
                        kind,
                        BackupState.AVAILABLE,
                        NOW.minus(age),
                        pinned,
                        null,
                        inUse,
                        rollbackPossible));
    }

    /** The reason of each file, those that expire marked, whatever order the rows come in. */
    private Map<String, String> plan(RetentionPolicy policy, List<Long> recentSizes) {
        Collections.shuffle(candidates);
        RetentionPlan plan = RetentionPlan.of(policy, candidates, recentSizes, NOW);
        return Stream.concat(
                        plan.kept().stream(),
                        plan.expired().stream()
                                .map(verdict ->
                                        new Verdict(
                                                verdict.backupId(),
                                                verdict.file(),
                                                "EXPIRED " + verdict.reason())))
                .collect(Collectors.toMap(Verdict::file, Verdict::reason));
    }
}
