package org.lifeos.backup.job;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The parts of a recovery, in the order in which they are done. */
public enum RecoveryStep {
    /** The folders come back from the mirror. */
    FILES,
    /** The newest good backup takes the place of the database. */
    DATABASE,
    /** Ollama's models are pulled again. */
    OLLAMA,
    /** What came back is looked at, and who lives of it is asked. */
    CHECKS,
    /** Home and mirror are compared; belongs to a rehearsal. */
    FILES_CHECK,
    /** The code is looked for at its remote; belongs to a rehearsal. */
    CODE_CHECK;

    /** What a recovery does unless it is told otherwise, and all that may be asked for. */
    public static final List<RecoveryStep> ASKABLE = List.of(FILES, DATABASE, OLLAMA, CHECKS);

    private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

    @JsonValue
    public String code() {
        return code;
    }

    /** A step that may be asked for, by its code. */
    public static Optional<RecoveryStep> askable(String code) {
        return ASKABLE.stream().filter(step -> step.code.equals(code)).findFirst();
    }

    @Override
    public String toString() {
        return code;
    }
}
