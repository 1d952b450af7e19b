package org.lifeos.backup.testing;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.DumpedDatabase;
import org.lifeos.backup.catalog.LargeObjectContent;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.catalog.SequenceContent;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.job.Lease;

/** Manifests as a worker writes them, every field of them filled. */
public final class SampleManifest {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123456Z");

    private SampleManifest() {}

    /** Of a dump that a job made. */
    public static BackupManifest of(UUID jobId, DumpFile file) {
        return of(jobId, "lifeos", BackupKind.MANUAL, file, NOON);
    }

    /** Of a dump that an attempt made. */
    public static BackupManifest of(Lease lease, DumpFile file) {
        return of(lease.jobId(), lease.attempt(), "lifeos", BackupKind.MANUAL, file, NOON);
    }

    public static BackupManifest of(
            UUID jobId, String target, BackupKind kind, DumpFile file, Instant snapshotAt) {
        return of(jobId, 1, target, kind, file, snapshotAt);
    }

    private static BackupManifest of(
            UUID jobId,
            int attempt,
            String target,
            BackupKind kind,
            DumpFile file,
            Instant snapshotAt) {
        return new BackupManifest(
                BackupManifest.VERSION,
                UUID.randomUUID(),
                jobId,
                attempt,
                target,
                kind,
                "before-42",
                "a reason",
                "ci-token",
                BackupFormat.PLAIN,
                true,
                file,
                new RolesFile(file.name() + ".roles.sql", true, "ab".repeat(32)),
                new DumpedDatabase("lifeos", "16.4", 11_000_000L),
                "16.4",
                "igzip",
                snapshotAt,
                snapshotAt.plusSeconds(2),
                1_500,
                2,
                3,
                List.of(
                        new TableContent("public.characters", 3, "0123456789abcdef".repeat(2)),
                        new TableContent("public.\"Odd Name\"", 0, "0".repeat(32))),
                new ContentFingerprint(
                        ContentFingerprint.VERSION,
                        List.of(new SequenceContent("public.characters_id_seq", 3, true)),
                        new LargeObjectContent(1, 12, "fedcba9876543210".repeat(2)),
                        "89abcdef01234567".repeat(2)),
                List.of("studio"),
                new Verification(
                        VerificationLevel.CONTENT,
                        Verification.Outcome.PASSED,
                        snapshotAt.plusSeconds(1)));
    }
}
