package org.lifeos.backup.worker.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.worker.testing.AttemptBench;

class ServiceChecksTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @AutoClose private static final AttemptBench BENCH = new AttemptBench();

    @Test
    void answerThatNeverEndsIsAnAnswer() throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('x');
                    exchange.getResponseBody().flush();
                });
        server.start();
        URI address = URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
        try (ServiceChecks checks = new ServiceChecks(BENCH.begin())) {
            Optional<String> problem =
                    assertTimeoutPreemptively(LIMIT, () -> checks.problemOf(address));
            assertThat(problem).isEmpty();
        } finally {
            server.stop(0);
        }
    }
}
