package org.lifeos.backup.worker.restore;

import java.util.List;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * What a statement of a restore failed with: the dump is to blame for most, but not for a server
 * whose disk is full or a user without the right. Told by the server's own messages (PostgreSQL
 * manual, appendix A, classes 42501, 53 and 57); the statement behind them does not count.
 */
final class StatementFailure {
    private static final Pattern STATEMENT = Pattern.compile("STATEMENT: |Command was: ");

    private record Words(Pattern pattern, ProblemCode code) {
        Words(String regex, ProblemCode code) {
            this(Pattern.compile(regex), code);
        }
    }

    private static final List<Words> NOT_THE_DUMPS =
            List.of(
                    new Words(
                            "No space left on device|Disk quota exceeded|out of memory|out of shared memory"
                                    + "|too many clients|remaining connection slots",
                            ProblemCode.TARGET_RESOURCES_EXHAUSTED),
                    new Words(
                            "permission denied (for|to) |must be (owner|superuser|member) |must have privileges of"
                                    + "|must be able to SET ROLE",
                            ProblemCode.TARGET_PERMISSION_DENIED),
                    new Words(
                            "terminating connection|the database system is shutting down",
                            ProblemCode.TARGET_CONNECTION_LOST));

    private StatementFailure() {}

    /**
     * @param entry of {@link RestoreErrors}, without secrets
     */
    static ProblemException of(String entry) {
        String message = STATEMENT.split(entry, 2)[0];
        ProblemCode code =
                NOT_THE_DUMPS.stream()
                        .filter(words -> words.pattern().matcher(message).find())
                        .map(Words::code)
                        .findFirst()
                        .orElse(ProblemCode.RESTORE_FAILED);
        return new ProblemException(code, entry);
    }
}
