package org.lifeos.backup.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceProcessTest {
    @TempDir Path folder;
    private Path jar;
    private final int port = FreePorts.next();

    @BeforeEach
    void packTinyService() throws IOException {
        jar = TinyService.jar(folder);
    }

    @Test
    void serviceGetsACleanEnvironmentAndEndsOnSigterm() {
        try (ServiceProcess service = start(Map.of("SECRET", "s3"))) {
            service.awaitReady(port);
            assertThat(service.alive()).isTrue();
            assertThat(service.terminate()).isZero();
            assertThat(service.alive()).isFalse();
            assertThat(service.log().lines().map(line -> line.split("=")[0]))
                    .contains("SECRET", "PORT", "PATH", "LANG")
                    .isSubsetOf(
                            "SECRET", "PORT", "PATH", "LANG", "HOME", "__CF_USER_TEXT_ENCODING");
        }
    }

    @Test
    void failedStartIsToldWithItsExitCodeAndLog() {
        try (ServiceProcess service = start(Map.of("FAIL_WITH", "7"))) {
            assertThatThrownBy(() -> service.awaitReady(port))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ended with 7")
                    .hasMessageContaining("cannot start");
            assertThat(service.exitCode(Duration.ofSeconds(1))).isEqualTo(7);
        }
    }

    @Test
    void closeEndsAlsoWhatAKilledServiceLeftBehind() {
        ProcessHandle child;
        try (ServiceProcess service = start(Map.of())) {
            service.awaitReady(port);
            child = service.descendants().getFirst();
            service.kill9();
            assertThat(service.exitCode(Duration.ofSeconds(1))).isEqualTo(128 + 9);
            assertThat(child.isAlive()).isTrue();
        }
        await().until(() -> !child.isAlive());
    }

    @Test
    void stoppedServiceAnswersAgainWhenContinued() throws Exception {
        try (ServiceProcess service = start(Map.of());
                HttpClient client = HttpClient.newHttpClient()) {
            service.awaitReady(port);
            HttpRequest ready =
                    HttpRequest.newBuilder(
                                    URI.create(
                                            "http://127.0.0.1:%d/q/health/ready".formatted(port)))
                            .timeout(Duration.ofMillis(300))
                            .build();
            service.stop();
            assertThatThrownBy(() -> client.send(ready, BodyHandlers.discarding()))
                    .isInstanceOf(HttpTimeoutException.class);
            service.cont();
            await().ignoreExceptionsInstanceOf(HttpTimeoutException.class)
                    .until(() -> client.send(ready, BodyHandlers.discarding()).statusCode() == 200);
            service.stop();
        }
    }

    private ServiceProcess start(Map<String, String> environment) {
        var all = new HashMap<>(environment);
        all.put("PORT", Integer.toString(port));
        return ServiceProcess.start("tiny", jar, all);
    }
}
