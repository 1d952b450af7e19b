package org.lifeos.backup.worker.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.FreePorts;
import org.lifeos.backup.testing.GitFolder;
import org.lifeos.backup.testing.GitWebServer;
import org.lifeos.backup.testing.SelfMadeCertificate;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.StopReason;
import org.lifeos.backup.worker.job.StoppedException;

/** How a remote is asked, and what becomes of logins. */
class CodeRemoteTest {
    private static final CodeBench BENCH = new CodeBench();
    private static final String TOKEN = "ghp_tokenNobodyMaySee";
    private static final String PASSWORD = "p%40ss-nobody-may-see";
    private static final String MEANT = "p@ss-nobody-may-see";

    @TempDir static Path shared;
    private static SelfMadeCertificate certificate;

    @TempDir Path folder;
    private GitFolder home;

    @BeforeAll
    static void makeCertificate() {
        certificate = SelfMadeCertificate.in(shared);
    }

    @BeforeEach
    void begin() {
        home = GitFolder.createPushed(folder.resolve("life-os"));
    }

    @AfterAll
    static void close() throws SQLException {
        BENCH.close();
    }

    private static CodeSettings settings(String token) {
        return new CodeSettings(token, certificate.pem().toString());
    }

    private GitWebServer https(String login) {
        return GitWebServer.https(login, certificate).has("staging", home.head());
    }

    private CodeCheckResult check(String address, String token) {
        home.git("config", "remote.origin.url", address);
        return BENCH.check(home.path(), settings(token));
    }

