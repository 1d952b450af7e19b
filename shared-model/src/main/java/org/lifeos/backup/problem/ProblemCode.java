package org.lifeos.backup.problem;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The one catalogue of everything that can go wrong in the user's world, for answers, job rows and
 * logs alike. {@code docs/problems.md} lists it for readers; a test keeps the two equal.
 *
 * <p>Each entry states the HTTP status it is answered with, whether a job that failed so is tried
 * again, a title that never varies and a hint that tells what to do next. What happened to what is
 * said in the detail of the single problem.
 */
public enum ProblemCode {
    MALFORMED_REQUEST(
            400,
            "The request could not be read",
            "Mend what the detail names; a body is one JSON object in UTF-8, for example {}."),
    INVALID_PARAMETER(
            400,
            "A query parameter or the path has a wrong value",
            "Correct the parameter that the detail names."),
    INVALID_HEADER(
            400, "A request header has a wrong value", "Correct the header that the detail names."),
    UNAUTHORIZED(
            401,
            "No valid token",
            "Send 'Authorization: Bearer TOKEN' with a token of BACKUP_TOKENS."),
    FORBIDDEN(
            403,
            "The token's role does not allow this",
            "Use a token with the role that the detail names."),
    NOT_FOUND(
            404, "There is nothing here", "Check the path and the id; the lists show what exists."),
    METHOD_NOT_ALLOWED(
            405,
            "The path does not know this method",
            "See /q/openapi for the methods of each path."),
    NOT_ACCEPTABLE(
            406, "No such rendering", "Ask for application/json, or leave the Accept header away."),
    UNKNOWN_TARGET(
            422,
            "No such target",
            "Use a target that GET /api/v1/targets lists, or add it to BACKUP_TARGETS of API and worker."),
    ALREADY_ENDED(
            409,
            "The job has already ended",
            "Nothing is left to cancel; look at the job's state."),
    JOB_LOCKED(
            503,
            Retry.YES,
            "The job is just being published or ended",
            "Cancel it again in a moment; the job itself shows whether it has ended."),
    LAST_GOOD_BACKUP(
            409,
            "It is the target's last good backup",
            "Take a new backup first, then delete this one."),
    PINNED(409, "The backup is pinned", "Unpin it first: PATCH it with {\"pinned\": false}."),
    IN_USE(409, "A job needs the backup", "Wait for the job that the detail names, or cancel it."),
    RANGE_NOT_SATISFIABLE(
            416, "The range lies outside the file", "Ask for a range within the file's size."),
    PAYLOAD_TOO_LARGE(
            413,
            "The request body is too large",
            "Send a smaller body; 64 KiB are enough for every request."),
    URI_TOO_LONG(414, "The path is too long", "Shorten the path or its query."),
    UNSUPPORTED_MEDIA_TYPE(
            415,
            "The body's type is not supported",
            "Send the header 'Content-Type: application/json' with the body."),
    INVALID_FIELD(
            422, "A field of the request is wrong", "Correct the field that the detail names."),
    IDEMPOTENCY_KEY_REUSED(
            422,
            "The idempotency key was used with another body",
            "Use a new Idempotency-Key for a new request, or send the first body again."),
    NOT_AVAILABLE(422, "This is not available yet", "Leave the field that the detail names away."),
    TOO_MANY_ATTEMPTS(
            429,
            "Too many attempts with a wrong token",
            "Wait as long as Retry-After says; valid tokens keep working."),
    HEADERS_TOO_LARGE(431, "The request headers are too large", "Send fewer or shorter headers."),
    INTERNAL_ERROR(
            500,
            "The service made a mistake",
            "Look into the service's log for the time of this answer and report it."),
    SERVICE_DATABASE_UNAVAILABLE(
            503,
            Retry.YES,
            "The service's own database does not answer",
            "Check that backup-db runs and that BACKUP_DB_* are right, then try again."),
    STILL_RUNNING(
            504,
            "The job has not ended yet",
            "It goes on. Wait with GET on the job and 'Prefer: wait', or repeat the call with the same Idempotency-Key."),

