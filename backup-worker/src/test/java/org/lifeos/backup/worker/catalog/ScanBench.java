package org.lifeos.backup.worker.catalog;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupIndex;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.CatalogScanRequest;
import org.lifeos.backup.job.CatalogScanResult;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobRequest;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.storage.Checksum;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.Targets;

/** A catalogue and a backup folder with real dumps, and scans of them. */
final class ScanBench implements AutoCloseable {
    static final ZoneId ZONE = ZoneId.of("Europe/Berlin");
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123456Z");

    private final QueueBench bench = QueueBench.create();
    final JobQueue queue = bench.queue("ada");
    final Catalogue catalogue = new Catalogue(bench.database());
    private final byte[] dump = dumpOf(PostgresServer.shared());
    private Path home;
    BackupFolder folder;

    /** Forgets all backups and takes another, empty home. */
    void begin(Path emptyHome) {
        bench.service().clear();
        home = emptyHome;
        folder = new BackupFolder(home);
        folder.prepare();
    }

    QueueBench jobs() {
        return bench;
    }

    /** SQL text of two tables with three rows, as the old script compresses it. */
    private static byte[] dumpOf(PostgresServer server) {
        String database = "scanned_" + UUID.randomUUID().toString().replace("-", "");
        server.createDatabase(database);
        try {
            server.execute(
                    database,
                    "create table people (id int, name text); insert into people values (1, 'Ada'), (2, 'Bo')");
            server.execute(database, "create table places (id int); insert into places values (7)");
            Path folder = Files.createTempDirectory("dump-");
            Path file = folder.resolve("dump.sql");
            CommandRun.of(
                            new CommandRun.Setting(
                                    folder,
                                    null,
                                    Map.of(
                                            "PGHOST", server.host(),
                                            "PGPORT", String.valueOf(server.port()),
                                            "PGUSER", server.superuser(),
                                            "PGPASSWORD", server.password())),
                            List.of(
                                    server.bin().orElseThrow().resolve("pg_dump").toString(),
                                    "--clean",
                                    "--if-exists",
                                    "--file=" + file,
                                    "--dbname=" + database))
                    .orThrow();
            byte[] sql = Files.readAllBytes(file);
            Files.delete(file);
            Files.delete(folder);
            return sql;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            server.dropDatabase(database);
        }
    }

    /** The dump as text. */
    byte[] sql() {
        return dump;
    }

    Path path(String name) {
        return folder.path().resolve(name);
    }

    /** A whole dump under a name, last changed an hour ago, with nothing beside it. */
    Path foreign(String name) throws IOException {
        return old(write(path(name), gzip(dump)));
    }

    /** As {@link #foreign}, with these bytes. */
    Path foreign(String name, byte[] bytes) throws IOException {
        return old(write(path(name), bytes));
    }

    private static Path write(Path path, byte[] bytes) throws IOException {
        Files.createDirectories(path.getParent());
        return Files.write(path, bytes);
    }

    static Path old(Path path) throws IOException {
        return Files.setLastModifiedTime(
                path, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(bytes);
        }
        return compressed.toByteArray();
    }

    /** A backup as the service leaves it: a dump, its sidecars and its row. */
    BackupManifest backup(String target, BackupKind kind, String name) throws IOException {
        BackupManifest manifest = described(target, kind, name);
        bench.database()
                .inTransaction(session -> {
                    catalogue.add(session, manifest);
                    return null;
                });
        return manifest;
    }

    BackupManifest backup(String name) throws IOException {
        return backup("lifeos", BackupKind.MANUAL, name);
    }

    /** A dump with its manifest beside it and no row. */
    BackupManifest described(String target, BackupKind kind, String name) throws IOException {
        Path file = foreign(name);
        BackupManifest manifest =
                SampleManifest.of(
                        UUID.randomUUID(),
                        target,
                        kind,
                        new DumpFile(name, Files.size(file), Checksum.of(file, () -> {})),
                        NOON);
        folder.describe(manifest, new Lease(UUID.randomUUID(), 1, UUID.randomUUID()));
        return manifest;
    }

    /** Puts any text beside a dump as its manifest. */
    void manifest(String name, String text) throws IOException {
        Files.writeString(path(name + ".manifest.json"), text);
    }

    void manifest(String name, BackupManifest manifest) throws IOException {
        manifest(name, Json.write(manifest));
    }

    BackupManifest manifest(String name) {
        return folder.manifestOf(name).orElseThrow();
    }

    UUID submit(JobRequest request) {
        return bench.database()
                .inTransaction(session ->
                        bench.jobs()
                                .submit(
                                        session,
                                        new Submission(
                                                UUID.randomUUID(), request, "ci-token", null)))
                .id();
    }

    Attempt begin() {
        submit(new CatalogScanRequest());
        return new Attempt(
                queue.claim(Set.of(JobType.CATALOG_SCAN)).orElseThrow(),
                queue,
                new JobLog(bench.database()),
                new Redaction(List.of()));
    }

    CatalogScanHandler handler() {
        Map<String, Target> targets = new LinkedHashMap<>();
        List.of("lifeos", "app", "app-test")
                .forEach(name ->
                        targets.put(name, new Target(name, "nowhere", 1, name, "ada", null)));
        return new CatalogScanHandler(
                new Targets(targets),
                folder,
                catalogue,
                new BackupIndex(bench.database()),
                queue,
                ZONE);
    }

    CatalogScanResult scan() {
        Attempt attempt = begin();
        handler().run(attempt);
        return (CatalogScanResult) bench.job(attempt.jobId()).result();
    }

    /** Every row, whatever its state, by file and state. */
    List<String> rows() {
        return bench.database()
                .list(
                        "select file_name || ' ' || kind || ' ' || state as row from backup order by file_name, state",
                        row -> row.text("row"));
    }

    /** The row of a file that was not removed. */
    Backup of(String file) {
        return bench.database()
                .first(
                        "select id from backup where file_name = ? and state <> 'EXPIRED'",
                        row -> row.uuid("id"),
                        file)
                .flatMap(catalogue::find)
                .orElseThrow(() -> new AssertionError("no row of " + file));
    }

    /** All that the catalogue holds, to the last column. */
    String everything() {
        return bench.service()
                .value("select coalesce(json_agg(b order by id)::text, '') from backup b");
    }

    void loseTheCatalogue() {
        bench.database().update("delete from backup");
    }

    @Override
    public void close() throws SQLException {
        bench.close();
    }
}
