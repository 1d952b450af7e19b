package org.lifeos.backup.api.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.job.BackupResult;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.FilesCheckResult;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.OllamaManifestResult;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.job.RecoveryResult;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.job.RetentionResult;
import org.lifeos.backup.job.RollbackResult;
import org.lifeos.backup.job.StoredBackupResult;
import org.lifeos.backup.job.VerificationResult;

/**
 * A job for a terminal. The last line is for shell scripts: {@code STATE backup-or-other-id
 * file-or-code}.
 */
final class JobText {
    private static final String NOTHING = "-";

    private JobText() {}

    static String of(Job job) {
        StringBuilder text = new StringBuilder();
        line(text, "job", job.id() + "  " + job.type().code() + about(job));
        line(
                text,
                "asked by",
                job.requestedBy() + (job.reason() == null ? "" : ": " + oneLine(job.reason())));
        line(text, "created", job.createdAt());
        line(text, "started", job.startedAt());
        line(text, "finished", job.finishedAt());
        line(text, "worker", job.worker());
        line(text, "attempt", "%d of %d".formatted(job.attempt(), job.maxAttempts()));
        if (!job.state().ended()) {
            line(text, "progress", progress(job.progress()));
        }
        if (job.result() != null) {
            line(text, "result", result(job.result()));
        }
        if (job.failure() != null) {
            line(text, "failure", oneLine(job.failure().detail()));
            line(text, "next", job.failure().hint());
        }
        return text.append(lastLine(job)).append('\n').toString();
    }

    /** One line for one moment of a job that is followed. */
    static String moment(Job job) {
        return job.state().ended()
                ? lastLine(job)
                : "%s %s".formatted(job.state(), progress(job.progress()));
    }

    private static String lastLine(Job job) {
        String id =
                switch (job.result()) {
                    case BackupResult backup -> backup.backupId().toString();
                    case StoredBackupResult backup -> backup.backupId().toString();
                    case VerificationResult proof -> proof.backupId().toString();
                    case RestoreResult _, RollbackResult _ -> job.id().toString();
                    case RetentionResult _ -> job.id().toString();
                    case CatalogScanResult _ -> job.id().toString();
                    case CodeCheckResult _ -> job.id().toString();
                    case OllamaManifestResult _, OllamaRestoreResult _ -> job.id().toString();
                    case RecoveryResult _, FilesRestoreResult _, FilesCheckResult _ ->
                            job.id().toString();
                    case null -> job.id().toString();
                };
        String file =
                switch (job.result()) {
                    case BackupResult backup -> backup.file();
                    case StoredBackupResult backup -> backup.file();
                    case VerificationResult proof ->
                            job.failure() == null ? proof.file() : job.failure().code();
                    case RestoreResult restore -> oneLine(restore.database());
                    case RollbackResult rollback -> oneLine(rollback.database());
                    case RetentionResult _ -> NOTHING;
                    case CatalogScanResult _ -> NOTHING;
                    case CodeCheckResult code -> code.nothingIsOpen() ? "pushed" : "not-safe";
                    case OllamaManifestResult manifest -> manifest.path().replace(' ', '_');
                    case OllamaRestoreResult restore ->
                            job.failure() != null
                                    ? job.failure().code()
                                    : OllamaText.lastWord(restore);
                    case FilesRestoreResult _ -> NOTHING;
                    case FilesCheckResult check -> FilesText.lastWord(check);
                    case RecoveryResult recovery ->
                            job.failure() != null
                                    ? job.failure().code()
                                    : Optional.ofNullable(recovery.report()).orElse(NOTHING);
                    case null ->
                            Optional.ofNullable(job.failure()).map(Failure::code).orElse(NOTHING);
                };
        return "%s %s %s".formatted(job.state(), id, file);
    }

