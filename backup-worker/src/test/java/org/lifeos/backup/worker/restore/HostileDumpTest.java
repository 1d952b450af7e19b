package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.testing.AttemptBench;
import org.lifeos.backup.worker.tool.PostgresTools;
import org.lifeos.backup.worker.tool.RestoreTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/** Dumps that want to run programs or write files where they are restored. */
@Timeout(120)
class HostileDumpTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final String NAME = "touched";

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @TempDir private Path folder;

    @AfterAll
    static void dropDatabase() {
        SERVER.dropDatabase(RestoreBench.DATABASE);
    }

    /** TOUCH stands for a command of psql that writes a file. */
    static Stream<String> scripts() {
        return Stream.of(
                "TOUCH",
                "SELECT 1 TOUCH",
                "SELECT 'x' \\g FILE\n",
                "SELECT 'x' \\g |touch FILE\n",
                "SELECT 'x' \\o FILE\n;",
                "\\o FILE\nSELECT 1;\n",
                "\\w FILE\n",
                "\\set x `touch FILE`\n",
                "SELECT 1 \\; SELECT 2 TOUCH",
                "\\copy (SELECT 1) TO FILE\n",
                "SELECT 'TOUCH' \\gexec\n",
                "\\unrestrict x\nTOUCH",
                "COPY public.a (n) FROM stdin; TOUCH1\n\\.\n",
                "COPY public.missing (n) FROM stdin;\nTOUCH\\.\n",
                "COPY public.a (missing) FROM stdin;\n1\n;TOUCH\\.\n",
                "SELECT 1 \0 ';\nTOUCHSELECT ';\n",
                "COPY public.a (n) FROM stdin;\n1\0\n\\.\n1\n\\.\nTOUCH",
                // the second half of a letter hides the quote from psql alone
                "SET client_encoding = 'SJIS';\nSELECT '\u0095'\nTOUCHSELECT ''';\n",
                "SET client_encoding TO 'BIG5';\nSELECT '\u0095'\nTOUCHSELECT ''';\n",
                "SET NAMES 'GBK';\nSELECT '\u0095'\nTOUCHSELECT ''';\n",
                hidden("client_encoding", "SJIS") + "SELECT $\u0095$;TOUCH$\u0095$;\n",
                hidden("client_encoding", "GB18030") + "SELECT '\u0095\\'; TOUCH--';\n",
                "SET standard_conforming_strings TO off;\nSELECT '\\';\nTOUCH--';\n",
                "SELECT '\\'';\nTOUCHSELECT ';\n",
                hidden("standard_conforming_strings", "off")
                        + "SELECT '\\', ';\nTOUCHSELECT '', '';\n",
                "SET standard_conforming_strings = off;\nSELECT B'\\';\nTOUCHSELECT '';\n",
                "BEGIN;\nSET standard_conforming_strings = off;\nROLLBACK;\nSELECT '\\';\nTOUCH--';\n",
                "SELECT '\\! touch FILE'::integer;\nSELECT :LAST_ERROR_MESSAGE;\n",
                "SELECT '\\! touch FILE'::integer;\nSELECT :'LAST_ERROR_MESSAGE';\n",
                "SELECT :{?USER} TOUCH",
                "CREATE VIEW public.v AS SELECT 1 AS begin atomic;\nSELECT '\nTOUCH';\n",
                "SELECT 1ab$c$;\nTOUCHSELECT $c$;\n");
    }

    private static String hidden(String setting, String value) {
        return "DO $$BEGIN PERFORM set_config('%s' || '%s', '%s', false); END$$;\n"
                .formatted(setting.substring(0, 5), setting.substring(5), value);
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void nothingIsRunAndNoFileIsWritten(String script) throws IOException {
        Path file = folder.resolve(NAME);
        String sql =
                "CREATE TABLE public.a (n text);\n"
                        + script.replace("TOUCH", "\\! touch FILE\n")
                                .replace("FILE", file.toString());
        for (boolean strict : new boolean[] {true, false}) {
            RestoreBench bench = new RestoreBench(SERVER, folder);
            byte[] bytes = sql.getBytes(ISO_8859_1);
            PlainRestore restore =
                    bench.restore(BENCH.begin(), bench.stored(RestoreBench.gzip(bytes)));
            try {
                if (strict) {
                    restore.strict();
                } else {
                    restore.tolerant();
                }
            } catch (ProblemException e) {
                assertThat(e.code())
                        .as(e.detail())
                        .isIn(ProblemCode.DUMP_NOT_RESTORABLE, ProblemCode.RESTORE_FAILED);
            }
            assertThat(file).doesNotExist();
        }
        assertThat(touchWorks(file)).as("the file would be seen").isTrue();
    }

    private static boolean touchWorks(Path file) throws IOException {
        return Files.exists(Files.createFile(file));
    }

    /** Past the filter, straight into psql as restores start it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\! touch FILE\n",
                "SELECT 'x' \\g FILE\n",
                "SELECT 'x' \\g |touch FILE\n",
                "\\o FILE\n",
                "\\w FILE\n",
                "\\set x `touch FILE`\n",
                "\\unrestrict x\n\\! touch FILE\n",
                "\\unrestrict\n\\! touch FILE\n",
                "\\restrict x\n\\unrestrict x\n\\! touch FILE\n",
                "\\copy (SELECT 1) TO FILE\n",
                "\\i FILE\n",
                "SELECT '\\! touch FILE' AS x \\gset\n:x\n",
                "DO $$BEGIN RAISE '\\! touch FILE'; END$$;\n:LAST_ERROR_MESSAGE\n"
            })
    void psqlItselfIsRestricted(String script) throws IOException {
        Path file = folder.resolve(NAME);
        Attempt attempt = BENCH.begin();
        RestoreBench bench = new RestoreBench(SERVER, folder);
        bench.restore(attempt, bench.dump(""));
        PostgresTools tools = PostgresTools.forServer(SERVER.major());
        assertThat(tools.canRestrict()).as(tools.version()).isTrue();
        StringBuilder said = new StringBuilder();
        try (ToolProcess psql =
                RestoreTool.tolerant(
                        attempt,
                        tools,
                        bench.target(RestoreBench.DATABASE),
                        line -> said.append(line).append('\n'))) {
            try (OutputStream input = psql.input()) {
                input.write(script.replace("FILE", file.toString()).getBytes(UTF_8));
                input.write("\nCREATE TABLE public.after_it ();\n".getBytes(UTF_8));
            }
            psql.output().transferTo(OutputStream.nullOutputStream());
            psql.await();
        }
        assertThat(said.toString()).contains("backslash commands are restricted");
        assertThat(file).doesNotExist();
    }

    /** psql takes any begin in a CREATE FUNCTION for that of a body, and waits for its end. */
    @Test
    void psqlThatTakesTheRestForOneStatementIsNotWaitedFor() {
        Path file = folder.resolve(NAME);
        RestoreBench bench = new RestoreBench(SERVER, folder);
        PlainRestore restore =
                bench.restore(
                        BENCH.begin(),
                        bench.dump(
                                """
                                CREATE TABLE public.a (n text);
                                CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql RETURN begin;
                                COPY public.a (n) FROM stdin;
                                \\! touch %s
                                \\.
                                """
                                        .formatted(file)));

        ProblemException problem = catchThrowableOfType(ProblemException.class, restore::tolerant);

        assertThat(problem.code()).isEqualTo(ProblemCode.DUMP_NOT_RESTORABLE);
        assertThat(problem.detail()).contains("public.a");
        assertThat(file).doesNotExist();
    }
}
