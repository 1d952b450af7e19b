package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.CommandRun;

/** The catalogue and the disk as callers see them. */
class CatalogScanTest {
    private static final String OLD = "life_os_backup_20250731_030000.sql.gz";

    private Stack stack;

    @BeforeEach
    void start() {
        stack = Stack.start(Stack.Setup.standard().environment(Map.of("TZ", "Europe/Berlin")));
    }

    @AfterEach
    void stop() {
        stack.close();
    }

    @Test
    void lostCatalogueIsToldAgainByteByByte() throws IOException {
        String scheduled = take("nightly");
        Path manifest = stack.backupFolder().resolve(scheduled + ".manifest.json");
        Files.writeString(
                manifest, Files.readString(manifest).replace("\"manual\"", "\"scheduled\""));
        take("pinned");
        String pinned = list().getString("items[0].id");
        patch(pinned, Map.of("pinned", true, "reason", "for the auditors"));
        take("corrupt");
        verify(list().getString("items[0].id"), 200);
        String corrupt = list().getString("items[0].file.name");
        Path dump = stack.backupFolder().resolve(corrupt);
        byte[] bytes = Files.readAllBytes(dump);
        bytes[bytes.length / 2] ^= 1;
        Files.write(dump, bytes);
        verify(list().getString("items[0].id"), 409);
        importOldDump(OLD);
        assertThat(scan().<String>getList("result.imported")).contains(OLD, scheduled);

        String listed = text("/api/v1/backups");
        List<String> ids = list().getList("items.id");
        List<String> details = ids.stream().map(id -> text("/api/v1/backups/" + id)).toList();
        assertThat(list().<String>getList("items.kind"))
                .containsExactly("manual", "manual", "scheduled", "imported");
        assertThat(list().<Boolean>getList("items.pinned"))
                .containsExactly(false, true, false, false);
        loseTheCatalogue();
        assertThat(list().getList("items")).isEmpty();

        JsonPath job = scan();
        assertThat(job.<String>getList("result.imported")).hasSize(3);
        assertThat(job.<String>getList("result.corrupt")).containsExactly(corrupt);
        assertThat(text("/api/v1/backups")).isEqualTo(listed);
        assertThat(ids.stream().map(id -> text("/api/v1/backups/" + id)).toList())
                .isEqualTo(details);
        assertThat(scan().getInt("result.unchanged")).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--clean --if-exists", "--inserts", "--format=custom"})
    void dumpOfOthersIsImportedVerifiedAndRestoredLikeAnyOther(String options) throws IOException {
        put(file(options), dump(options));
        String content = content(stack.targetDatabase());
        assertThat(scan().<String>getList("result.imported")).containsExactly(file(options));

        JsonPath latest =
                stack.given(stack.tokens().viewer()).get("/api/v1/backups/latest").jsonPath();
        assertThat(latest.getString("kind")).isEqualTo("imported");
        // summer time in Berlin
        assertThat(latest.getString("snapshotAt")).isEqualTo("2025-07-31T01:00:00Z");
        assertThat(latest.getLong("rows")).isPositive();
        for (String level : List.of("checksum", "content", "restore")) {
            verify(latest.getString("id"), 200, level);
        }

        stack.targetServer().execute(stack.targetDatabase(), "DROP TABLE users CASCADE");
        assertThat(content(stack.targetDatabase())).isNotEqualTo(content);
        restore(
                Map.of(
                        "mode",
                        "new-database",
                        "database",
                        "copy_of_others",
                        "confirm",
                        "copy_of_others"));
        restore(Map.of("confirm", stack.targetDatabase()));
        assertThat(content("copy_of_others")).isEqualTo(content);
        assertThat(content(stack.targetDatabase())).isEqualTo(content);
        stack.targetServer().dropDatabase("copy_of_others");
    }

    private static String file(String options) {
        return options.contains("custom") ? OLD.replace(".sql.gz", ".dump") : OLD;
    }

    private void restore(Map<String, Object> how) {
        Map<String, Object> body = new HashMap<>(how);
        body.put("backup", "latest");
        Response job =
                stack.given(stack.tokens().admin())
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post("/api/v1/restores");
        assertThat(job.statusCode()).as(job.asString()).isEqualTo(200);
        assertThat(job.jsonPath().getBoolean("result.verified")).isTrue();
    }

    private String content(String database) {
        return stack.targetServer()
                .rows(
                        database,
                        "SELECT relname, (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %s', oid::regclass), true, true, '')))[1]::text"
                                + " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
                .toString();
    }

    @Test
    void workerThatStartsWithAnEmptyCatalogueScansOnce() throws IOException {
        importOldDump(OLD);
        stack.startWorker(Map.of());
        stack.startWorker(Map.of());

        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(list().getList("items")).hasSize(1));
        JsonPath jobs =
                stack.given(stack.tokens().viewer())
                        .get("/api/v1/jobs?type=catalog-scan")
                        .jsonPath();
        assertThat(jobs.<String>getList("items.state")).containsExactly("SUCCEEDED");
        assertThat(jobs.getString("items[0].requestedBy")).startsWith("worker:");
    }

    @Test
    void scanThatIsKilledInTheMiddleIsDoneAgainWithOneRowAndOneIdForEachFile() throws IOException {
        int count = 60;
        byte[] dump = oldDump();
        for (int i = 0; i < count; i++) {
            put("copy-%03d.sql.gz".formatted(i), dump);
        }
        String id = request().jsonPath().getString("id");
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> manifests() > 10);
        stack.worker(0).process().kill9();
        long described = manifests();
        stack.startWorker(Map.of());
        JsonPath job = stack.awaitJobEnds(id);

        assertThat(described).isBetween(10L, count - 1L);
        assertThat(job.getString("state")).isEqualTo("SUCCEEDED");
        assertThat(job.getInt("attempt")).isEqualTo(2);
        List<List<String>> rows =
                rows("select file_name, id from backup order by file_name collate \"C\"");
        assertThat(rows).hasSize(count);
        assertThat(rows.stream().map(List::getFirst).distinct()).hasSize(count);
        for (List<String> row : rows) {
            Path manifest = stack.backupFolder().resolve(row.getFirst() + ".manifest.json");
            assertThat(JsonPath.from(manifest.toFile()).getString("backupId"))
                    .isEqualTo(row.getLast());
        }
        assertThat(Stack.filesIn(stack.backupFolder())).hasSize(3 * count);
    }

