package org.lifeos.backup.api.contract;

import static org.lifeos.backup.problem.ProblemCode.*;

import java.util.EnumSet;
import java.util.Set;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.problem.ProblemCode;

/** How a job of each type can fail: what a caller that waits for it may be answered. */
final class JobProblems {
    private static final Set<ProblemCode> ANY =
            EnumSet.of(CANCELLED, WORKER_LOST, INTERNAL_WORKER_ERROR, SERVICE_DATABASE_UNAVAILABLE);
    private static final Set<ProblemCode> SERVER =
            EnumSet.of(
                    UNKNOWN_TARGET,
                    TARGET_UNREACHABLE,
                    TARGET_ACCESS_DENIED,
                    TARGET_DATABASE_MISSING,
                    TARGET_LOCKED,
                    TARGET_PERMISSION_DENIED,
                    TARGET_CONNECTION_LOST,
                    TOOL_MISSING,
                    TOOL_TOO_OLD);
    private static final Set<ProblemCode> DUMPING =
            EnumSet.of(
                    DUMP_FAILED,
                    DUMP_KILLED,
                    DUMP_STALLED,
                    DUMP_INCOMPLETE,
                    ROLES_DUMP_FAILED,
                    COMPRESSOR_FAILED,
                    FILE_NAME_TAKEN);
    private static final Set<ProblemCode> FOLDER =
            EnumSet.of(DISK_FULL, FOLDER_NOT_WRITABLE, STORAGE_FAILED);
    private static final Set<ProblemCode> READING =
            EnumSet.of(BACKUP_CORRUPT, BACKUP_FILE_MISSING, DUMP_NOT_RESTORABLE);
    private static final Set<ProblemCode> TRIAL_RESTORE =
            EnumSet.of(
                    TARGET_RESOURCES_EXHAUSTED,
                    RESTORE_FAILED,
                    RESTORE_DIFFERS,
                    SCRATCH_TOO_LARGE,
                    DUMP_FAILED,
                    DUMP_KILLED);

    private static final Set<ProblemCode> OLLAMA =
            EnumSet.of(OLLAMA_UNREACHABLE, OLLAMA_FAILED, OLLAMA_ANSWER_INVALID);

    private JobProblems() {}

    static Set<ProblemCode> of(JobType type) {
        return switch (type) {
            case POSTGRES_BACKUP -> all(SERVER, DUMPING, FOLDER, READING, TRIAL_RESTORE);
            case POSTGRES_RESTORE ->
                    all(
                            SERVER,
                            DUMPING,
                            FOLDER,
                            READING,
                            TRIAL_RESTORE,
                            EnumSet.of(DATABASE_EXISTS, PREPARED_TRANSACTIONS));
            case POSTGRES_ROLLBACK ->
                    all(SERVER, EnumSet.of(PREPARED_TRANSACTIONS, ROLLBACK_NOT_POSSIBLE));
            case BACKUP_VERIFICATION -> all(SERVER, READING, TRIAL_RESTORE);
            case BACKUP_DELETION, MANIFEST_UPDATE, RETENTION -> all(FOLDER, EnumSet.of(NOT_FOUND));
            case FILES_CHECK -> all(EnumSet.of(TOOL_MISSING, FILES_COPY_FAILED));
            case CODE_CHECK -> all(EnumSet.of(TOOL_MISSING, CODE_REPOSITORY_MISSING, GIT_FAILED));
            case OLLAMA_MANIFEST ->
                    all(OLLAMA, FOLDER, EnumSet.of(OLLAMA_LIST_EMPTY, OLLAMA_RESTORE_INCOMPLETE));
            case OLLAMA_RESTORE ->
                    all(
                            OLLAMA,
                            EnumSet.of(
                                    DISK_FULL,
                                    OLLAMA_MANIFEST_MISSING,
                                    OLLAMA_REGISTRY_UNREACHABLE,
                                    OLLAMA_STORE_FAILED));
            case CATALOG_SCAN -> all(FOLDER);
            case FILES_RESTORE ->
                    all(FOLDER, EnumSet.of(MIRROR_UNAVAILABLE, FILES_COPY_FAILED, TOOL_MISSING));
            case RECOVERY ->
                    all(
                            of(JobType.FILES_RESTORE),
                            of(JobType.CATALOG_SCAN),
                            of(JobType.BACKUP_VERIFICATION),
                            of(JobType.POSTGRES_RESTORE),
                            of(JobType.OLLAMA_RESTORE),
                            EnumSet.of(
                                    TARGET_NOT_EMPTY, NO_BACKUP_TO_RECOVER, RECOVERY_INCOMPLETE));
        };
    }

    @SafeVarargs
    private static Set<ProblemCode> all(Set<ProblemCode>... sets) {
        Set<ProblemCode> all = EnumSet.copyOf(ANY);
        for (Set<ProblemCode> set : sets) {
            all.addAll(set);
        }
        return all;
    }
}
