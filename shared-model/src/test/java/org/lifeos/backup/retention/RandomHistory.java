package org.lifeos.backup.retention;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.target.RetentionPolicy;

/** Some backups of a target as they may be after months of use, misuse and bad luck. */
record RandomHistory(
        RetentionPolicy policy,
        List<RetentionCandidate> candidates,
        List<Long> recentSizes,
        Instant now) {
    private static final BackupState[] STORED = {
        BackupState.AVAILABLE,
        BackupState.AVAILABLE,
        BackupState.AVAILABLE,
        BackupState.CORRUPT,
        BackupState.MISSING
    };

    static RandomHistory of(SplittableRandom random) {
        Instant now = Instant.parse("2026-03-29T01:00:00Z");
        int days = random.nextInt(1, 10);
        List<RetentionCandidate> candidates = new ArrayList<>();
        int count = random.nextInt(0, 14);
        for (int i = 0; i < count; i++) {
            candidates.add(candidate(random, now, days));
        }
        List<Long> sizes =
                random.longs(random.nextInt(0, RecentSizes.USUAL + 1), 1, 40).boxed().toList();
        RetentionPolicy policy =
                new RetentionPolicy(
                        days,
                        random.nextInt(1, 5),
                        random.nextBoolean() ? null : random.nextInt(1, 10));
        return new RandomHistory(policy, candidates, sizes, now);
    }

    private static RetentionCandidate candidate(SplittableRandom random, Instant now, int days) {
        UUID id = new UUID(random.nextLong(), random.nextLong());
        BackupKind kind = BackupKind.values()[random.nextInt(4)];
        return new RetentionCandidate(
                id,
                id + ".sql.gz",
                kind,
                STORED[random.nextInt(STORED.length)],
                snapshotAt(random, now, days),
                random.nextInt(8) == 0,
                verification(random, now),
                random.nextInt(8) == 0,
                kind == BackupKind.SAFETY && random.nextInt(3) == 0);
    }

    /** Often of the same moment as another one, or just as old as the policy says. */
    private static Instant snapshotAt(SplittableRandom random, Instant now, int days) {
        return switch (random.nextInt(5)) {
            case 0 -> now.minus(Duration.ofDays(days));
            case 1 -> now.minus(Duration.ofDays(days)).minusNanos(1_000);
            case 2 -> now.plus(Duration.ofHours(random.nextInt(3)));
            default -> now.minus(Duration.ofHours(random.nextInt(24 * 20)));
        };
    }

    private static Verification verification(SplittableRandom random, Instant at) {
        return random.nextBoolean()
                ? null
                : new Verification(
                        VerificationLevel.values()[random.nextInt(4)],
                        Verification.Outcome.values()[random.nextInt(2)],
                        at);
    }
}
