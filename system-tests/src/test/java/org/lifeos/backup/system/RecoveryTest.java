package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.testing.OllamaStandIn.succeeds;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.CommandRun;

/** A lost machine is brought back, at whatever moment somebody dies. */
class RecoveryTest extends RecoveryScene {
    @Test
    void newMachineHasEverythingThatTheOldOneHad() throws IOException {
        int pulls = ollama.pulls(MODEL);
        JsonPath job = recovered("{\"confirm\": \"recover\"}");

        assertThat(states(job))
                .isEqualTo(
                        Map.of(
                                "files", "SUCCEEDED",
                                "database", "SUCCEEDED",
                                "ollama", "SUCCEEDED",
                                "checks", "SUCCEEDED"));
        assertAllIsBack("recovered");
        assertThat(detail(job, "checks")).contains("12 tables", "with 11,296 of 11,296 rows");
        assertThat(job.getLong("result.restoreDurationMs")).isPositive();
        assertThat(job.getLong("result.recoveryPointAgeSeconds")).isBetween(0L, 600L);
        assertThat(services.received()).isNotEmpty();
        Path report = machine.backupFolder().resolve(job.getString("result.report"));
        assertThat(Files.readString(report))
                .contains("# Recovery of lifeos", "| database | SUCCEEDED |", "manual_backup_");
        System.out.printf(
                "RecoveryTest: recovered in %d ms: %s%n",
                job.getLong("result.restoreDurationMs"), states(job));

        JsonPath again = recovered("{\"confirm\": \"recover\"}");
        assertThat(detail(again, "files")).contains("0 files");
        assertThat(detail(again, "database")).contains("exactly what", "newest");
        assertThat(ollama.pulls(MODEL)).as("pulls").isEqualTo(pulls + 1);
        assertThat(databasesBeside()).isEmpty();
    }

    @Test
    void dryRunTellsEachStepAndChangesNothing() {
        JsonPath job = recovered("{\"confirm\": \"recover\", \"dryRun\": true}");

        assertThat(states(job).values()).containsOnly("PLANNED");
        assertThat(detail(job, "files")).contains("to copy");
        assertThat(detail(job, "database")).contains("would restore", "newest");
        assertThat(detail(job, "ollama")).contains("comes back with the files");
        assertThat(Stack.filesIn(machine.home())).isEmpty();
        assertThat(job.getString("result.report")).isNull();
    }

    @Test
    void dryRunTellsOfDumpsThatHaveNoManifest() throws IOException {
        Path folder = mirror.resolve("backups/postgres");
        Path aside = Files.createDirectory(mirror.resolve("aside"));
        try {
            for (String name : Stack.filesIn(folder)) {
                if (name.endsWith(".manifest.json")) {
                    Files.move(folder.resolve(name), aside.resolve(name));
                }
            }
            JsonPath job =
                    recovered(
                            "{\"confirm\": \"recover\", \"dryRun\": true, \"steps\": [\"database\"]}");

            assertThat(states(job)).isEqualTo(Map.of("database", "PLANNED"));
            assertThat(detail(job, "database"))
                    .contains("would scan 2 dumps", "newest", "and restore the newest good one");
        } finally {
            for (String name : Stack.filesIn(aside)) {
                Files.move(aside.resolve(name), folder.resolve(name));
            }
            Files.delete(aside);
        }
    }

    @Test
    void databaseWithOtherContentIsReplacedOnlyWhenThatIsSaid() {
        machine.targetServer()
                .execute(machine.targetDatabase(), "create table mine as select 42 as answer");

        Response refused = post("{\"confirm\": \"recover\"}");

        assertThat(refused.statusCode()).as(refused.asString()).isEqualTo(409);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("target-not-empty");
        JsonPath job = refused.jsonPath().setRootPath("job");
        assertThat(states(job))
                .isEqualTo(
                        Map.of(
                                "files", "SUCCEEDED",
                                "database", "FAILED",
                                "ollama", "SUCCEEDED",
                                "checks", "SKIPPED"));
        assertThat(machine.targetServer().rows(machine.targetDatabase(), "select answer from mine"))
                .isEqualTo(List.of(List.of("42")));

        JsonPath dry =
                recovered(
                        "{\"confirm\": \"recover\", \"dryRun\": true, \"steps\": [\"database\"]}");
        assertThat(states(dry)).isEqualTo(Map.of("database", "BLOCKED"));

        recovered("{\"confirm\": \"recover\", \"replace\": true}");
        assertAllIsBack("replaced");
        assertThat(databasesBeside()).isEmpty();
    }

