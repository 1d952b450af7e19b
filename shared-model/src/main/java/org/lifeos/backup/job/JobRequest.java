package org.lifeos.backup.job;

import java.util.Optional;
import org.lifeos.backup.json.Json;

/** What a job is to do, complete and validated: a worker needs nothing else to run it. */
public sealed interface JobRequest
        permits BackupRequest,
                ManifestUpdateRequest,
                BackupDeletionRequest,
                CatalogScanRequest,
                CodeCheckRequest,
                FilesCheckRequest,
                FilesRestoreRequest,
                OllamaManifestRequest,
                OllamaRestoreRequest,
                RecoveryRequest,
                RestoreRequest,
                RetentionRequest,
                VerificationRequest,
                RollbackRequest {

    JobType type();

    /** The target that the job is about, if it is about one. */
    Optional<String> target();

    /**
     * What only one running job at a time may hold. The database enforces it; the others wait
     * QUEUED, oldest first. A backup and a restore of one target hold the same key.
     */
    Optional<String> exclusiveKey();

    static JobRequest read(JobType type, String json) {
        return switch (type) {
            case POSTGRES_BACKUP -> Json.read(json, BackupRequest.class);
            case MANIFEST_UPDATE -> Json.read(json, ManifestUpdateRequest.class);
            case BACKUP_DELETION -> Json.read(json, BackupDeletionRequest.class);
            case POSTGRES_RESTORE -> Json.read(json, RestoreRequest.class);
            case BACKUP_VERIFICATION -> Json.read(json, VerificationRequest.class);
            case RETENTION -> Json.read(json, RetentionRequest.class);
            case POSTGRES_ROLLBACK -> Json.read(json, RollbackRequest.class);
            case CATALOG_SCAN -> Json.read(json, CatalogScanRequest.class);
            case OLLAMA_MANIFEST -> Json.read(json, OllamaManifestRequest.class);
            case OLLAMA_RESTORE -> Json.read(json, OllamaRestoreRequest.class);
            case CODE_CHECK -> Json.read(json, CodeCheckRequest.class);
            case RECOVERY -> Json.read(json, RecoveryRequest.class);
            case FILES_RESTORE -> Json.read(json, FilesRestoreRequest.class);
            case FILES_CHECK -> Json.read(json, FilesCheckRequest.class);
        };
    }
}
