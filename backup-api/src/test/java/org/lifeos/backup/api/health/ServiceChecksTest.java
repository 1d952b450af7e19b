package org.lifeos.backup.api.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.api.health.HealthStatus.CRITICAL;
import static org.lifeos.backup.api.health.HealthStatus.OK;
import static org.lifeos.backup.api.health.HealthStatus.WARNING;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.json.Json;

/**
 * Each check of the service and of the copies with a fault that turns it, and one that must not.
 */
class ServiceChecksTest {
    private static final String IN_SYNC =
            """
            {"checkedAt":"2026-01-01T00:00:00Z","mirror":{"path":"/mirror","lagSeconds":%s},
             "folders":[{"folder":"output","mirrorState":"%s"},{"folder":"data","mirrorState":"IN_SYNC"}]}
            """;
    private static final String CODE =
            """
            {"branch":"staging","ahead":%d,"behind":0,"dirtyFiles":[%s],"stashes":%d,"pushed":%s,"problems":[]}
            """;

    private final HealthBench bench = new HealthBench();

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void databaseThatDoesNotAnswerIsCriticalAndHidesNothingOfTheDisk() {
        bench.backup(Duration.ofHours(1), 100);
        assertThat(bench.check("service-database").status()).isEqualTo(OK);
        World blind = bench.look(bench.look().folder(), Look.failed("connection refused"));
        assertThat(HealthBench.check(blind, "service-database").status()).isEqualTo(CRITICAL);
        assertThat(HealthBench.check(blind, "backup-age:lifeos").status()).isEqualTo(OK);
        for (String id :
                new String[] {
                    "workers", "jobs", "schedules", "mirror", "code", "retention:lifeos"
                }) {
            assertThat(HealthBench.check(blind, id).status()).as(id).isEqualTo(WARNING);
        }
    }

