package org.lifeos.backup.api.health;

import static org.lifeos.backup.api.health.HealthStatus.CRITICAL;
import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.retention.RecentSizes;

/** How the backups of each target stand, by what lies in the folder. */
final class BackupChecks {
    /** A trial restore each week, and a day for it to be late. */
    private static final Duration RESTORE_TEST_AGE = Duration.ofDays(8);

    private static final int NAMED = 3;
    private static final String LOOK_AT_FOLDER =
            "Check that the disk of LIFEOS_HOME is mounted and that the API may read it.";

    private BackupChecks() {}

    static List<Finding> of(World world) {
        List<Finding> findings = new ArrayList<>();
        Look<FolderSeen> folder = world.knownFolder();
        for (String target : world.targets()) {
            if (folder.seen().isEmpty()) {
                findings.addAll(notMade(target, folder.problem().orElseThrow()));
                continue;
            }
            FolderSeen seen = folder.seen().get();
            findings.add(age(world, seen, target));
            findings.add(size(seen, target));
            findings.add(whole(world, seen, target));
            findings.add(restoreTest(world, seen, target));
            findings.add(retention(world, seen, target));
        }
        return findings;
    }

    private static List<Finding> notMade(String target, String problem) {
        return List.of(
                Finding.notMade("backup-age:" + target, CRITICAL, problem, LOOK_AT_FOLDER),
                Finding.notMade("backup-size:" + target, WARNING, problem, LOOK_AT_FOLDER),
                Finding.notMade("backups-whole:" + target, WARNING, problem, LOOK_AT_FOLDER),
                Finding.notMade("restore-test:" + target, WARNING, problem, LOOK_AT_FOLDER),
                Finding.notMade("retention:" + target, WARNING, problem, LOOK_AT_FOLDER));
    }

    private static Finding age(World world, FolderSeen folder, String target) {
        String id = "backup-age:" + target;
        String threshold = "at most " + Amounts.time(world.settings().maxAge());
        Optional<DumpSeen> newest = folder.newestGood(target);
        if (newest.isEmpty()) {
            return Finding.critical(
                    id,
                    "There is no good backup of %s on the disk.%s"
                            .formatted(target, unknown(folder)),
                    "none",
                    threshold,
                    "Take one now: POST /api/v1/backups, or backup_postgres.sh. Of dumps that lie there unknown,"
                            + " POST /api/v1/catalog/scans makes backups.");
        }
        Instant snapshotAt = newest.get().manifest().snapshotAt();
        String observed = Amounts.since(snapshotAt, world.now());
        if (Duration.between(snapshotAt, world.now()).compareTo(world.settings().maxAge()) > 0) {
            return Finding.critical(
                    id,
                    "The newest good backup of %s is %s old: %s.%s"
                            .formatted(target, observed, newest.get().name(), unknown(folder)),
                    observed,
                    threshold,
                    "Look at the last jobs of type postgres-backup for why they failed, then take a backup.");
        }
        return Finding.ok(
                id,
                "The newest good backup of %s is %s.".formatted(target, newest.get().name()),
                observed,
                threshold);
    }

    private static String unknown(FolderSeen folder) {
        int count = folder.unknown().size();
        return count == 0 ? "" : " Dumps that no manifest describes: %d.".formatted(count);
    }

    /** Against those of its own format: an archive and a plain dump differ in size by nature. */
    private static Finding size(FolderSeen folder, String target) {
        String id = "backup-size:" + target;
        List<DumpSeen> good = folder.good(target);
        if (good.isEmpty()) {
            return Finding.notMade(id, WARNING, "there is no good backup of " + target + ".", null);
        }
        DumpSeen newest = good.getFirst();
        List<Long> sizes =
                good.stream()
                        .filter(dump -> dump.manifest().format() == newest.manifest().format())
                        .limit(RecentSizes.USUAL)
                        .map(DumpSeen::sizeBytes)
                        .toList();
        long median = RecentSizes.median(sizes);
        String observed = Amounts.bytes(newest.sizeBytes());
        String threshold =
                "more than half of %s, the median of the last %d"
                        .formatted(Amounts.bytes(median), sizes.size());
        if (2 * newest.sizeBytes() <= median) {
            return Finding.warning(
                    id,
                    "The newest backup of %s is half as large as usual, or less: %s."
                            .formatted(target, newest.name()),
                    observed,
                    threshold,
                    "Look whether the database lost its content. If it was meant to, the warning ends when the median follows.");
        }
        return Finding.ok(
                id,
                "The newest backup of %s is as large as usual.".formatted(target),
                observed,
                threshold);
    }

