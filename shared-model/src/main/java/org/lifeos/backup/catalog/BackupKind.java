package org.lifeos.backup.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why a backup exists. Only a safety backup, made before a restore, is never the latest one. */
public enum BackupKind {
    SCHEDULED,
    MANUAL,
    SAFETY,
    IMPORTED;

    @JsonValue
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<BackupKind> byCode(String code) {
        return Arrays.stream(values()).filter(kind -> kind.code().equals(code)).findFirst();
    }
}
