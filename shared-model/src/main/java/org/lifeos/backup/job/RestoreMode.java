package org.lifeos.backup.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a restore puts what it restored. */
public enum RestoreMode {
    /** In the place of the target's database, which is kept beside for a while. */
    SWAP,
    /** In a database of its own, which did not exist before. */
    NEW_DATABASE;

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

    @JsonValue
    public String code() {
        return code;
    }

    public static Optional<RestoreMode> byCode(String code) {
        return Arrays.stream(values()).filter(mode -> mode.code.equals(code)).findFirst();
    }
}
