package org.lifeos.backup.worker.tool;

import java.util.List;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * What went wrong, told from a tool's exit code and what it said (libpq and pg_dump messages, in
 * English).
 */
public final class ToolFailures {
    /** In the order in which they are looked for: the first that fits counts. */
    private static final List<Words> BY_WORDS =
            List.of(
                    // TERM makes pg_dump say the first and end with 1; pg_dumpall says the second
                    // when its pg_dump is killed
                    new Words(
                            "terminated by user|no data was returned by command",
                            ProblemCode.DUMP_KILLED),
                    new Words(
                            "canceling statement due to (?:lock|statement) timeout|could not obtain lock",
                            ProblemCode.TARGET_LOCKED),
                    new Words(
                            "server version mismatch|aborting because of server version",
                            ProblemCode.TOOL_TOO_OLD),
                    new Words(
                            "password authentication failed|no pg_hba.conf entry|no password supplied",
                            ProblemCode.TARGET_ACCESS_DENIED),
                    new Words(
                            "Connection refused|could not translate host name|timeout expired|No route to host"
                                    + "|the database system is (starting|shutting)|too many clients|remaining connection slots",
                            ProblemCode.TARGET_UNREACHABLE),
                    new Words(
                            "server closed the connection|terminating connection|connection not open|could not receive data"
                                    + "|SSL SYSCALL|Connection reset|no connection to the server",
                            ProblemCode.TARGET_CONNECTION_LOST));

    private record Words(Pattern pattern, ProblemCode code) {
        Words(String regex, ProblemCode code) {
            this(Pattern.compile(regex), code);
        }
    }

    private ToolFailures() {}

    public static ProblemException of(ToolProcess tool, int exitCode, ProblemCode otherwise) {
        String said = tool.lastWords();
        ProblemCode code =
                BY_WORDS.stream()
                        .filter(words -> words.pattern().matcher(said).find())
                        .map(Words::code)
                        .findFirst()
                        .orElse(
                                ToolProcess.wasKilled(exitCode)
                                        ? ProblemCode.DUMP_KILLED
                                        : otherwise);
        String words = said.isEmpty() ? "It said nothing." : said;
        return new ProblemException(
                code, "%s ended with exit code %d. %s".formatted(tool.name(), exitCode, words));
    }
}
