package org.lifeos.backup.system;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.PostgresServer;

/** A backup from its request to the file, and from the file back to the database. */
class BackupFlowTest {
    private static final ZoneId ZONE = ZoneId.of("Pacific/Chatham");
    private static final DateTimeFormatter IN_NAMES =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");
    private static final String SMALL = "flow_small";
    private static Stack stack;

    @BeforeAll
    static void start() {
        PostgresServer server = PostgresServer.shared();
        server.createDatabase(SMALL);
        server.execute(SMALL, "CREATE TABLE note AS SELECT n FROM generate_series(1, 7) n");
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .environment(
                                        Map.ofEntries(
                                                Map.entry("TZ", ZONE.getId()),
                                                Map.entry("BACKUP_TARGETS", "app,app-test"),
                                                Map.entry("APP_DB_HOST", server.host()),
                                                Map.entry("APP_DB_PORT", "" + server.port()),
                                                Map.entry("APP_DB_NAME", SMALL),
                                                Map.entry("APP_DB_USER", server.superuser()),
                                                Map.entry("APP_DB_PASSWORD", server.password()),
                                                Map.entry("APP_TEST_DB_HOST", server.host()),
                                                Map.entry("APP_TEST_DB_PORT", "" + server.port()),
                                                Map.entry("APP_TEST_DB_NAME", SMALL),
                                                Map.entry("APP_TEST_DB_USER", server.superuser()),
                                                Map.entry(
                                                        "APP_TEST_DB_PASSWORD",
                                                        server.password()))));
    }

    @AfterAll
    static void stop() {
        stack.close();
        PostgresServer.shared().dropDatabase(SMALL);
    }

    @AfterEach
    void onlyWholeFilesAreInTheFolder() {
        List<String> expected =
                Stack.filesIn(stack.backupFolder()).stream()
                        .filter(file -> file.endsWith(".sql.gz"))
                        .flatMap(dump -> filesOf(dump).stream())
                        .sorted()
                        .toList();
        assertThat(Stack.filesIn(stack.backupFolder())).isEqualTo(expected).isNotEmpty();
    }

    @Test
    void waitedBackupIsAWholeFileThatHoldsTheDatabase() {
        DatabaseContent original = DatabaseContent.of(stack.targetServer(), stack.targetDatabase());
        Response answer = waiting(60).body(Map.of("label", "flow-1.0")).post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=60");
        JsonPath job = answer.jsonPath();
        assertThat(job.getString("state")).isEqualTo("SUCCEEDED");
        assertThat(answer.header("Location")).isEqualTo("/api/v1/jobs/" + job.getString("id"));
        Map<String, Object> result = job.getMap("result");
        assertThat(result)
                .containsOnlyKeys(
                        "backupId", "file", "sizeBytes", "sha256", "tables", "rows", "durationMs");

        Path dump = stack.backupFolder().resolve((String) result.get("file"));
        assertThat(dump).isRegularFile().hasSize(((Number) result.get("sizeBytes")).longValue());
        assertThat(sha256(dump)).isEqualTo(result.get("sha256"));
        assertThat(original.differencesTo(restored(dump))).isEmpty();

        Map<String, Long> rows = rowsOfTables(original);
        assertThat(result.get("tables")).isEqualTo(rows.size());
        assertThat(job.getLong("result.rows"))
                .isEqualTo(rows.values().stream().mapToLong(Long::longValue).sum());
    }

    @Test
    void filesAreForTheirOwnerAloneAndTheSidecarsFitTheDump() throws IOException {
        JsonPath job = succeeded(Map.of("label", "sidecars", "reason", "why not", "pinned", true));
        String name = job.getString("result.file");
        Path folder = stack.backupFolder();
        assertThat(mode(folder)).isEqualTo("rwx------");
        for (String file : filesOf(name)) {
            assertThat(mode(folder.resolve(file))).as(file).isEqualTo("rw-------");
        }
        assertThat(folder.resolve(name + ".sha256"))
                .hasContent(sha256(folder.resolve(name)) + "  " + name);
        assertThat(folder.resolve(name + ".roles.sql"))
                .content()
                .contains("CREATE ROLE lifeos;", "PASSWORD 'SCRAM-SHA-256$")
                .contains("-- PostgreSQL database cluster dump complete");

        String text = Files.readString(folder.resolve(name + ".manifest.json"));
        assertThat(stack.secrets()).noneMatch(text::contains);
        JsonPath manifest = new JsonPath(text);
        JsonPath backup = look("/api/v1/backups/" + job.getString("result.backupId"));
        for (String field :
                List.of(
                        "target kind label reason format pinned file database snapshotAt createdAt"
                                .split(" "))) {
            assertThat(manifest.<Object>get(field))
                    .as(field)
                    .isEqualTo(backup.get(field))
                    .isNotNull();
        }
        for (String field : List.of("durationMs tables rows contents verification".split(" "))) {
            assertThat(manifest.<Object>get(field)).as(field).isEqualTo(backup.get(field));
        }
        assertThat(manifest.getMap("$"))
                .hasSize(25)
                .containsEntry("version", 1)
                .containsEntry("backupId", job.get("result.backupId"))
                .containsEntry("jobId", job.get("id"))
                .containsEntry("attempt", 1)
                .containsEntry("requestedBy", "operator")
                .containsEntry(
                        "roles",
                        Map.of(
                                "name",
                                name + ".roles.sql",
                                "passwords",
                                true,
                                "sha256",
                                sha256(folder.resolve(name + ".roles.sql"))));
        assertThat(manifest.getList("rolesNeeded", String.class)).contains("lifeos").isSorted();
        assertThat(manifest.getList("contents.hash", String.class))
                .isNotEmpty()
                .allMatch(hash -> hash.matches("[0-9a-f]{32}"));
        assertThat(manifest.getInt("fingerprint.version")).isEqualTo(1);
        assertThat(manifest.getString("fingerprint.schemaHash")).matches("[0-9a-f]{32}");
        assertThat(manifest.getMap("fingerprint"))
                .containsOnlyKeys("version", "sequences", "largeObjects", "schemaHash");
        assertThat(manifest.getString("dumpToolVersion")).matches("\\d+(\\.\\d+)+.*");
        assertThat(manifest.getString("compressor")).isNotBlank();
        assertThat(manifest.getString("database.serverVersion"))
                .isEqualTo(stack.targetServer().version());
        assertThat(instant(manifest, "snapshotAt")).isBefore(instant(manifest, "createdAt"));
        assertThat(manifest.getLong("file.sizeBytes")).isEqualTo(Files.size(folder.resolve(name)));
    }

    @Test
    void backupIsListedFoundAndTheLatest() {
        JsonPath first = succeeded(Map.of("label", "older", "target", "app"));
        JsonPath second = succeeded(Map.of("label", "newer", "target", "app"));
        String newest = second.getString("result.backupId");

        assertThat(look("/api/v1/backups/latest?target=app").getString("id")).isEqualTo(newest);
        JsonPath page = look("/api/v1/backups?target=app&kind=manual&state=AVAILABLE&limit=1");
        assertThat(page.getList("items.id")).isEqualTo(List.of(newest));
        assertThat(page.getMap("items[0]")).doesNotContainKeys("contents", "fingerprint");
        JsonPath next =
                look("/api/v1/backups?target=app&limit=1&cursor=" + page.getString("nextCursor"));
        assertThat(next.getList("items.id")).isEqualTo(List.of(first.getString("result.backupId")));
        List<String> all = look("/api/v1/backups?limit=200").getList("items.snapshotAt");
        assertThat(all).isSortedAccordingTo((a, b) -> Instant.parse(b).compareTo(Instant.parse(a)));

        JsonPath backup = look("/api/v1/backups/" + newest);
        assertThat(backup.getList("contents").toString())
                .matches("\\[\\{table=public.note, rows=7, hash=[0-9a-f]{32}}]");
        assertThat(backup.getString("fingerprint.schemaHash")).matches("[0-9a-f]{32}");
        assertThat(backup.getString("state")).isEqualTo("AVAILABLE");
        assertThat(backup.getString("kind")).isEqualTo("manual");
        assertThat(backup.getString("file.sha256")).isEqualTo(second.get("result.sha256"));
    }

    @Test
    void withoutPreferTheJobIsAcceptedAtOnce() throws SQLException {
        try (Connection _ = stack.lockTarget()) {
            Response answer = operator().body(Map.of("reason", "no hurry")).post("/api/v1/backups");
            assertThat(answer.statusCode()).isEqualTo(202);
            JsonPath job = answer.jsonPath();
            assertThat(answer.header("Location")).isEqualTo("/api/v1/jobs/" + job.getString("id"));
            assertThat(answer.header("Preference-Applied")).isNull();
            assertThat(job.getMap("$").keySet().toString())
                    .isEqualTo(
                            "[id, type, state, target, requestedBy, reason, attempt, maxAttempts,"
                                    + " createdAt, startedAt, finishedAt, progress, result, failure,"
                                    + " worker]");
            assertThat(job.getString("type")).isEqualTo("postgres-backup");
            assertThat(job.getString("requestedBy")).isEqualTo("operator");
            assertThat(job.getString("reason")).isEqualTo("no hurry");
            assertThat(job.getString("state")).isEqualTo("QUEUED");
            Response early = viewer().header("Prefer", "wait=1").get(answer.header("Location"));
            assertThat(early.statusCode()).isEqualTo(200);
            assertThat(early.jsonPath().getString("state")).isEqualTo("RUNNING");
        }
        String last = look("/api/v1/jobs?limit=1").getString("items[0].id");
        Response late = viewer().header("Prefer", "wait=60").get("/api/v1/jobs/" + last);
        assertThat(late.header("Preference-Applied")).isEqualTo("wait=60");
        assertThat(late.jsonPath().getString("state")).isEqualTo("SUCCEEDED");
    }

    @Test
    void tooShortAWaitIsAProblemAndTheSameKeyWaitsAgain() throws SQLException {
        Map<String, String> body = Map.of("label", "patience");
        String id;
        try (Connection _ = stack.lockTarget()) {
            Response early =
                    waiting(1)
                            .header("Idempotency-Key", "patience")
                            .body(body)
                            .post("/api/v1/backups");
            assertThat(early.statusCode()).isEqualTo(504);
            assertThat(early.contentType()).startsWith("application/problem+json");
            assertThat(early.jsonPath().getString("code")).isEqualTo("still-running");
            assertThat(early.jsonPath().getString("job.state")).isEqualTo("RUNNING");
            id = early.jsonPath().getString("job.id");
            assertThat(early.header("Location")).isEqualTo("/api/v1/jobs/" + id);

            Response async =
                    operator()
                            .header("Prefer", "respond-async, wait=1")
                            .header("Idempotency-Key", "patience")
                            .body(body)
                            .post("/api/v1/backups");
            assertThat(async.statusCode()).isEqualTo(202);
            assertThat(async.header("Preference-Applied")).contains("wait=1", "respond-async");
            assertThat(async.jsonPath().getString("id")).isEqualTo(id);
        }
        Response late =
                waiting(60)
                        .header("Idempotency-Key", "patience")
                        .body(body)
                        .post("/api/v1/backups");
        assertThat(late.statusCode()).as(late.asString()).isEqualTo(200);
        assertThat(late.jsonPath().getString("id")).isEqualTo(id);
        assertThat(dumps("_patience")).hasSize(1);
    }

    @Test
    void namesTellTargetAndLocalTime() {
        for (String target : List.of("lifeos", "app", "app-test")) {
            JsonPath job = succeeded(Map.of("target", target, "label", "named"));
            String prefix = target.equals("lifeos") ? "" : target + "_";
            String file = job.getString("result.file");
            assertThat(file).matches(prefix + "manual_backup_\\d{8}_\\d{6}_named\\.sql\\.gz");
            String time = file.replaceFirst(".*_(\\d{8}_\\d{6})_named.*", "$1");
            Instant named = LocalDateTime.parse(time, IN_NAMES).atZone(ZONE).toInstant();
            assertThat(named)
                    .isBetween(
                            instant(job, "startedAt").truncatedTo(ChronoUnit.SECONDS),
                            instant(job, "finishedAt"));
        }
        assertThat(succeeded(Map.of("target", "app")).getString("result.file"))
                .matches("app_manual_backup_\\d{8}_\\d{6}(-\\d+)?\\.sql\\.gz");
    }

    @Test
    void nameThatIsTakenGetsANumberAfterTheSeconds() throws IOException {
        Instant now = Instant.now();
        List<Path> taken = new ArrayList<>();
        for (long second : LongStream.rangeClosed(-1, 60).toArray()) {
            String time = IN_NAMES.format(now.plusSeconds(second).atZone(ZONE));
            taken.add(
                    Files.createFile(
                            stack.backupFolder()
                                    .resolve("manual_backup_" + time + "_twin.sql.gz")));
        }
        try {
            assertThat(succeeded(Map.of("label", "twin")).getString("result.file"))
                    .matches("manual_backup_\\d{8}_\\d{6}-2_twin\\.sql\\.gz");
            for (Path file : taken) {
                assertThat(file).isEmptyFile();
            }
        } finally {
            for (Path file : taken) {
                Files.delete(file);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"checksum", "content"})
    void askedProofIsPartOfTheJob(String level) {
        JsonPath job = succeeded(Map.of("verify", level, "target", "app", "label", level));
        JsonPath backup = look("/api/v1/backups/" + job.getString("result.backupId"));
        assertThat(backup.getString("verification.level")).isEqualTo(level);
        assertThat(backup.getString("verification.outcome")).isEqualTo("PASSED");
        assertThat(instant(backup, "verification.at"))
                .isBetween(instant(job, "startedAt"), instant(job, "finishedAt"));
    }

    private static RequestSpecification operator() {
        return stack.given(stack.tokens().operator());
    }

    private static RequestSpecification viewer() {
        return stack.given(stack.tokens().viewer());
    }

    private static RequestSpecification waiting(int seconds) {
        return operator().header("Prefer", "wait=" + seconds);
    }

    private static JsonPath succeeded(Map<String, Object> body) {
        Response answer = waiting(60).body(body).post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static JsonPath look(String path) {
        return viewer().get(path).then().statusCode(200).extract().jsonPath();
    }

    private static List<String> dumps(String part) {
        return Stack.filesIn(stack.backupFolder()).stream()
                .filter(file -> file.contains(part) && file.endsWith(".sql.gz"))
                .toList();
    }

    private static List<String> filesOf(String dump) {
        return List.of(dump, dump + ".manifest.json", dump + ".roles.sql", dump + ".sha256");
    }

    private static DatabaseContent restored(Path dump) {
        return DatabaseContent.of(stack.targetServer(), stack.restoreBeside(dump));
    }

    private static Map<String, Long> rowsOfTables(DatabaseContent content) {
        return content.tables().entrySet().stream()
                .filter(table ->
                        content.definitions()
                                .getOrDefault("relation " + table.getKey(), "")
                                .startsWith("r of "))
                .collect(toMap(Map.Entry::getKey, table -> table.getValue().rows()));
    }

    private static Instant instant(JsonPath json, String field) {
        return Instant.parse(json.getString(field));
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static String sha256(Path file) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(hash);
        } catch (IOException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