    private static String result(JobResult result) {
        return switch (result) {
            case BackupResult backup ->
                    "%s, %,d bytes, %,d tables, %,d rows, %.1f s"
                            .formatted(
                                    backup.file(),
                                    backup.sizeBytes(),
                                    backup.tables(),
                                    backup.rows(),
                                    backup.durationMs() / 1000.0);
            case StoredBackupResult backup -> backup.file();
            case VerificationResult proof -> proven(proof);
            case RestoreResult restore -> restored(restore);
            case RollbackResult rollback ->
                    "database %s is what it was; %s holds what the restore had brought, until %s"
                            .formatted(
                                    oneLine(rollback.database()),
                                    oneLine(String.valueOf(rollback.previousDatabase())),
                                    rollback.rollbackUntil());
            case RetentionResult retention ->
                    "%d kept, %d expired"
                            .formatted(retention.kept().size(), retention.expired().size());
            case CatalogScanResult scan -> scanned(scan);
            case CodeCheckResult code -> code(code);
            case OllamaManifestResult manifest ->
                    listing(OllamaText.of(manifest), OllamaText.items(manifest));
            case OllamaRestoreResult restore ->
                    listing(OllamaText.of(restore), OllamaText.items(restore));
            case FilesRestoreResult restore -> FilesText.of(restore);
            case FilesCheckResult check -> listing(FilesText.of(check), FilesText.items(check));
            case RecoveryResult recovery ->
                    listing(RecoveryText.of(recovery), RecoveryText.items(recovery));
        };
    }

    private static String scanned(CatalogScanResult scan) {
        List<String> bad = new ArrayList<>();
        scan.missing().forEach(file -> bad.add("missing " + file));
        scan.corrupt().forEach(file -> bad.add("corrupt " + file));
        return listing(
                "%d imported, %d unchanged, %d missing, %d corrupt"
                        .formatted(
                                scan.imported().size(),
                                scan.unchanged(),
                                scan.missing().size(),
                                scan.corrupt().size()),
                bad);
    }

    private static String code(CodeCheckResult code) {
        String pushed = code.pushed() == null ? "not known" : code.pushed() ? "yes" : "no";
        return listing(
                "branch %s, pushed: %s, %d uncommitted files, %d stashes"
                        .formatted(
                                code.branch() == null ? NOTHING : code.branch(),
                                pushed,
                                code.dirtyFileCount(),
                                code.stashes()),
                code.problems());
    }

    private static String proven(VerificationResult proof) {
        String outcome = proof.differences().isEmpty() ? "holds" : "does not hold";
        return listing(
                "%s, level %s, %s".formatted(proof.file(), proof.level().code(), outcome),
                proof.differences());
    }

    /** What is listed under a line stands in its column. */
    private static String listing(String line, List<String> items) {
        StringBuilder text = new StringBuilder(line);
        items.forEach(item -> text.append("%n          ".formatted()).append(oneLine(item)));
        return text.toString();
    }

    private static String restored(RestoreResult restore) {
        String whole = restore.verified() ? "equal to the backup" : "with errors";
        return listing(
                "database %s, %,d tables, %,d rows, %s"
                        .formatted(
                                oneLine(restore.database()),
                                restore.tables(),
                                restore.rows(),
                                whole),
                restore.errors().isEmpty() ? wayBack(restore) : restore.errors());
    }

    private static List<String> wayBack(RestoreResult restore) {
        return restore.previousDatabase() == null
                ? List.of()
                : List.of(
                        "%s holds what was there before; it can be rolled back until %s"
                                .formatted(restore.previousDatabase(), restore.rollbackUntil()));
    }

    private static String progress(Progress progress) {
        return progress == null
                ? "waiting"
                : "%s: %s".formatted(progress.phase(), oneLine(progress.message()));
    }

    private static String about(Job job) {
        return job.target() == null ? "" : " of " + job.target();
    }

    private static void line(StringBuilder text, String label, Object value) {
        if (value != null) {
            text.append("%-9s %s%n".formatted(label, value));
        }
    }

    /** A line of its own would be taken for the last one. */
    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