    /** Everything that ought to be a backup is one: on the disk, of its size, not disproved. */
    private static Finding whole(World world, FolderSeen folder, String target) {
        String id = "backups-whole:" + target;
        List<String> damaged = new ArrayList<>();
        folder.damaged(target)
                .forEach(dump -> damaged.add(dump.name() + " (" + dump.problem() + ")"));
        Set<String> onDisk =
                folder.dumps().stream().map(DumpSeen::name).collect(Collectors.toSet());
        world
                .service()
                .seen()
                .map(service -> service.listed().getOrDefault(target, List.of()))
                .orElse(List.of())
                .stream()
                .filter(file -> !onDisk.contains(file))
                .sorted(Comparator.reverseOrder())
                .forEach(file -> damaged.add(file + " (the file is gone)"));
        int good = folder.good(target).size();
        if (damaged.isEmpty()) {
            return Finding.ok(
                    id,
                    "Every backup of %s lies whole on the disk.".formatted(target),
                    "%d good, 0 damaged".formatted(good),
                    "0 damaged");
        }
        String named = damaged.stream().limit(NAMED).collect(Collectors.joining(", "));
        String summary =
                "Damaged backups of %s: %s%s."
                        .formatted(target, named, damaged.size() > NAMED ? " and more" : "");
        String observed = "%d good, %d damaged".formatted(good, damaged.size());
        String hint =
                "Bring the files back from the mirror and POST /api/v1/catalog/scans, or DELETE these backups. Then check the disk.";
        return new Finding(
                id,
                isNewest(folder, target) ? CRITICAL : WARNING,
                summary,
                observed,
                "0 damaged",
                hint);
    }

    private static boolean isNewest(FolderSeen folder, String target) {
        Optional<DumpSeen> damaged =
                folder.damaged(target).stream()
                        .filter(dump -> dump.manifest().kind() != BackupKind.SAFETY)
                        .findFirst();
        Optional<DumpSeen> good = folder.newestGood(target);
        return damaged.isPresent()
                && (good.isEmpty()
                        || damaged.get()
                                .manifest()
                                .snapshotAt()
                                .isAfter(good.get().manifest().snapshotAt()));
    }

    private static Finding restoreTest(World world, FolderSeen folder, String target) {
        String id = "restore-test:" + target;
        String threshold = "at most " + Amounts.time(RESTORE_TEST_AGE);
        String hint = "POST /api/v1/backups/latest/verifications with level restore.";
        Optional<Instant> last =
                folder.good(target).stream()
                        .map(DumpSeen::manifest)
                        .filter(manifest -> manifest.isProvenBy(VerificationLevel.RESTORE))
                        .map(manifest -> manifest.verification().at())
                        .max(Comparator.naturalOrder());
        String observed = last.map(at -> Amounts.since(at, world.now())).orElse("never");
        Optional<ServiceSeen.LastEnd> failed =
                world.service()
                        .seen()
                        .flatMap(service -> service.lastEnd(JobType.BACKUP_VERIFICATION, target))
                        .filter(end -> end.state() == JobState.FAILED);
        if (failed.isPresent()) {
            return Finding.warning(
                    id,
                    "The last verification of %s failed: %s."
                            .formatted(target, failed.get().code()),
                    observed,
                    threshold,
                    "Look at the job for why, mend that, then " + hint);
        }
        if (last.isEmpty()) {
            return Finding.warning(
                    id,
                    "No backup of %s on the disk was ever restored to try it.".formatted(target),
                    observed,
                    threshold,
                    hint);
        }
        if (Duration.between(last.get(), world.now()).compareTo(RESTORE_TEST_AGE) > 0) {
            return Finding.warning(
                    id,
                    "The last trial restore of %s was %s ago.".formatted(target, observed),
                    observed,
                    threshold,
                    hint);
        }
        return Finding.ok(
                id,
                "A backup of %s was restored to try it.".formatted(target),
                observed,
                threshold);
    }

    /** As many good backups as retention promises to leave, once there were so many. */
    private static Finding retention(World world, FolderSeen folder, String target) {
        String id = "retention:" + target;
        int good = folder.good(target).size();
        if (world.service().seen().isEmpty()) {
            return Finding.notMade(
                    id,
                    WARNING,
                    world.service().problem().orElseThrow(),
                    ServiceChecks.LOOK_AT_DATABASE);
        }
        ServiceSeen service = world.service().seen().get();
        int taken = service.everTaken().getOrDefault(target, 0);
        int floor = Math.min(world.retention().keepLast(), taken);
        String observed = "%d good backups".formatted(good);
        String threshold = "at least " + floor;
        if (good < floor) {
            return Finding.warning(
                    id,
                    "Fewer good backups of %s are left than retention keeps.".formatted(target),
                    observed,
                    threshold,
                    "See backups-whole:%s for what happened to the others, then take a backup."
                            .formatted(target));
        }
        Optional<ServiceSeen.LastEnd> failed =
                service.lastEnd(JobType.RETENTION, target)
                        .filter(end -> end.state() == JobState.FAILED);
        if (failed.isPresent()) {
            return Finding.warning(
                    id,
                    "The last retention run of %s failed: %s."
                            .formatted(target, failed.get().code()),
                    observed,
                    threshold,
                    "Look at the job for why; until it works, old backups stay and the disk fills.");
        }
        return Finding.ok(
                id,
                "As many backups of %s are there as retention keeps.".formatted(target),
                observed,
                threshold);
    }
}