    @Test
    void twoScansAtOnceRunOneAfterTheOther() throws IOException {
        stack.startWorker(Map.of());
        byte[] dump = oldDump();
        for (int i = 0; i < 20; i++) {
            put("copy-%03d.sql.gz".formatted(i), dump);
        }
        List<String> ids =
                List.of(request().jsonPath().getString("id"), request().jsonPath().getString("id"));

        List<JsonPath> jobs = ids.stream().map(stack::awaitJobEnds).toList();
        assertThat(jobs).allMatch(job -> job.getString("state").equals("SUCCEEDED"));
        assertThat(jobs.getFirst().getList("result.imported")).hasSize(20);
        assertThat(jobs.getLast().getInt("result.unchanged")).isEqualTo(20);
        assertThat(rows("select from backup")).hasSize(20);
    }

    @Test
    void missingBackupIsToldAndHealed() throws IOException {
        String file = take("here");
        Path dump = stack.backupFolder().resolve(file);
        Path away = stack.home().resolve("away");
        String before = text("/api/v1/backups");
        Files.move(dump, away);
        assertThat(scan().<String>getList("result.missing")).containsExactly(file);
        assertThat(list().getString("items[0].state")).isEqualTo("MISSING");

        Files.move(away, dump);
        assertThat(scan().<String>getList("result.imported")).containsExactly(file);
        assertThat(text("/api/v1/backups")).isEqualTo(before);

        put("cut.sql.gz", Arrays.copyOf(oldDump(), 1000));
        String rendered =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .accept("text/plain")
                        .post("/api/v1/catalog/scans")
                        .asString();
        assertThat(rendered)
                .contains("0 imported, 1 unchanged, 0 missing, 1 corrupt")
                .contains("corrupt cut.sql.gz");
    }

