package org.lifeos.backup.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.lifeos.backup.access.Role;

/**
 * The kinds of work the service knows, each with the role that may start, and so cancel, a job of
 * it.
 */
public enum JobType {
    POSTGRES_BACKUP(Role.OPERATOR),
    POSTGRES_RESTORE(Role.ADMIN),
    POSTGRES_ROLLBACK(Role.ADMIN),
    BACKUP_VERIFICATION(Role.OPERATOR),
    BACKUP_DELETION(Role.ADMIN),
    MANIFEST_UPDATE(Role.OPERATOR),
    RETENTION(Role.OPERATOR),
    CATALOG_SCAN(Role.OPERATOR),
    OLLAMA_MANIFEST(Role.OPERATOR),
    OLLAMA_RESTORE(Role.ADMIN),
    FILES_CHECK(Role.OPERATOR),
    FILES_RESTORE(Role.ADMIN),
    CODE_CHECK(Role.OPERATOR),
    RECOVERY(Role.ADMIN);

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final Role role;

    JobType(Role role) {
        this.role = role;
    }

    /** The type as the contract and the job row write it, for example {@code postgres-backup}. */
    @JsonValue
    public String code() {
        return code;
    }

    public Role role() {
        return role;
    }

    public static Optional<JobType> byCode(String code) {
        return Arrays.stream(values()).filter(type -> type.code.equals(code)).findFirst();
    }
}
