package org.lifeos.backup.worker.catalog;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.DumpedDatabase;
import org.lifeos.backup.catalog.TableContent;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.Verification.Outcome;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.worker.storage.FoundDump;
import org.lifeos.backup.worker.target.Targets;

/** Manifests for dumps that have none to be believed, from what the dumps themselves tell. */
final class ImportedManifest {
    private static final String UNKNOWN = "unknown";

    private final Targets targets;
    private final ZoneId zone;
    private final String requestedBy;

    /**
     * @param zone in which file names tell the time
     * @param requestedBy who asked for the scan
     */
    ImportedManifest(Targets targets, ZoneId zone, String requestedBy) {
        this.targets = targets;
        this.zone = zone;
        this.requestedBy = requestedBy;
    }

    /** Of a dump that was never seen before, under a new id. */
    BackupManifest of(ForeignDump dump, FoundDump found, Instant now) {
        DumpFileName name = new DumpFileName(dump.file().name());
        String target = name.target(targets.byName().keySet());
        Instant snapshotAt =
                name.time(zone, found.modifiedAt(), now)
                        // as exact as the database keeps it
                        .orElse(earliest(found.modifiedAt(), now).truncatedTo(ChronoUnit.MICROS));
        return manifest(
                dump,
                new Backup(
                        UuidV7.next(InstantSource.system()),
                        target,
                        // it must never be the latest: it holds what a restore replaced
                        name.isSafety() ? BackupKind.SAFETY : BackupKind.IMPORTED,
                        null,
                        BackupState.AVAILABLE,
                        name.format(),
                        dump.file(),
                        new DumpedDatabase(
                                targets.get(target).database(),
                                dump.serverVersion().orElse(UNKNOWN),
                                null),
                        snapshotAt,
                        now,
                        0,
                        0,
                        0,
                        null,
                        false,
                        null,
                        null,
                        null,
                        null),
                now);
    }

    private static Instant earliest(Instant modifiedAt, Instant now) {
        if (modifiedAt.isBefore(Instant.EPOCH)) {
            return Instant.EPOCH;
        }
        return modifiedAt.isAfter(now) ? now : modifiedAt;
    }

    /**
     * Of a dump that the catalogue knows: what callers said of it, and when it was taken, stays.
     */
    BackupManifest of(ForeignDump dump, Backup known, Instant now) {
        return manifest(dump, known, now);
    }

    /** What a manifest tells that a scan wrote before. */
    static Backup backup(BackupManifest manifest) {
        return new Backup(
                manifest.backupId(),
                manifest.target(),
                manifest.kind(),
                manifest.label(),
                BackupState.CORRUPT,
                manifest.format(),
                manifest.file(),
                manifest.database(),
                manifest.snapshotAt(),
                manifest.createdAt(),
                manifest.durationMs(),
                manifest.tables(),
                manifest.rows(),
                manifest.verification(),
                manifest.pinned(),
                null,
                manifest.reason(),
                null,
                null);
    }

    private BackupManifest manifest(ForeignDump dump, Backup known, Instant now) {
        List<TableContent> tables = dump.tables();
        return new BackupManifest(
                BackupManifest.VERSION,
                known.id(),
                null,
                0,
                known.target(),
                known.kind(),
                known.label(),
                known.reason(),
                requestedBy,
                known.format(),
                known.pinned(),
                dump.file(),
                null,
                known.database(),
                dump.toolVersion().orElse(UNKNOWN),
                known.format() == BackupFormat.CUSTOM ? "pg_dump" : "gzip",
                known.snapshotAt(),
                known.createdAt(),
                known.durationMs(),
                tables.size(),
                tables.stream().mapToLong(TableContent::rows).sum(),
                tables,
                dump.isInUtc() ? dump.content().fingerprint() : null,
                null,
                verification(dump, known.verification(), now));
    }

    /**
     * That it was read to its end marker is a proof of the content, and the reverse its disproof.
     */
    private static Verification verification(ForeignDump dump, Verification before, Instant now) {
        boolean isWhole = dump.damage().isEmpty();
        boolean holds =
                before != null
                        && (isWhole
                                ? before.outcome() == Outcome.PASSED
                                        || before.level() == VerificationLevel.RESTORE
                                : before.outcome() == Outcome.FAILED);
        return holds
                ? before
                : new Verification(
                        VerificationLevel.CONTENT, isWhole ? Outcome.PASSED : Outcome.FAILED, now);
    }
}