    @Test
    void scanIsForOperatorsAndTakesNoFields() {
        assertThat(stack.given(stack.tokens().viewer()).post("/api/v1/catalog/scans").statusCode())
                .isEqualTo(403);
        Response refused =
                stack.given(stack.tokens().operator())
                        .body(Map.of("target", "lifeos"))
                        .post("/api/v1/catalog/scans");
        assertThat(refused.statusCode()).isBetween(400, 422);
        assertThat(refused.jsonPath().getString("detail")).contains("target");
        assertThat(request().statusCode()).isEqualTo(202);
    }

    private String take(String label) {
        Response job =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("label", label))
                        .post("/api/v1/backups");
        assertThat(job.statusCode()).as(job.asString()).isEqualTo(200);
        return job.jsonPath().getString("result.file");
    }

    private void patch(String id, Map<String, Object> body) {
        stack.given(stack.tokens().operator())
                .body(body)
                .patch("/api/v1/backups/{id}", id)
                .then()
                .statusCode(200);
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(
                                        rows(
                                                "select from job where type = 'manifest-update' and state = 'SUCCEEDED'"))
                                .hasSize(1));
    }

    private void verify(String id, int status) {
        verify(id, status, "content");
    }

    private void verify(String id, int status, String level) {
        Response job =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .body(Map.of("level", level))
                        .post("/api/v1/backups/{id}/verifications", id);
        assertThat(job.statusCode()).as(job.asString()).isEqualTo(status);
    }

    private Response request() {
        return stack.given(stack.tokens().operator()).post("/api/v1/catalog/scans");
    }

    private JsonPath scan() {
        Response job =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .post("/api/v1/catalog/scans");
        assertThat(job.statusCode()).as(job.asString()).isEqualTo(200);
        return job.jsonPath();
    }

    private JsonPath list() {
        return stack.given(stack.tokens().viewer()).get("/api/v1/backups").jsonPath();
    }

    private String text(String path) {
        return stack.given(stack.tokens().viewer()).get(path).asString();
    }

    private void loseTheCatalogue() {
        stack.server().execute(stack.serviceDatabase(), "delete from backup");
    }

    private List<List<String>> rows(String sql) {
        return stack.server().rows(stack.serviceDatabase(), sql);
    }

    /** What {@code pg_dump --clean --if-exists | gzip} of the old script writes. */
    private byte[] oldDump() throws IOException {
        return dump("--clean --if-exists");
    }

    private byte[] dump(String options) throws IOException {
        Path file = stack.home().resolve("old.sql");
        CommandRun.of(
                        new CommandRun.Setting(
                                stack.home(),
                                null,
                                Map.of(
                                        "PATH", stack.toolPath(),
                                        "PGHOST", stack.targetServer().host(),
                                        "PGPORT", String.valueOf(stack.targetServer().port()),
                                        "PGUSER", stack.targetServer().superuser(),
                                        "PGPASSWORD", stack.targetServer().password())),
                        List.of(
                                "sh",
                                "-c",
                                "pg_dump %s %s | %s >%s"
                                        .formatted(
                                                options,
                                                stack.targetDatabase(),
                                                options.contains("custom") ? "cat" : "gzip",
                                                file)))
                .orThrow();
        return Files.readAllBytes(file);
    }

    private void importOldDump(String name) throws IOException {
        put(name, oldDump());
    }

    private void put(String name, byte[] bytes) throws IOException {
        Path file = Files.write(stack.backupFolder().resolve(name), bytes);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    }

    private long manifests() {
        String[] names = stack.backupFolder().toFile().list();
        return Arrays.stream(names)
                .filter(file -> file.endsWith(".manifest.json") && !file.startsWith("."))
                .count();
    }
}
