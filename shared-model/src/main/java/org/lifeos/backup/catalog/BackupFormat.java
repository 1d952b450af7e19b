package org.lifeos.backup.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The two formats of pg_dump that are kept. */
public enum BackupFormat {
    /** SQL text, gzip: {@code gunzip -c FILE | psql} reads it. */
    PLAIN(".sql.gz"),
    /** pg_dump's own archive: pg_restore reads it, several tables at a time. */
    CUSTOM(".dump");

    private final String extension;

    BackupFormat(String extension) {
        this.extension = extension;
    }

    public String extension() {
        return extension;
    }

    @JsonValue
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<BackupFormat> byCode(String code) {
        return Arrays.stream(values()).filter(format -> format.code().equals(code)).findFirst();
    }

    /** The format of a dump of this name; plain where the name tells nothing. */
    public static BackupFormat ofFile(String name) {
        return name.endsWith(CUSTOM.extension) ? CUSTOM : PLAIN;
    }
}
