package org.lifeos.backup.benchmark;

import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.lifeos.backup.system.Stack;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;

/**
 * One server with PostgreSQL's own defaults (durable, 128 MB of buffers), the service beside it
 * with the JVM options of the images, and a folder for what the old ways write.
 */
final class Scene implements AutoCloseable {
    private static final Map<String, String> LIKE_A_REAL_SERVER =
            Map.of(
                    "fsync", "on",
                    "synchronous_commit", "on",
                    "full_page_writes", "on",
                    "shared_buffers", "128MB",
                    "max_wal_size", "4GB");

    private final PostgresServer server;
    private final Stack stack;
    private final Path folder;

    private Scene(PostgresServer server, Stack stack, Path folder) {
        this.server = server;
        this.stack = stack;
        this.folder = folder;
    }

    static Scene open() throws IOException {
        return open(Map.of());
    }

    static Scene open(Map<String, String> environment) throws IOException {
        PostgresServer server = PostgresServer.start(LIKE_A_REAL_SERVER);
        try {
            Stack stack =
                    Stack.start(
                            Stack.Setup.standard()
                                    .server(server)
                                    .targetServer(server)
                                    .environment(asInImages(environment))
                                    .jvmsAsInImages());
            return new Scene(server, stack, Files.createTempDirectory("benchmark-"));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static Map<String, String> asInImages(Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("MALLOC_ARENA_MAX", "2");
        return all;
    }

    Stack stack() {
        return stack;
    }

    PostgresServer server() {
        return server;
    }

    String database() {
        return stack.targetDatabase();
    }

    /** A file in a folder that is removed at the end. */
    Path file(String name) {
        return folder.resolve(name);
    }

    /**
     * Runs a line of bash with the server's tools and their connection variables; any failure of a
     * pipe counts.
     */
    void shell(String line) {
        CommandRun.of(
                        new CommandRun.Setting(folder, null, connection()),
                        List.of("bash", "-c", "set -euo pipefail; " + line))
                .orThrow();
    }

    /** Whether a program can be run here. */
    static boolean installed(String program) {
        return CommandRun.of("sh", "-c", "command -v " + program).exitCode() == 0;
    }

    /** Posts and waits for the job's success; the job. */
    JsonPath post(String path, Map<String, ?> body) {
        return stack.given(stack.tokens().admin())
                .header("Prefer", "wait=600")
                .body(body)
                .post(path)
                .then()
                .statusCode(200)
                .extract()
                .jsonPath();
    }

    /** Posts and does not wait; the job. */
    JsonPath submit(String path, Map<String, ?> body) {
        return stack.given(stack.tokens().admin())
                .body(body)
                .post(path)
                .then()
                .statusCode(202)
                .extract()
                .jsonPath();
    }

    /** A job as it is now. */
    JsonPath job(String id) {
        return stack.given(stack.tokens().viewer()).get("/api/v1/jobs/{id}", id).jsonPath();
    }

    /** Takes a backup and waits for it; the job. */
    JsonPath backup(String format) {
        return post("/api/v1/backups", Map.of("format", format));
    }

    Path fileOf(JsonPath backupJob) {
        return stack.backupFolder().resolve(backupJob.getString("result.file"));
    }

    /** Removes all backups, so that the disk does not fill; their rows stay. */
    void forgetFiles() {
        for (String name : Stack.filesIn(stack.backupFolder())) {
            delete(stack.backupFolder().resolve(name));
        }
    }

    /** The resident memory of a process, in MiB. */
    static double residentMiB(long pid) {
        String kib = CommandRun.of("ps", "-o", "rss=", "-p", Long.toString(pid)).orThrow().strip();
        return Double.parseDouble(kib) / 1024;
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until nothing is queued or running. */
    void awaitRest() {
        Awaitility.await()
                .atMost(java.time.Duration.ofMinutes(5))
                .until(() ->
                        server.rows(
                                        stack.serviceDatabase(),
                                        "select from job where state in ('QUEUED', 'RUNNING')")
                                .isEmpty());
    }

    private Map<String, String> connection() {
        return Map.of(
                "PATH", stack.toolPath(),
                "PGHOST", server.host(),
                "PGPORT", Integer.toString(server.port()),
                "PGUSER", server.superuser(),
                "PGPASSWORD", server.password(),
                "PGDATABASE", database());
    }

    @Override
    public void close() {
        stack.close();
        server.close();
        Stack.filesIn(folder).forEach(name -> delete(folder.resolve(name)));
        delete(folder);
    }
}