    @Test
    void backupOfWhatAnApplicationMadeOfTheEmptyDatabaseIsPassedOver() {
        machine.targetServer()
                .execute(machine.targetDatabase(), "create table migration as select 1 as version");
        String stray =
                LostMachine.done(machine, "/api/v1/backups", "{\"label\": \"stray\"}")
                        .getString("result.file");

        Response refused = post("{\"confirm\": \"recover\"}");
        assertThat(refused.statusCode()).as(refused.asString()).isEqualTo(409);
        assertThat(refused.jsonPath().getString("code")).isEqualTo("target-not-empty");

        assertThat(
                        detail(
                                recovered(
                                        "{\"confirm\": \"recover\", \"replace\": true, \"dryRun\": true}"),
                                "database"))
                .contains("newest", "; newer, and passed over", stray);

        Response doubtful = post("{\"confirm\": \"recover\", \"replace\": true}");
        assertThat(doubtful.jsonPath().getString("code"))
                .as(doubtful.asString())
                .isEqualTo("recovery-incomplete");
        JsonPath job = doubtful.jsonPath().setRootPath("job");
        assertThat(states(job))
                .containsEntry("database", "SUCCEEDED")
                .containsEntry("checks", "FAILED");
        assertThat(detail(job, "database")).contains("; newer, and passed over", stray);
        assertThat(detail(job, "checks")).contains("not brought back", stray);
        assertAllIsBack("instead of the stray one");

        Response later = post(CHECKS);
        assertThat(later.jsonPath().getString("detail")).contains("not brought back", stray);
        delete(stray);
        recovered(CHECKS);
    }

    @Test
    void backupThatDoesNotRestoreGivesWayToTheOneBefore() throws IOException {
        Path newest = mirror.resolve("backups/postgres/" + nameInMirror("newest"));
        String broken = "life_os_backup_99990101_030000.sql.gz";
        Path folder = Files.createDirectories(machine.backupFolder());
        CommandRun.of(
                        "bash",
                        "-c",
                        "gunzip -c \"$1\" | sed 's/^-- PostgreSQL database dump complete$/alter table public.users add check (id is null);\\n&/' | gzip > \"$2\"",
                        "break",
                        newest.toString(),
                        folder.resolve(broken).toString())
                .orThrow();

        JsonPath job = recovered("{\"confirm\": \"recover\"}");

        assertThat(states(job).values()).containsOnly("SUCCEEDED");
        assertThat(detail(job, "database"))
                .contains("newest", "; corrupt, and marked so: " + broken);
        assertThat(
                        machine.server()
                                .rows(
                                        machine.serviceDatabase(),
                                        "select state from backup where file_name = '%s'"
                                                .formatted(broken)))
                .isEqualTo(List.of(List.of("CORRUPT")));
        assertThat(databasesBeside()).isEmpty();
        Files.delete(folder.resolve(broken));
        assertAllIsBack("from the one before");
    }

    @Test
    void emptyListOfModelsIsNotTakenForTheMirrors() throws IOException {
        Path list = machine.home().resolve("data/ollama_models_manifest.txt");
        ollama.losesAll();
        Files.createDirectories(list.getParent());
        LostMachine.done(machine, "/api/v1/ollama/manifests", "{}");

        Response failed = post("{\"confirm\": \"recover\"}");

        assertThat(failed.jsonPath().getString("code"))
                .as(failed.asString())
                .isEqualTo("recovery-incomplete");
        JsonPath job = failed.jsonPath().setRootPath("job");
        assertThat(states(job))
                .containsEntry("database", "SUCCEEDED")
                .containsEntry("ollama", "FAILED");
        assertThat(detail(job, "ollama")).contains("lists no models", list.toString());

        Files.delete(list);
        ollama.pull(MODEL, succeeds("a", 2_000));
        recovered("{\"confirm\": \"recover\", \"steps\": [\"files\", \"ollama\"]}");
        assertAllIsBack("with its models");
    }

