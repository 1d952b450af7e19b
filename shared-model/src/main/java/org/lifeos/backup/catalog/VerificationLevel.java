package org.lifeos.backup.catalog;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How far a backup is proven, in rising order. */
public enum VerificationLevel {
    NONE,
    /** The file's bytes are those of the manifest. */
    CHECKSUM,
    /** Also, the dump reads to its end marker with every COPY closed. */
    CONTENT,
    /** Also, it restores, and what comes back has the manifest's fingerprint. */
    RESTORE;

    @JsonValue
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<VerificationLevel> byCode(String code) {
        return Arrays.stream(values()).filter(level -> level.code().equals(code)).findFirst();
    }
}
