package org.lifeos.backup.job;

import org.lifeos.backup.json.Json;

/** What a job found or made; a failed job keeps the part it has. */
public sealed interface JobResult
        permits BackupResult,
                CatalogScanResult,
                CodeCheckResult,
                FilesCheckResult,
                FilesRestoreResult,
                OllamaManifestResult,
                OllamaRestoreResult,
                RecoveryResult,
                StoredBackupResult,
                RestoreResult,
                RetentionResult,
                VerificationResult,
                RollbackResult {

    static JobResult read(JobType type, String json) {
        return switch (type) {
            case POSTGRES_BACKUP -> Json.read(json, BackupResult.class);
            case MANIFEST_UPDATE, BACKUP_DELETION -> Json.read(json, StoredBackupResult.class);
            case POSTGRES_RESTORE -> Json.read(json, RestoreResult.class);
            case BACKUP_VERIFICATION -> Json.read(json, VerificationResult.class);
            case RETENTION -> Json.read(json, RetentionResult.class);
            case POSTGRES_ROLLBACK -> Json.read(json, RollbackResult.class);
            case CATALOG_SCAN -> Json.read(json, CatalogScanResult.class);
            case OLLAMA_MANIFEST -> Json.read(json, OllamaManifestResult.class);
            case OLLAMA_RESTORE -> Json.read(json, OllamaRestoreResult.class);
            case CODE_CHECK -> Json.read(json, CodeCheckResult.class);
            case RECOVERY -> Json.read(json, RecoveryResult.class);
            case FILES_RESTORE -> Json.read(json, FilesRestoreResult.class);
            case FILES_CHECK -> Json.read(json, FilesCheckResult.class);
        };
    }
}
