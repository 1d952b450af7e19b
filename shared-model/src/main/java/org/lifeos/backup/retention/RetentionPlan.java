package org.lifeos.backup.retention;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.lifeos.backup.target.RetentionPolicy;

/**
 * Which backups of a target stay and which expire; each is in exactly one list, newest first.
 *
 * <p>Expiring any of {@code expired} changes nothing about the others: a plan that is made again in
 * the middle of its execution says the same of what is left.
 */
public record RetentionPlan(List<Verdict> kept, List<Verdict> expired) {
    private static final Comparator<RetentionCandidate> NEWEST_FIRST =
            Comparator.comparing(RetentionCandidate::snapshotAt)
                    .thenComparing(candidate -> candidate.backupId().toString())
                    .reversed();

    /**
     * @param candidates all backups of one target that are not removed yet
     * @param recentSizes sizes in bytes of the target's last dumps, newest first, at most {@link
     *     RecentSizes#USUAL}, also of those that expired since
     */
    public static RetentionPlan of(
            RetentionPolicy policy,
            List<RetentionCandidate> candidates,
            List<Long> recentSizes,
            Instant now) {
        List<RetentionCandidate> newestFirst = candidates.stream().sorted(NEWEST_FIRST).toList();
        Rules rules = Rules.of(policy, newestFirst, RecentSizes.haveShrunk(recentSizes), now);
        List<Verdict> kept = new ArrayList<>();
        List<Verdict> expired = new ArrayList<>();
        for (RetentionCandidate candidate : newestFirst) {
            String reasonToStay = rules.reasonToStay(candidate);
            if (reasonToStay != null) {
                kept.add(new Verdict(candidate.backupId(), candidate.file(), reasonToStay));
            } else {
                String reason = "older than " + days(policy.daysOf(candidate.kind()));
                expired.add(new Verdict(candidate.backupId(), candidate.file(), reason));
            }
        }
        return new RetentionPlan(List.copyOf(kept), List.copyOf(expired));
    }

    private static String days(int days) {
        return days == 1 ? "1 day" : days + " days";
    }

    /** What was found out about all backups together, to judge each. Ids are null where none is. */
    private record Rules(
            RetentionPolicy policy,
            UUID newestGood,
            UUID newestVerified,
            Set<UUID> last,
            boolean shrunk,
            Instant now) {

        static Rules of(
                RetentionPolicy policy,
                List<RetentionCandidate> newestFirst,
                boolean shrunk,
                Instant now) {
            List<UUID> good =
                    newestFirst.stream()
                            .filter(RetentionCandidate::isGood)
                            .map(RetentionCandidate::backupId)
                            .toList();
            UUID verified =
                    newestFirst.stream()
                            .filter(RetentionCandidate::isRestoreVerified)
                            .map(RetentionCandidate::backupId)
                            .findFirst()
                            .orElse(null);
            return new Rules(
                    policy,
                    good.isEmpty() ? null : good.getFirst(),
                    verified,
                    good.stream().limit(policy.keepLast()).collect(Collectors.toSet()),
                    shrunk,
                    now);
        }

        /** The first rule that holds the backup, or null when none does. */
        String reasonToStay(RetentionCandidate candidate) {
            UUID id = candidate.backupId();
            if (id.equals(newestGood)) {
                return "newest good backup";
            }
            if (id.equals(newestVerified)) {
                return "newest restore-verified backup";
            }
            if (candidate.pinned()) {
                return "pinned";
            }
            if (candidate.inUse()) {
                return "in use";
            }
            if (candidate.rollbackPossible()) {
                return "its restore can still be rolled back";
            }
            if (last.contains(id)) {
                return "among the newest " + policy.keepLast();
            }
            Integer days = policy.daysOf(candidate.kind());
            if (days == null) {
                return "manual backups stay";
            }
            if (!candidate.snapshotAt().isBefore(now.minus(Duration.ofDays(days)))) {
                return "younger than " + days(days);
            }
            return shrunk
                    ? "the newest dump is less than half the median of the last seven: nothing expires"
                    : null;
        }
    }
}
