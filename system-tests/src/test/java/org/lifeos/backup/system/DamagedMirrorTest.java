package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.FixedPath;

/** A recovery from a mirror of which not all can be used. */
class DamagedMirrorTest extends RecoveryScene {
    private static final String DATABASE =
            "{\"confirm\": \"recover\", \"steps\": [\"database\"]%s}";

    /** An old file here, of which the mirror has a newer one that cannot take its place. */
    private static FixedPath fixed(String name) throws IOException {
        Path folder = Files.createDirectories(machine.backupFolder());
        Path file = Files.writeString(folder.resolve(name), "old");
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        return FixedPath.of(file);
    }

    @Test
    void fileThatCannotBeCopiedKeepsNoDumpAway() throws IOException {
        String report = "recovery_20260131_030000_x.md";
        Path newer = mirror.resolve("backups/postgres/" + report);
        try (FixedPath _ = fixed(report)) {
            Files.writeString(newer, "newer");
            JsonPath job = post("{\"confirm\": \"recover\"}").jsonPath().setRootPath("job");

            assertThat(states(job))
                    .containsEntry("files", "FAILED")
                    .containsEntry("database", "SUCCEEDED")
                    .containsEntry("ollama", "SUCCEEDED")
                    .containsEntry("checks", "SUCCEEDED");
            assertThat(detail(job, "database"))
                    .contains("newest", "; not all backups of the mirror came", report);
        } finally {
            Files.deleteIfExists(newer);
        }
        assertThat(DatabaseContent.of(machine.targetServer(), machine.targetDatabase()))
                .isEqualTo(lost.database());
    }

    @ParameterizedTest
    @ValueSource(strings = {".roles.sql", ".manifest.json"})
    void olderBackupIsNotTakenForANewerOneThatCannotBeCopied(String beside) throws IOException {
        String newest = nameInMirror("newest");
        try (FixedPath _ = fixed(newest + beside)) {
            Response failed = post(DATABASE.formatted(""));

            assertThat(failed.jsonPath().getString("code"))
                    .as(failed.asString())
                    .isEqualTo("files-copy-failed");
            assertThat(failed.jsonPath().getString("detail"))
                    .contains("newer ones", "could not be copied (" + newest + ")");
            assertThat(Stack.filesIn(machine.backupFolder()))
                    .as("the older one alone is here")
                    .filteredOn(name -> name.endsWith(".sql.gz"))
                    .hasSize(1)
                    .doesNotContain(newest);
            assertThat(
                            machine.targetServer()
                                    .rows(
                                            machine.targetDatabase(),
                                            "select from pg_class where relname = 'users'"))
                    .isEmpty();
        }
        recovered(DATABASE.formatted(""));
    }

    @Test
    void newestThatIsCorruptFailsARehearsalThatTellsWhatWouldComeBackInstead() throws IOException {
        Path copy = copyOfTheNewest("life_os_backup_99990101_030000.sql.gz");
        byte[] bytes = Files.readAllBytes(copy);
        bytes[bytes.length / 2] ^= 1;
        Files.write(copy, bytes);
        Path manifest = copy.resolveSibling(copy.getFileName() + ".manifest.json");
        try {
            Response failed = post("{\"confirm\": \"recover\", \"rehearsal\": true}");
            assertThat(failed.jsonPath().getString("code"))
                    .as(failed.asString())
                    .isEqualTo("backup-corrupt");
            JsonPath job = failed.jsonPath().setRootPath("job");
            assertThat(detail(job, "database"))
                    .contains(
                            copy.getFileName().toString(),
                            "; instead: a recovery would bring back " + nameInMirror("newest"),
                            "read back and equal");

            assertThat(detail(recovered(DATABASE.formatted(", \"dryRun\": true")), "database"))
                    .as("nothing says that it is corrupt")
                    .contains("would restore " + copy.getFileName());
            Files.writeString(
                    manifest,
                    Files.readString(manifest)
                            .replaceFirst(
                                    "\"verification\" *: *(null|\\{[^}]*})",
                                    "\"verification\": {\"level\": \"checksum\", \"outcome\": \"FAILED\", \"at\": \"2026-01-31T03:00:00Z\"}"));
            assertThat(detail(recovered(DATABASE.formatted(", \"dryRun\": true")), "database"))
                    .as("its manifest says that it is")
                    .contains("would restore " + nameInMirror("newest"));
        } finally {
            Files.delete(copy);
            Files.delete(manifest);
        }
    }

    /** With a manifest of its own, by which it is much newer. */
    private static Path copyOfTheNewest(String name) throws IOException {
        Path newest = mirror.resolve("backups/postgres/" + nameInMirror("newest"));
        Path copy = Files.copy(newest, newest.resolveSibling(name));
        String manifest = Files.readString(Path.of(newest + ".manifest.json"));
        Files.writeString(
                Path.of(copy + ".manifest.json"),
                manifest.replace(newest.getFileName().toString(), name)
                        .replaceFirst("(\"snapshotAt\" *: *\")[^\"]*", "$19999-01-01T03:00:00Z"));
        return copy;
    }
}