    private static void assertNothingIsTold(CodeCheckResult result, String... secrets) {
        assertThat(result.toString() + BENCH.everythingSaid()).doesNotContain(secrets);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes());
    }

    @Test
    void tokenOpensAPrivateRemote() {
        try (GitWebServer server = https("x-access-token:" + TOKEN)) {
            CodeCheckResult result = check(server.url(""), TOKEN);

            assertThat(result.problems()).isEmpty();
            assertThat(result.pushed()).isTrue();
            assertThat(result.remote()).isEqualTo(server.url(""));
            assertThat(server.logins()).containsOnly("x-access-token:" + TOKEN);
            assertNothingIsTold(result, TOKEN);
        }
    }

    @Test
    void tokenGoesBeforeThePasswordOfTheAddress() {
        try (GitWebServer server = https("ada:" + TOKEN)) {
            CodeCheckResult result = check(server.url("ada:" + PASSWORD + "@"), TOKEN);

            assertThat(result.pushed()).isTrue();
            assertThat(result.remote()).isEqualTo(server.url(""));
            assertNothingIsTold(result, TOKEN, PASSWORD, MEANT);
        }
    }

    @Test
    void loginOfTheAddressIsUsedAndNeverShown() {
        try (GitWebServer server = https("ada:" + MEANT)) {
            CodeCheckResult result = check(server.url("ada:" + PASSWORD + "@"), null);

            assertThat(result.pushed()).isTrue();
            assertThat(result.remote()).isEqualTo(server.url(""));
            assertNothingIsTold(result, PASSWORD, MEANT);
        }
    }

    @Test
    void tokenInThePlaceOfTheUserIsUsedAndNeverShown() {
        try (GitWebServer server = https(TOKEN + ":")) {
            CodeCheckResult result = check(server.url(TOKEN + "@"), null);

            assertThat(result.pushed()).isTrue();
            assertNothingIsTold(result, TOKEN);
        }
    }

    @Test
    void serverThatRepeatsARefusedLoginDoesNotRevealIt() {
        try (GitWebServer server = https("x:y")) {
            CodeCheckResult result = check(server.url("ada:" + PASSWORD + "@"), null);

            assertThat(result.pushed()).isNull();
            assertThat(server.logins()).contains("ada:" + MEANT);
            assertThat(result.problems().getFirst())
                    .contains("could not be asked", "Authentication failed");
            assertThat(BENCH.everythingSaid()).contains("refused: ");
            assertNothingIsTold(result, PASSWORD, MEANT, base64("ada:" + MEANT));
        }
    }

    @Test
    void tokenIsNotToldToARemoteWithoutTls() {
        try (GitWebServer server = GitWebServer.http("x-access-token:" + TOKEN)) {
            CodeCheckResult result = check(server.url(""), TOKEN);

            assertThat(server.logins()).isEmpty();
            assertThat(result.pushed()).isNull();
            assertThat(result.problems().getFirst())
                    .contains("CODE_REMOTE_TOKEN is told to https remotes alone");
        }
    }

    @Test
    void tokenIsNotToldToAServerThatTheRemoteSendsTo() {
        try (GitWebServer server = https("x:y");
                GitWebServer other = https("x-access-token:" + TOKEN);
                GitWebServer plain = GitWebServer.http("x-access-token:" + TOKEN)) {
            for (GitWebServer elsewhere : List.of(other, plain)) {
                server.moveTo(elsewhere);

                CodeCheckResult result = check(server.url(""), TOKEN);

                assertThat(result.pushed()).isNull();
                assertThat(elsewhere.logins()).isEmpty();
            }
        }
    }

    @Test
    void certificateThatNobodyTrustsEndsTheCheckOfTheRemote() {
        try (GitWebServer server = https("x-access-token:" + TOKEN)) {
            home.git("config", "remote.origin.url", server.url(""));
            home.git("config", "http.sslVerify", "false");

            CodeCheckResult result = BENCH.check(home.path(), new CodeSettings(TOKEN, null));

            assertThat(result.pushed()).isNull();
            assertThat(result.problems().getFirst()).containsIgnoringCase("certificate");
            assertThat(server.logins()).isEmpty();
        }
    }

    @Test
    void closedPortIsAProblemThatSaysWhere() {
        String address = "https://127.0.0.1:%d/life-os.git".formatted(FreePorts.next());

        CodeCheckResult result = check(address, null);

        assertThat(result.pushed()).isNull();
        assertThat(result.remote()).isEqualTo(address);
        assertThat(result.problems())
                .singleElement()
                .asString()
                .contains(address, "could not be asked");
    }

    @Test
    void remoteThatSaysNothingIsWaitedForNoLongerThanTheLimit() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            home.git(
                    "config",
                    "remote.origin.url",
                    "http://127.0.0.1:%d/x.git".formatted(silent.getLocalPort()));

            CodeCheckResult result =
                    CodeBench.code(home.path(), settings(null), Duration.ofMillis(1_000))
                            .run(BENCH.begin());

            assertThat(result.pushed()).isNull();
            assertThat(result.problems())
                    .singleElement()
                    .asString()
                    .endsWith("did not answer within 1 seconds.");
            assertThatNoGitIsLeft(silent.getLocalPort());
        }
    }

    @Test
    void folderThatHangsLeavesNoProcessBehind() throws IOException {
        Path remote = folder.resolve("life-os-remote.git");
        Files.delete(remote.resolve("HEAD"));
        CommandRun.of("mkfifo", remote.resolve("HEAD").toString()).orThrow();

        CodeCheckResult result =
                CodeBench.code(home.path(), settings(null), Duration.ofMillis(1_000))
                        .run(BENCH.begin());

        assertThat(result.pushed()).isNull();
        assertThat(result.problems().getFirst()).contains("did not answer");
        Eventually.eventually(
                Duration.ofSeconds(8), () -> commandLines(remote.toString()), List::isEmpty);
    }

    @Test
    void cancelEndsGitAndWhatItHasStarted() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            home.git(
                    "config",
                    "remote.origin.url",
                    "http://127.0.0.1:%d/x.git".formatted(silent.getLocalPort()));
            Attempt attempt = BENCH.begin();
            Thread cancel =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (var _ = silent.accept()) {
                                    attempt.stop(StopReason.CANCELLED);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            });

            assertThatThrownBy(() ->
                            CodeBench.code(home.path(), settings(null), Duration.ofSeconds(60))
                                    .run(attempt))
                    .isInstanceOf(StoppedException.class);

            cancel.join();
            assertThatNoGitIsLeft(silent.getLocalPort());
        }
    }

    @Test
    void nothingSecretIsInACommandLine() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            home.git(
                    "config",
                    "remote.origin.url",
                    "http://ada:%s@127.0.0.1:%d/x.git".formatted(PASSWORD, silent.getLocalPort()));
            Attempt attempt = BENCH.begin();
            CompletableFuture<List<String>> seen =
                    CompletableFuture.supplyAsync(() -> {
                        try (var _ = silent.accept()) {
                            return askingGits(silent.getLocalPort());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        } finally {
                            attempt.stop(StopReason.CANCELLED);
                        }
                    });

            assertThatThrownBy(() ->
                            CodeBench.code(home.path(), settings(TOKEN), Duration.ofSeconds(60))
                                    .run(attempt))
                    .isInstanceOf(StoppedException.class);

            assertThat(seen.get())
                    .isNotEmpty()
                    .noneMatch(line -> line.contains(PASSWORD) || line.contains(MEANT));
        }
    }

    private static void assertThatNoGitIsLeft(int port) {
        Eventually.eventually(Duration.ofSeconds(5), () -> askingGits(port), List::isEmpty);
    }

    private static List<String> askingGits(int port) {
        return commandLines("127.0.0.1:%d/x.git".formatted(port));
    }

    /** Those of all processes with this part. */
    private static List<String> commandLines(String part) {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(part))
                .toList();
    }
}