    private static String idOf(String pattern) {
        return machine.server()
                .rows(
                        machine.serviceDatabase(),
                        "select id from backup where file_name like '%s'".formatted(pattern))
                .getFirst()
                .getFirst();
    }

    private static void delete(String file) {
        Response deleted =
                machine.given(machine.tokens().admin())
                        .header("Prefer", "wait=60")
                        .delete("/api/v1/backups/" + idOf(file));
        assertThat(deleted.statusCode()).as(deleted.asString()).isEqualTo(200);
    }

    @Test
    void checksOfAMachineThatWasClearedUpSinceAreWell() {
        recovered("{\"confirm\": \"recover\"}");
        machine.targetServer()
                .execute(
                        machine.targetDatabase(),
                        "truncate public.images, public.conversations, public.generation_jobs cascade");
        LostMachine.done(machine, "/api/v1/backups", "{\"label\": \"cleared\"}");

        assertThat(
                        detail(
                                recovered(
                                        "{\"confirm\": \"recover\", \"replace\": true, \"dryRun\": true}"),
                                "database"))
                .contains("newest", "passed over", "cleared");
        assertThat(detail(recovered(CHECKS), "checks")).contains("cleared");

        LostMachine.done(
                machine,
                "/api/v1/restores",
                "{\"backup\": \"%s\", \"confirm\": \"%s\"}"
                        .formatted(idOf("%newest%"), machine.targetDatabase()));
        assertThat(detail(recovered(CHECKS), "checks"))
                .as("what somebody restored is what somebody wanted")
                .contains("newest");
    }