    CANCELLED(409, "The job was cancelled", "Start it again when it is wanted."),
    WORKER_LOST(
            502,
            "The worker died or hung while it ran the job",
            "See why the worker ended (docker logs, memory, disk), then start the job again."),
    TARGET_UNREACHABLE(
            503,
            Retry.YES,
            "The target's server cannot be reached",
            "Check that the server runs and that the host and port of the target's variables are right."),
    TARGET_ACCESS_DENIED(
            502,
            "The target's server refused the login",
            "Check user and password of the target's variables and the server's pg_hba.conf."),
    TARGET_DATABASE_MISSING(
            502,
            "The target's database does not exist",
            "Check the database name of the target's variables, or restore a backup."),
    TARGET_LOCKED(
            409,
            Retry.YES,
            "A table stayed locked by somebody else",
            "See pg_stat_activity for a session that holds an exclusive lock, end it, and start the backup again."),
    TARGET_CONNECTION_LOST(
            502,
            Retry.YES,
            "The connection to the target's server broke in the middle",
            "Check the server's log: it may have restarted or run out of memory. Then start the backup again."),
    TARGET_PERMISSION_DENIED(
            502,
            "The target's user may not do this on its server",
            "Give the user of the target's variables the right that the detail names; the postgres image makes it a superuser."),
    TARGET_RESOURCES_EXHAUSTED(
            507,
            Retry.YES,
            "The target's server ran out of disk, memory or connections",
            "Make room on the server that the detail names: a restore needs the database's size once more on its disk."),
    TOOL_MISSING(
            502,
            "A tool is missing on the worker",
            "Install the tool that the detail names on the worker, in PATH; the PostgreSQL client tools may also be under /usr/lib/postgresql."),
    TOOL_TOO_OLD(
            502,
            "The worker's PostgreSQL tools are too old",
            "Install PostgreSQL client tools of the major version that the detail names, or newer, on the worker."),
    DUMP_FAILED(
            502,
            "pg_dump failed",
            "Read the detail and the job's log: they hold what pg_dump said. Mend that, then start the backup again."),
    DUMP_KILLED(
            502,
            Retry.YES,
            "pg_dump, pg_restore or psql was killed",
            "Look for a killer of processes on the worker (out of memory, an operator), then start the job again."),
    DUMP_STALLED(
            502,
            Retry.YES,
            "pg_dump sent nothing for too long",
            "Check the network and the server's load, then start the backup again."),
    DUMP_INCOMPLETE(
            502,
            Retry.YES,
            "The dump ended before its end marker",
            "Read the job's log, then start the backup again. Nothing was published."),
    ROLES_DUMP_FAILED(
            502,
            "pg_dumpall could not read the roles",
            "Let the target's user read pg_roles, or read the job's log for what pg_dumpall said."),
    COMPRESSOR_FAILED(
            502,
            Retry.YES,
            "The compressor failed",
            "Check igzip or pigz on the worker (memory, a killed process), then start the job again."),
    DISK_FULL(
            507,
            "Not enough disk space",
            "Free space where the detail says (under LIFEOS_HOME/backups/postgres also by a lower retention), then start the job again."),
    FOLDER_NOT_WRITABLE(
            502,
            "The backup folder cannot be written",
            "Check that LIFEOS_HOME exists on the worker, is mounted, and belongs to the worker's user."),
    STORAGE_FAILED(
            502,
            Retry.YES,
            "Writing the backup failed",
            "Check the disk under LIFEOS_HOME/backups/postgres and the kernel's log, then start the backup again."),
    FILE_NAME_TAKEN(
            409,
            Retry.YES,
            "Somebody else made a file of the backup's name",
            "Nothing was overwritten. Start the backup again; it takes another name."),
    BACKUP_CORRUPT(
            409,
            "The backup is not what its manifest says",
            "Do not restore from it. Take a new backup and check the disk."),
    BACKUP_FILE_MISSING(
            409,
            "The backup's file is not there",
            "Bring the dump and its sidecars back into LIFEOS_HOME/backups/postgres, or choose another backup."),
    DUMP_NOT_RESTORABLE(
            409,
            "The dump holds something that no restore may run",
            "Read the detail: it names the line. Take the dump again with pg_dump, or choose another backup."),
    DATABASE_EXISTS(
            409,
            "A database of that name exists already",
            "Choose a name that no database of the server has, or drop that database first."),
    RESTORE_FAILED(
            502,
            "The restore failed",
            "Read the detail and the job's log: they name the statement. Nothing of the failed restore was kept."),
    SCRATCH_TOO_LARGE(
            409,
            "The database is too large for a side database",
            "Raise BACKUP_SCRATCH_MAX_BYTES if the server's disk has room for a second copy; the levels checksum and content need none."),
    PREPARED_TRANSACTIONS(
            409,
            "The database has prepared transactions",
            "Commit or roll them back (pg_prepared_xacts lists them), then start the restore again."),
    ROLLBACK_NOT_POSSIBLE(
            409,
            "The restore cannot be rolled back",
            "The replaced database is kept for 24 hours and until the next restore; restore the safety backup instead."),
    RESTORE_DIFFERS(
            409,
            "The restored content is not the backup's",
            "Nothing of it was kept. Read the differences in the detail and the job's log, and choose another backup."),
    NOT_CHECKED_YET(
            404,
            "It was not looked at yet",
            "Start the check with POST first, or wait for its schedule."),
    OLLAMA_UNREACHABLE(
            503,
            Retry.YES,
            "Ollama cannot be reached",
            "Check that Ollama runs and that OLLAMA_BASE_URL of the worker is right."),
    OLLAMA_FAILED(
            502,
            Retry.YES,
            "Ollama answered with an error",
            "Look into Ollama's log at the time of the job, then start it again."),
    OLLAMA_ANSWER_INVALID(
            502,
            "What answers is not a sound Ollama",
            "Check that OLLAMA_BASE_URL of the worker leads to Ollama itself. The saved manifest was left as it is."),
    OLLAMA_LIST_EMPTY(
            409,
            "Ollama lists no models, and the manifest does",
            "Check that Ollama's models are mounted (OLLAMA_MODELS), or pull them again. If they are gone on purpose, rename the manifest."),
    OLLAMA_RESTORE_INCOMPLETE(
            409,
            "A re-pull left models missing",
            "Start a re-pull that brings them back, or take the rows of those that are not wanted any more out of the manifest; then save again."),
    OLLAMA_MANIFEST_MISSING(
            409,
            "There is no manifest that can be read",
            "Save one with POST /api/v1/ollama/manifests, bring LIFEOS_HOME/data back, or name a kept one."),
    OLLAMA_REGISTRY_UNREACHABLE(
            502,
            "Ollama cannot reach its registry",
            "Check that Ollama's host reaches registry.ollama.ai (name service, proxy, certificates), then start the re-pull again."),
    OLLAMA_STORE_FAILED(
            502,
            "Ollama cannot write its models",
            "Check the owner, the mount and the quota of Ollama's model folder, then start the re-pull again."),
    CODE_REPOSITORY_MISSING(
            409,
            "There is no git repository to check",
            "Check that LIFEOS_HOME is the folder of life-os with its .git, and that the worker sees both and may read them."),
    GIT_FAILED(
            502,
            "The git repository could not be read",
            "Read the detail and the job's log; git status and git fsck in LIFEOS_HOME tell more."),
    MIRROR_UNAVAILABLE(
            503,
            "The mirror cannot be read",
            "Check that the share is mounted and that SYNC_MIRROR_DIR of the worker names the folder that holds output, data and the others."),
    FILES_COPY_FAILED(
            502,
            "The folders could not be copied",
            "Read the detail and the job's log: they name the file. Then start it again: what was copied stays, and is not copied twice."),
    TARGET_NOT_EMPTY(
            409,
            "The database holds something else than the backup",
            "Check that this is the machine that was lost. Say {\"replace\": true} to replace the database; it is backed up and kept for 24 hours."),
    NO_BACKUP_TO_RECOVER(
            409,
            "There is no backup to recover from",
            "Check SYNC_MIRROR_DIR, or put dumps into LIFEOS_HOME/backups/postgres, then start the recovery again."),
    RECOVERY_INCOMPLETE(
            502,
            "A step of the recovery failed",
            "Mend what the detail names and start the recovery again: it goes on, and finds done what is done."),
    INTERNAL_WORKER_ERROR(
            502,
            "The worker made a mistake",
            "Look into the worker's log for the job's id and report it.");

    private enum Retry {
        YES,
        NO
    }

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final int status;
    private final boolean retryable;
    private final String title;
    private final String hint;

    ProblemCode(int status, String title, String hint) {
        this(status, Retry.NO, title, hint);
    }

    ProblemCode(int status, Retry retry, String title, String hint) {
        this.status = status;
        this.retryable = retry == Retry.YES;
        this.title = title;
        this.hint = hint;
    }

    /** The code as clients read it, for example {@code target-unreachable}. */
    @JsonValue
    public String code() {
        return code;
    }

    public static Optional<ProblemCode> byCode(String code) {
        return Arrays.stream(values()).filter(known -> known.code.equals(code)).findFirst();
    }

    /** The HTTP status (RFC 9110) of an answer that states this problem. */
    public int status() {
        return status;
    }

    /** Whether a job that failed so may succeed when it is simply tried again. */
    public boolean retryable() {
        return retryable;
    }

    public String title() {
        return title;
    }

    public String hint() {
        return hint;
    }

    /** The problem type of RFC 9457, a URN because it names and does not locate. */
    public String type() {
        return "urn:lifeos-backup:problem:" + code;
    }
}