    @Test
    void roomForTheNextDumpIsNeeded() throws IOException {
        assertThat(bench.check("disk-space").status()).isEqualTo(OK);
        BackupManifest backup = bench.backup(Duration.ofHours(1), 100);
        long free = Files.getFileStore(bench.home()).getUsableSpace();
        // a file without blocks: as large as a dump that would not fit twice
        long size = free / 2 + (1L << 30);
        Path file = bench.file(backup);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(size);
        }
        Files.writeString(
                bench.folderPath().resolve(backup.file().name() + ".manifest.json"),
                Json.write(backup).replace("\"sizeBytes\":100", "\"sizeBytes\":" + size));
        assertThat(bench.check("disk-space").status()).isEqualTo(CRITICAL);
    }

    @Test
    void diskThatWillSoonBeFullIsAWarningBeforeItIsCritical() {
        bench.backup(Duration.ofHours(1), 100 << 20);
        FolderSeen folder = bench.look().folder().seen().orElseThrow();
        long needed = 200L << 20;
        assertThat(diskWith(folder, 3 * needed).status()).isEqualTo(OK);

        Finding soon = diskWith(folder, 3 * needed - 1);
        assertThat(soon.status()).isEqualTo(WARNING);
        assertThat(soon.observed()).isEqualTo("600.0 MiB free");
        assertThat(soon.threshold())
                .isEqualTo("at least 200.0 MiB for the next dumps, 600.0 MiB for 3 nights");
        assertThat(diskWith(folder, needed).status()).isEqualTo(WARNING);

        Finding full = diskWith(folder, needed - 1);
        assertThat(full.status()).isEqualTo(CRITICAL);
        assertThat(full.hint()).contains("Make room");
    }

    private Finding diskWith(FolderSeen folder, long freeBytes) {
        World world =
                bench.look(
                        Look.at(new FolderSeen(folder.dumps(), freeBytes)), bench.look().service());
        return HealthBench.check(world, "disk-space");
    }

    @Test
    void ollamaManifestIsAsOldAsItsFile() {
        assertThat(bench.check("ollama-manifest").status()).as("none").isEqualTo(WARNING);
        bench.ollamaManifest(Duration.ofHours(27));
        assertThat(bench.check("ollama-manifest").status()).isEqualTo(WARNING);
        assertThat(bench.check("ollama-manifest").observed()).isEqualTo("27 h");
        bench.ollamaManifest(Duration.ofHours(25));
        assertThat(bench.check("ollama-manifest").status()).isEqualTo(OK);
    }

    @Test
    void mirrorIsJudgedByTheLastCheckOfTheFiles() {
        assertThat(bench.check("mirror").status()).as("never checked").isEqualTo(WARNING);
        bench.ended("files-check", "SUCCEEDED", IN_SYNC.formatted(12, "IN_SYNC"), "1 minute");
        assertThat(bench.check("mirror").status()).isEqualTo(OK);
        bench.ended("files-check", "SUCCEEDED", IN_SYNC.formatted(60, "LAGGING"), "1 minute");
        assertThat(bench.check("mirror").status()).as("a sync takes a while").isEqualTo(OK);
        bench.ended("files-check", "SUCCEEDED", IN_SYNC.formatted(1000, "LAGGING"), "1 minute");
        assertThat(bench.check("mirror").status()).isEqualTo(WARNING);
        bench.ended("files-check", "SUCCEEDED", IN_SYNC.formatted(12, "MISSING"), "1 minute");
        assertThat(bench.check("mirror").summary()).contains("output");
        assertThat(bench.check("mirror").status()).isEqualTo(WARNING);
        bench.ended(
                "files-check", "SUCCEEDED", IN_SYNC.formatted(27 * 3600, "MISSING"), "1 minute");
        assertThat(bench.check("mirror").status()).isEqualTo(CRITICAL);
        bench.ended("files-check", "SUCCEEDED", IN_SYNC.formatted("null", "UNPROVEN"), "1 minute");
        assertThat(bench.check("mirror").summary()).startsWith("UNPROVEN");
        assertThat(bench.check("mirror").status()).isEqualTo(WARNING);
    }

    @Test
    void missingMirrorIsSaid() {
        bench.ended(
                "files-check",
                "SUCCEEDED",
                "{\"mirror\":null,\"folders\":[{\"folder\":\"output\",\"mirrorState\":\"UNPROVEN\"}]}",
                "1 minute");
        assertThat(bench.check("mirror").status()).isEqualTo(WARNING);
        assertThat(bench.check("mirror").summary()).contains("no mirror is configured");
    }

    @Test
    void checkThatHasNotRunLatelyDoesNotStayGreen() {
        bench.service()
                .execute(
                        "insert into schedule (name, cron, type) values ('hourly-files', '0 * * * *', 'files-check')");
        bench.ended(
                "files-check", "SUCCEEDED", IN_SYNC.formatted(12, "IN_SYNC"), "2 hours 50 minutes");
        assertThat(bench.check("mirror").status()).isEqualTo(OK);
        bench.service()
                .execute("update job set finished_at = now() - interval '3 hours 10 minutes'");
        assertThat(bench.check("mirror").status()).isEqualTo(WARNING);
        assertThat(bench.check("mirror").summary()).startsWith("UNPROVEN");
        bench.ended("files-check", "FAILED", null, "1 minute");
        assertThat(bench.check("mirror").summary()).contains("some-code");
    }

    @Test
    void workThatIsOnThisMachineAloneIsAWarning() {
        assertThat(bench.check("code").status()).as("never checked").isEqualTo(WARNING);
        bench.ended("code-check", "SUCCEEDED", CODE.formatted(0, "", 0, "true"), "1 hour");
        assertThat(bench.check("code").status()).isEqualTo(OK);
        for (String open :
                new String[] {
                    CODE.formatted(2, "", 0, "false"),
                    CODE.formatted(0, "\"a.py\"", 0, "true"),
                    CODE.formatted(0, "", 1, "true"),
                    CODE.formatted(0, "", 0, "null"),
                    CODE.formatted(0, "", 0, "false")
                }) {
            bench.ended("code-check", "SUCCEEDED", open, "1 minute");
            assertThat(bench.check("code").status()).as(open).isEqualTo(WARNING);
        }
        bench.ended("code-check", "SUCCEEDED", CODE.formatted(0, "", 0, "true"), "3 days");
        assertThat(bench.check("code").summary()).startsWith("UNPROVEN");
    }

    @Test
    void withoutAWorkerNothingIsBackedUp() {
        assertThat(bench.check("workers").status()).isEqualTo(CRITICAL);
        bench.service()
                .execute(
                        "insert into worker (instance, name, version, concurrency) values (gen_random_uuid(), 'w', '1', 2)");
        assertThat(bench.check("workers").status()).isEqualTo(OK);
        bench.service().execute("update worker set last_seen_at = now() - interval '2 minutes'");
        assertThat(bench.check("workers").status()).isEqualTo(CRITICAL);
    }

    @Test
    void jobThatIsStuckIsSeen() {
        String running =
                "lease_token=gen_random_uuid(); lease_until=now() + interval '%s'; started_at=now() - interval '%s'";
        bench.job(
                "postgres-backup",
                "QUEUED",
                "available_at=now() - interval '20 minutes'; created_at=now() - interval '20 minutes'");
        bench.job("postgres-backup", "RUNNING", running.formatted("10 s", "11 hours"));
        assertThat(bench.check("jobs").status()).isEqualTo(OK);
        bench.service()
                .execute(
                        "update job set created_at = now() - interval '31 minutes', available_at = created_at where state = 'QUEUED'");
        assertThat(bench.check("jobs").status()).as("its retry is due later").isEqualTo(OK);
        bench.service()
                .execute(
                        "update job set available_at = now() - interval '31 minutes' where state = 'QUEUED'");
        assertThat(bench.check("jobs").status()).isEqualTo(WARNING);
        bench.service().execute("delete from job where state = 'QUEUED'");
        bench.service().execute("update job set started_at = now() - interval '13 hours'");
        assertThat(bench.check("jobs").status()).isEqualTo(WARNING);
        bench.service().execute("update job set lease_until = now() - interval '3 minutes'");
        assertThat(bench.check("jobs").status()).isEqualTo(CRITICAL);
    }

    @Test
    void scheduleThatMissedItsTimeOrFailedIsAWarning() {
        String id = "schedule:nightly-backup";
        bench.service().execute("update schedule set effective_from = now()");
        assertThat(bench.check(id).status()).isEqualTo(OK);
        bench.service().execute("update schedule set effective_from = now() - interval '2 days'");
        assertThat(bench.check(id).status()).isEqualTo(WARNING);
        assertThat(bench.check(id).observed()).isEqualTo("missed");
        bench.service().execute("update schedule set last_due_at = now()");
        assertThat(bench.check(id).status()).isEqualTo(OK);
        bench.ended("postgres-backup", "FAILED", null, "1 minute");
        assertThat(bench.check(id).status()).as("somebody else's job").isEqualTo(OK);
        bench.service().execute("update job set requested_by = 'schedule:nightly-backup'");
        assertThat(bench.check(id).status()).isEqualTo(WARNING);
        assertThat(bench.check(id).summary()).contains("some-code");
        bench.service().execute("update schedule set enabled = false");
        assertThat(bench.check(id).status()).isEqualTo(OK);
        assertThat(bench.check("scheduled:lifeos").status()).isEqualTo(WARNING);
    }

    @Test
    void targetThatNothingBacksUpIsAWarning() {
        assertThat(bench.check("scheduled:lifeos").status()).isEqualTo(OK);
        bench.service()
                .execute(
                        "update schedule set parameters = '{\"target\": \"another\"}' where name = 'nightly-backup'");
        assertThat(bench.check("scheduled:lifeos").status()).isEqualTo(WARNING);
    }

    @Test
    void targetThatCannotBeReachedIsAWarning() {
        assertThat(bench.check("target:lifeos").status()).isEqualTo(WARNING);
        bench.service()
                .execute(
                        "insert into target (name, database, host, port, reachable) values ('lifeos', 'l', 'h', 1, true)");
        assertThat(bench.check("target:lifeos").status()).isEqualTo(OK);
        bench.service().execute("update target set reachable = false, problem = 'no route'");
        assertThat(bench.check("target:lifeos").summary()).contains("no route");
        assertThat(bench.check("target:lifeos").status()).isEqualTo(WARNING);
        bench.service()
                .execute(
                        "update target set reachable = true, checked_at = now() - interval '6 minutes'");
        assertThat(bench.check("target:lifeos").status()).isEqualTo(WARNING);
    }

    @Test
    void noticeThatDoesNotArriveIsAWarningAndOneOnItsWayIsNot() {
        assertThat(bench.check("alerts").summary()).contains("Nobody is told");
        bench.channels("email", "webhook");
        assertThat(bench.check("alerts").status()).isEqualTo(OK);
        bench.service().execute("insert into notice (subject, body) values ('check/a', '{}')");
        bench.service()
                .execute(
                        "insert into notice_delivery (notice_id, channel) select id, 'webhook' from notice");
        assertThat(bench.check("alerts").status()).as("on its way").isEqualTo(OK);
        bench.service()
                .execute(
                        "update notice_delivery set attempts = 1, problem = 'it answered with HTTP status 500'");
        assertThat(bench.check("alerts").status()).isEqualTo(WARNING);
        assertThat(bench.check("alerts").summary()).contains("webhook", "HTTP status 500");
        bench.channels("email");
        assertThat(bench.check("alerts").status()).as("switched off").isEqualTo(OK);
        bench.channels("webhook");
        bench.service().execute("update notice_delivery set outcome = 'LOST', ended_at = now()");
        assertThat(bench.check("alerts").status()).isEqualTo(WARNING);
        bench.service().execute("update notice_delivery set outcome = 'DELIVERED', problem = null");
        assertThat(bench.check("alerts").status()).isEqualTo(OK);
    }
}
