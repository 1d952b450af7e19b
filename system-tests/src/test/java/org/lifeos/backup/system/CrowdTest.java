package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * More callers than anybody has, and callers who only want to be in the way: an API with the JVM
 * options of its image answers the others within two seconds, and its memory stays bounded.
 *
 * <p>{@code -Dcrowd.connections} says how many are open at once.
 */
class CrowdTest {
    private static final int CONNECTIONS = Integer.getInteger("crowd.connections", 500);
    private static final int SLOW_CLIENTS = Math.min(CONNECTIONS, 200);
    private static final int DEAF_CLIENTS = Math.min(CONNECTIONS, 50);
    private static final Duration SLOW_FOR = Duration.ofSeconds(6);

    /**
     * A heap of 128 MiB, what the JVM needs beside it, and a buffer of 8 KiB for each connection;
     * the container may have 512 MiB.
     */
    private static final long MOST_MIB = 320 + CONNECTIONS * 8L / 1024;

    private static final int ALREADY_KNOWN_CALLS = 300;

    private static Stack stack;
    private static long restingMib;

    private final List<Socket> crowd = new ArrayList<>();
    private LivenessWatch liveness;

    @BeforeAll
    static void start() {
        stack = Stack.start(Stack.Setup.standard().workers(0).jvmsAsInImages());
        for (int i = 0; i < ALREADY_KNOWN_CALLS; i++) {
            othersAreAnswered();
        }
        restingMib = residentMib();
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @BeforeEach
    void watch() {
        liveness = new LivenessWatch(stack.api(0));
    }

    @AfterEach
    void leave() throws IOException {
        liveness.close();
        for (Socket socket : crowd) {
            socket.close();
        }
    }

    @Test
    void connectionsThatSayNothingAreInNobodysWay() throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            connect();
        }
        bears("%d connections that say nothing".formatted(CONNECTIONS));
    }

    @Test
    void requestsThatNeverEndAreInNobodysWay() throws IOException {
        for (int i = 0; i < CONNECTIONS; i++) {
            write(connect(), "POST /api/v1/backups HTTP/1.1\r\nHost: x\r\nX-Slow: ");
        }
        bears("%d requests without an end".formatted(CONNECTIONS));
    }

    @Test
    void bodiesOfAByteASecondAreInNobodysWay() throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < SLOW_CLIENTS; i++) {
                Socket slow = connect();
                write(slow, head("POST", "Content-Length: 100\r\nContent-Type: application/json"));
                clients.submit(() -> dribble(slow));
            }
            bears("%d bodies of a byte a second".formatted(SLOW_CLIENTS));
            clients.shutdown();
            assertThat(clients.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    @Test
    void clientsThatDoNotReadTheirAnswersAreInNobodysWay() throws IOException {
        String requests = head("GET", "Accept: application/json").repeat(200);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < DEAF_CLIENTS; i++) {
                Socket deaf = connect();
                clients.submit(() -> {
                    write(deaf, requests);
                    return null;
                });
            }
            bears("%d clients that read nothing".formatted(DEAF_CLIENTS));
            leave();
        }
    }

    @Test
    void floodOfConnectionsThatAreBrokenOffIsInNobodysWay() throws IOException {
        int flood = CONNECTIONS * 2;
        for (int i = 0; i < flood; i++) {
            try (Socket socket = new Socket("127.0.0.1", stack.api(0).port())) {
                socket.setSoLinger(true, 0);
                write(socket, i % 2 == 0 ? "GET /api/v1/jobs HTTP/1.1\r\n" : head("GET", "X: y"));
            }
        }
        bears("%d connections that were broken off".formatted(flood));
    }

    @Test
    void clientsWhoNeverStopAreInNobodysWay() throws Exception {
        byte[] chunk = ("10000\r\n" + " ".repeat(1 << 16) + "\r\n").getBytes(ISO_8859_1);
        byte[] piece = "x".repeat(1 << 16).getBytes(ISO_8859_1);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < SLOW_CLIENTS; i++) {
                String start =
                        switch (i % 3) {
                            case 0 -> head("POST", "Transfer-Encoding: chunked");
                            case 1 -> head("POST", "Content-Length: 10000000000");
                            default -> "GET /api/v1/jobs HTTP/1.1\r\nHost: x\r\nX-Long: ";
                        };
                byte[] more = i % 3 == 0 ? chunk : piece;
                clients.submit(() -> neverStop(start, more));
            }
            bears("%d clients that never stop".formatted(SLOW_CLIENTS));
            leave();
        }
    }

    /** Sends on, and comes back whenever it is sent away. */
    private Void neverStop(String start, byte[] more) throws IOException {
        long end = System.nanoTime() + SLOW_FOR.toNanos();
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket("127.0.0.1", stack.api(0).port())) {
                write(socket, start);
                while (System.nanoTime() < end) {
                    socket.getOutputStream().write(more);
                }
            } catch (IOException e) {
                // sent away, as it should be
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        }
        return null;
    }

    /** The others are served as if nothing was, and the process has not grown. */
    private void bears(String what) {
        for (int i = 0; i < 20; i++) {
            long start = System.nanoTime();
            othersAreAnswered();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as(what)
                    .isLessThan(LivenessWatch.LIMIT);
        }
        liveness.answeredAlways(what);
        long resident = residentMib();
        System.out.printf(
                "CrowdTest: %s: slowest liveness %d ms, %d MiB resident, %d at rest%n",
                what, liveness.slowestMs(), resident, restingMib);
        assertThat(resident)
                .as("%s: MiB resident, %d at rest", what, restingMib)
                .isLessThan(MOST_MIB);
    }

    private static void othersAreAnswered() {
        Response list = stack.given(stack.tokens().viewer()).get("/api/v1/jobs");
        assertThat(list.statusCode()).as(list.asString()).isEqualTo(200);
        Response dryRun =
                stack.given(stack.tokens().operator())
                        .body(Map.of("unknown", 1))
                        .post("/api/v1/retention/runs");
        assertThat(dryRun.statusCode()).as(dryRun.asString()).isIn(400, 422);
    }

    /** What the process holds in the machine's memory, as the kernel counts it. */
    private static long residentMib() {
        Path status = Path.of("/proc", Long.toString(stack.api(0).process().pid()), "status");
        try {
            String line =
                    Files.readAllLines(status).stream()
                            .filter(it -> it.startsWith("VmRSS:"))
                            .findFirst()
                            .orElseThrow();
            return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", stack.api(0).port());
        crowd.add(socket);
        return socket;
    }

    private static String head(String method, String headers) {
        String path = method.equals("GET") ? "/q/openapi?format=json" : "/api/v1/backups";
        return "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
                .formatted(method, path, stack.tokens().operator(), headers);
    }

    private static void write(Socket socket, String text) throws IOException {
        OutputStream output = socket.getOutputStream();
        output.write(text.getBytes(ISO_8859_1));
        output.flush();
    }

    private static Void dribble(Socket socket) throws IOException {
        for (int i = 0; i < SLOW_FOR.toSeconds(); i++) {
            write(socket, " ");
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        }
        return null;
    }
}
