package org.lifeos.backup.api.health;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.testing.ServiceDatabase;

/** A LIFEOS_HOME on the disk and a database of the service, both real, to look at. */
final class HealthBench implements AutoCloseable {
    static final String TARGET = "lifeos";
    static final Duration MAX_AGE = Duration.ofHours(26);

    private final ServiceDatabase service = ServiceDatabase.create();
    private final Path home;
    private final Instant now = java.time.InstantSource.system().instant();
    private final FolderReader folder;
    private final ServiceReader register;
    private List<String> channels = List.of();

    HealthBench() {
        try {
            home = Files.createTempDirectory("health-");
            Files.createDirectories(folderPath().resolve("safety"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        folder = new FolderReader(home);
        register = new ServiceReader(database(), ZoneOffset.UTC);
    }

    Path home() {
        return home;
    }

    Path folderPath() {
        return home.resolve("backups/postgres");
    }

    ServiceDatabase service() {
        return service;
    }

    Database database() {
        return service.database();
    }

    Instant now() {
        return now;
    }

    void channels(String... names) {
        channels = List.of(names);
    }

    /** A restore-verified backup of the target, on the disk and in the catalogue. */
    BackupManifest backup(Duration age, int sizeBytes) {
        return backup(age, sizeBytes, BackupKind.SCHEDULED, proof(VerificationLevel.RESTORE, age));
    }

    Verification proof(VerificationLevel level, Duration age) {
        return new Verification(level, Verification.Outcome.PASSED, now.minus(age));
    }

    BackupManifest backup(Duration age, int sizeBytes, BackupKind kind, Verification proof) {
        byte[] content = new byte[sizeBytes];
        String name =
                (kind == BackupKind.SAFETY ? "safety/" : "")
                        + "dump-%d-%s.sql.gz".formatted(age.toMinutes(), kind.code());
        DumpFile file = new DumpFile(name, sizeBytes, sha256(content));
        BackupManifest manifest =
                SampleManifest.of(
                                UuidV7.next(java.time.InstantSource.system()),
                                TARGET,
                                kind,
                                file,
                                now.minus(age))
                        .verified(proof);
        try {
            Files.write(folderPath().resolve(name), content);
            Files.writeString(folderPath().resolve(name + ".manifest.json"), Json.write(manifest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        database()
                .inTransaction(session -> {
                    new Catalogue(database()).add(session, manifest);
                    return null;
                });
        return manifest;
    }

    Path file(BackupManifest manifest) {
        return folderPath().resolve(manifest.file().name());
    }

    /** A job that has ended, or that runs or waits, as its row would be. */
    void job(String type, String state, String more) {
        service.execute(
                """
                insert into job (id, type, state, requested_by, request, target%s)
                values ('%s', '%s', '%s', 'somebody', '{}', '%s'%s)
                """
                        .formatted(
                                columns(more),
                                UUID.randomUUID(),
                                type,
                                state,
                                TARGET,
                                values(more)));
    }

    private static String columns(String more) {
        StringBuilder columns = new StringBuilder();
        Stream.of(more.split(";"))
                .forEach(part -> columns.append(", ").append(part.split("=", 2)[0].strip()));
        return columns.toString();
    }

    private static String values(String more) {
        StringBuilder values = new StringBuilder();
        Stream.of(more.split(";"))
                .forEach(part -> values.append(", ").append(part.split("=", 2)[1].strip()));
        return values.toString();
    }

    void ended(String type, String state, String result, String age) {
        job(
                type,
                state,
                "result=%s; failure=%s; finished_at=now() - interval '%s'"
                        .formatted(
                                result == null ? "null" : "'" + result + "'",
                                state.equals("FAILED")
                                        ? "'{\"code\":\"some-code\",\"detail\":\"why\"}'"
                                        : "null",
                                age));
    }

    void ollamaManifest(Duration age) {
        try {
            Path file =
                    Files.createDirectories(home.resolve("data"))
                            .resolve("ollama_models_manifest.txt");
            Files.writeString(file, "llama3.2:latest\n");
            Files.setLastModifiedTime(file, FileTime.from(now.minus(age)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    World look() {
        Probe<FolderSeen> disk =
                new Probe<>("The backup folder", Duration.ofSeconds(5), folder::read);
        Probe<ServiceSeen> database =
                new Probe<>("The service's database", Duration.ofSeconds(5), register::read);
        return look(disk.begin().await(), database.begin().await());
    }

    World look(Look<FolderSeen> disk, Look<ServiceSeen> database) {
        Path ollama = home.resolve("data/ollama_models_manifest.txt");
        Look<Optional<Instant>> manifest =
                new Probe<>(
                                "The manifest",
                                Duration.ofSeconds(5),
                                () ->
                                        Files.exists(ollama)
                                                ? Optional.of(
                                                        Files.getLastModifiedTime(ollama)
                                                                .toInstant())
                                                : Optional.<Instant>empty())
                        .begin()
                        .await();
        return new World(
                now,
                List.of(TARGET),
                new RetentionPolicy(7, 3, null),
                new HealthSettings(MAX_AGE, Duration.ofMinutes(5)),
                channels,
                disk,
                manifest,
                database);
    }

    /** What the check of this id says now. */
    Finding check(String id) {
        return check(look(), id);
    }

    static Finding check(World world, String id) {
        return Health.findings(world).stream()
                .filter(finding -> finding.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check " + id));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws SQLException {
        service.close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