    @Test
    void stepThatFailsStopsNoOther() {
        ollama.pull(MODEL, pull -> pull.error("pull model manifest: file does not exist"));
        services.answer(500);

        Response failed =
                post(
                        "{\"confirm\": \"recover\", \"steps\": [\"ollama\", \"files\", \"database\"]}");

        assertThat(failed.statusCode()).as(failed.asString()).isEqualTo(502);
        assertThat(failed.jsonPath().getString("code")).isEqualTo("recovery-incomplete");
        JsonPath job = failed.jsonPath().setRootPath("job");
        assertThat(states(job).keySet()).containsExactly("files", "database", "ollama");
        assertThat(states(job))
                .containsEntry("database", "SUCCEEDED")
                .containsEntry("ollama", "FAILED");
        assertThat(detail(job, "ollama")).contains(MODEL);
        assertThat(machine.backupFolder().resolve(job.getString("result.report"))).exists();

        ollama.pull(MODEL, succeeds("a", 2_000));
        recovered("{\"confirm\": \"recover\", \"steps\": [\"ollama\"]}");
        assertAllIsBack("continued");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "restore of the folders",
                "scan of the backups",
                "verification of",
                "restore of the database",
                "re-pull of the models",
                "checks"
            })
    void recoveryThatIsKilledCompletes(String phase) {
        services.answer(phase.equals("checks") ? 500 : 200);
        Response begun =
                machine.given(machine.tokens().admin())
                        .body("{\"confirm\": \"recover\"}")
                        .post("/api/v1/recoveries");
        String id = begun.jsonPath().getString("id");
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .atMost(Duration.ofSeconds(60))
                .until(() -> hasReached(id, phase));
        sleep(random.nextInt(100));
        worker.process().kill9();
        services.answer(200);
        worker = startWorker("second");

        JsonPath job = machine.awaitJobEnds(id);
        assertThat(job.getString("state")).as(phase + job.prettify()).isEqualTo("SUCCEEDED");
        assertThat(states(job).values()).containsOnly("SUCCEEDED");
        assertAllIsBack("seed %d, killed in %s".formatted(SEED, phase));
        assertThat(job.getLong("result.steps.find { it.step == 'files' }.durationMs"))
                .as("its time, by whichever attempt it was done")
                .isGreaterThanOrEqualTo(millisecondsOf("restore of the folders", id));
    }

    private static long millisecondsOf(String part, String recovery) {
        return Long.parseLong(
                machine.server()
                        .rows(
                                machine.serviceDatabase(),
                                "select floor(1000 * extract(epoch from finished_at - started_at))::bigint from job where reason = 'recovery: %s' and requested_by = 'after:%s'"
                                        .formatted(part, recovery))
                        .getFirst()
                        .getFirst());
    }

    private static boolean hasReached(String id, String phase) {
        JsonPath job = machine.job(id);
        return String.valueOf(job.getString("progress.phase")).startsWith(phase)
                || !machine.server()
                        .rows(
                                machine.serviceDatabase(),
                                "select 1 from job where reason like 'recovery: %s%%' or state = 'SUCCEEDED' and id = '%s'"
                                        .formatted(phase, id))
                        .isEmpty();
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void cancelEndsWhatTheRecoveryHasStarted() {
        ollama.pull(
                MODEL,
                pull -> {
                    pull.status("pulling manifest");
                    pull.repeat("{\"digest\":\"sha256:x\",\"total\":2000,\"completed\":250}", 60);
                });
        int pulls = ollama.pulls(MODEL);
        String id =
                machine.given(machine.tokens().admin())
                        .body("{\"confirm\": \"recover\"}")
                        .post("/api/v1/recoveries")
                        .jsonPath()
                        .getString("id");
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> ollama.pulls(MODEL) == pulls + 1);

        machine.given(machine.tokens().admin()).post("/api/v1/jobs/" + id + "/cancel");
        JsonPath job = machine.awaitJobEnds(id);

        assertThat(job.getString("state")).isEqualTo("CANCELLED");
        assertThat(
                        machine.server()
                                .rows(
                                        machine.serviceDatabase(),
                                        "select type from job where state in ('QUEUED', 'RUNNING')"))
                .isEmpty();
    }

    @Test
    void rehearsalTouchesNothingAndTellsTheTime() throws IOException {
        Path manifest = Path.of("data/ollama_models_manifest.txt");
        Files.createDirectory(machine.home().resolve("data"));
        Files.copy(mirror.resolve(manifest), machine.home().resolve(manifest));
        CommandRun.of("git", "init", "--quiet", machine.home().toString()).orThrow();
        Map<String, String> before = LostMachine.contents(machine.home());
        int pulls = ollama.pulls();

        JsonPath job = recovered("{\"confirm\": \"recover\", \"rehearsal\": true}");

        assertThat(states(job).values()).containsOnly("SUCCEEDED");
        assertThat(states(job).keySet())
                .containsExactly(
                        "files", "database", "ollama", "checks", "files-check", "code-check");
        assertThat(detail(job, "database")).contains("newest", "read back and equal");
        assertThat(detail(job, "ollama")).contains("1 models, 2,000 bytes to fetch on another");
        assertThat(job.getLong("result.restoreDurationMs")).isPositive();
        assertThat(LostMachine.contents(machine.home())).isEqualTo(before);
        assertThat(machine.backupFolder().resolve(job.getString("result.report"))).exists();
        assertThat(machine.home().resolve("backups").toFile().list()).containsExactly("postgres");
        assertThat(databasesBeside()).isEmpty();
        assertThat(
                        machine.targetServer()
                                .rows(
                                        machine.targetDatabase(),
                                        "select 1 from pg_class where relname = 'users'"))
                .isEmpty();
        assertThat(ollama.pulls()).isEqualTo(pulls);

        Response nothing =
                post("{\"confirm\": \"recover\", \"rehearsal\": true, \"steps\": [\"checks\"]}");
        assertThat(nothing.jsonPath().getString("code"))
                .as(nothing.asString())
                .isEqualTo("no-backup-to-recover");
    }

    @Test
    void fieldsAreChecked() {
        for (String body :
                List.of(
                        "{}",
                        "{\"confirm\": \"yes\"}",
                        "{\"confirm\": \"recover\", \"steps\": []}",
                        "{\"confirm\": \"recover\", \"steps\": [\"redis\"]}",
                        "{\"confirm\": \"recover\", \"steps\": [null]}",
                        "{\"confirm\": \"recover\", \"steps\": [\"files-check\"]}",
                        "{\"confirm\": \"recover\", \"steps\": \"files\"}",
                        "{\"confirm\": \"recover\", \"dryRun\": true, \"rehearsal\": true}",
                        "{\"confirm\": \"recover\", \"replace\": true, \"rehearsal\": true}")) {
            Response answer = post(body);
            assertThat(answer.statusCode()).as(body + answer.asString()).isEqualTo(422);
        }
    }
}
