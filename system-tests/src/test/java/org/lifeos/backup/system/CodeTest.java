package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.testing.GitFolder;
import org.lifeos.backup.testing.GitWebServer;
import org.lifeos.backup.testing.SelfMadeCertificate;

/** The check of the code as callers see it. */
class CodeTest {
    private static final String TOKEN = "ghp_tokenNobodyMaySee";
    private static final String PASSWORD = "password-nobody-may-see";

    @TempDir static Path folder;
    private static SelfMadeCertificate certificate;
    private static Stack stack;
    private static Stack.Service worker;

    @BeforeAll
    static void start() throws IOException {
        stack = Stack.start(Stack.Setup.standard().workers(0));
        certificate = SelfMadeCertificate.in(folder);
        Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        worker =
                stack.startWorker(
                        Map.of(
                                "CODE_REMOTE_TOKEN_FILE",
                                token.toString(),
                                "GIT_SSL_CAINFO",
                                certificate.pem().toString()));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    private static Response check() {
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .post("/api/v1/code/checks");
    }

    private static Response get(String path) {
        return stack.given(stack.tokens().viewer()).get("/api/v1" + path);
    }

    private static String codeFinding() {
        return get("/health").jsonPath().getString("checks.find { it.id == 'code' }.summary");
    }

    @Test
    void codeIsCheckedAndWhatWasFoundIsShown() {
        assertThat(get("/code").statusCode()).isEqualTo(404);
        assertThat(get("/code").jsonPath().getString("code")).isEqualTo("not-checked-yet");
        Response without = check();
        assertThat(without.statusCode()).isEqualTo(409);
        assertThat(without.jsonPath().getString("code")).isEqualTo("code-repository-missing");

        GitFolder code = GitFolder.create(stack.home());
        code.write(".gitignore", "backups/\n");
        code.commit(".gitignore", "backups/\ndata/\n");
        try (GitWebServer remote =
                GitWebServer.https("ada:" + TOKEN, certificate).has("staging", code.head())) {
            code.git("remote", "add", "origin", remote.url("ada:" + PASSWORD + "@"));
            code.git("config", "branch.staging.remote", "origin");
            code.git("config", "branch.staging.merge", "refs/heads/staging");

            Response answer = check();

            assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
            JsonPath pushed = answer.jsonPath();
            assertThat(pushed.getString("state")).isEqualTo("SUCCEEDED");
            assertThat(pushed.getString("type")).isEqualTo("code-check");
            assertThat(pushed.getBoolean("result.pushed")).isTrue();
            assertThat(pushed.getString("result.remote")).isEqualTo(remote.url(""));
            assertThat(pushed.getString("result.upstream")).isEqualTo("origin/staging");
            assertThat(pushed.getString("result.head")).isEqualTo(code.head());
            assertThat(pushed.getList("result.problems")).isEmpty();
            assertThat(get("/code").jsonPath().<Map<String, Object>>get())
                    .isEqualTo(pushed.getMap("result"));
            assertThat(codeFinding()).startsWith("Everything is committed and pushed");

            code.commit("api.py", "x");
            code.write("new.py", "x");
            Response open = check();
            assertThat(open.statusCode()).as(open.asString()).isEqualTo(200);
            assertThat(open.jsonPath().getBoolean("result.pushed")).isFalse();
            assertThat(open.jsonPath().getInt("result.ahead")).isEqualTo(1);
            assertThat(open.jsonPath().getList("result.dirtyFiles")).isEqualTo(List.of("new.py"));
            assertThat(codeFinding()).contains("1 uncommitted files", "1 unpushed commits");
        }
        Response away = check();
        assertThat(away.statusCode()).isEqualTo(200);
        assertThat(away.jsonPath().<Object>get("result.pushed")).isNull();
        assertThat(away.jsonPath().getList("result.problems")).hasSize(1);
        assertThat(codeFinding()).startsWith("UNPROVEN");
        String id = away.jsonPath().getString("id");
        String text =
                stack.given(stack.tokens().viewer())
                        .accept("text/plain")
                        .get("/api/v1/jobs/" + id)
                        .asString();
        assertThat(text.lines().toList().getLast()).isEqualTo("SUCCEEDED " + id + " not-safe");

        String everything =
                get("/jobs").asString()
                        + get("/jobs/" + id + "/log").asString()
                        + text
                        + get("/health").asString()
                        + worker.process().log();
        assertThat(everything).doesNotContain(TOKEN, PASSWORD);
    }
}
