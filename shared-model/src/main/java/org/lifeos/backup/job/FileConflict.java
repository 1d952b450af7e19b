package org.lifeos.backup.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What becomes of a local file that is not what the mirror holds. */
public enum FileConflict {
    /** It stays if it is the newer one. */
    KEEP_NEWER,
    /** The mirror's takes its place. */
    OVERWRITE;

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

    @JsonValue
    public String code() {
        return code;
    }

    public static Optional<FileConflict> byCode(String code) {
        return Arrays.stream(values()).filter(known -> known.code.equals(code)).findFirst();
    }
}
