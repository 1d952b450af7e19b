package org.lifeos.backup.worker.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.ToolProcess;

/** With shell scripts in the place of pg_dumpall. */
@Timeout(20)
class RolesDumpTest {
    private static final String END = "-- PostgreSQL database cluster dump complete";

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    private final Attempt attempt = BENCH.begin();

    @Test
    void rolesAreWhatTheToolWrote() {
        assertThat(new String(read("echo '%s'".formatted(END)), UTF_8)).isEqualTo(END + "\n");
    }

    @Test
    void moreThanAnyServerHasIsRefused() {
        ProblemException problem = problemOf("exec cat /dev/zero");

        assertThat(problem.code()).isEqualTo(ProblemCode.ROLES_DUMP_FAILED);
        assertThat(problem.detail()).contains("64 MiB");
    }

    @Test
    void toolThatHangsIsEnded() {
        assertThat(problemOf("exec sleep 60").code()).isEqualTo(ProblemCode.DUMP_STALLED);
        assertThat(problemOf("echo '%s'; exec sleep 60 >&-".formatted(END)).code())
                .isEqualTo(ProblemCode.DUMP_STALLED);
    }

    @Test
    void rolesWithoutTheEndMarkerAreIncomplete() {
        assertThat(problemOf("echo '--'").code()).isEqualTo(ProblemCode.DUMP_INCOMPLETE);
    }

    private ProblemException problemOf(String script) {
        return catchThrowableOfType(ProblemException.class, () -> read(script));
    }

    private byte[] read(String script) {
        try (ToolProcess process =
                ToolProcess.start(
                        attempt,
                        List.of("/bin/sh", "-c", script),
                        Map.of("PATH", System.getenv("PATH")))) {
            return RolesDump.read(attempt, process, Duration.ofSeconds(1));
        }
    }
}
