package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.response.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.lifeos.backup.testing.DatabaseContent;

/**
 * What holds after every bad day: all jobs have ended, every published file is whole and in the
 * catalogue, nothing else is left behind, and the next backup works.
 */
final class Aftermath {
    private static final String END_MARKER = "-- PostgreSQL database dump complete";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final FaultScene scene;
    private final Stack stack;

    /** Files that were found whole need not be read twice. */
    private final Set<Path> found = new HashSet<>();

    private Aftermath(FaultScene scene) {
        this.scene = scene;
        this.stack = scene.stack();
    }

    /** Everything, the next backup included: a worker has to be alive. */
    static void isSound(FaultScene scene, String... foreignFiles) {
        Aftermath aftermath = new Aftermath(scene);
        aftermath.nothingIsAmiss(foreignFiles);
        aftermath.nextBackupWorks();
        aftermath.nothingIsAmiss(foreignFiles);
    }

    /**
     * Everything but the next backup.
     *
     * @param foreignFiles names in the backup folder that the test has put there
     */
    static void nothingIsAmiss(FaultScene scene, String... foreignFiles) {
        new Aftermath(scene).nothingIsAmiss(foreignFiles);
    }

    /** A dump restored by the old runbook's command holds what the target holds. */
    static void restoresToTheOriginal(FaultScene scene, Path dump) {
        Stack stack = scene.stack();
        DatabaseContent original = DatabaseContent.of(stack.targetServer(), stack.targetDatabase());
        DatabaseContent restored =
                DatabaseContent.of(stack.targetServer(), stack.restoreBeside(dump));
        assertThat(original.differencesTo(restored)).as(dump.toString()).isEmpty();
        assertThat(restored.rows()).isPositive();
    }

    private void nothingIsAmiss(String... foreignFiles) {
        everyJobEnds();
        onlyWholeDumpsAreInTheFolder(Set.of(foreignFiles));
        catalogueIsTheFolder();
        nothingRunsAnyMore();
    }

    private void everyJobEnds() {
        Awaitility.await("all jobs have ended")
                .atMost(LIMIT)
                .ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(
                                        scene.rows(
                                                "select id, state, progress from job where finished_at is null"))
                                .isEmpty());
    }

    private void onlyWholeDumpsAreInTheFolder(Set<String> foreign) {
        List<String> files =
                scene.files().stream().filter(file -> !foreign.contains(file)).toList();
        List<String> dumps = files.stream().filter(file -> file.endsWith(".sql.gz")).toList();
        List<String> expected =
                dumps.stream()
                        .flatMap(dump ->
                                Stream.of(
                                        dump,
                                        dump + ".manifest.json",
                                        dump + ".sha256",
                                        dump + ".roles.sql"))
                        .sorted()
                        .toList();
        assertThat(files).as("dumps with their sidecars, and nothing else").isEqualTo(expected);
        dumps.stream()
                .map(stack.backupFolder()::resolve)
                .filter(found::add)
                .forEach(Aftermath::isWhole);
    }

    /** Its bytes are those of checksum file and manifest, it unzips, and it has its end marker. */
    static void isWhole(Path dump) {
        try {
            assertThat(Files.isRegularFile(dump, LinkOption.NOFOLLOW_LINKS)).isTrue();
            String sha256 = sha256(dump);
            assertThat(beside(dump, ".sha256")).hasContent(sha256 + "  " + dump.getFileName());
            JsonNode manifest = json(beside(dump, ".manifest.json"));
            assertThat(manifest.at("/file/name").asText()).isEqualTo(dump.getFileName().toString());
            assertThat(manifest.at("/file/sha256").asText()).isEqualTo(sha256);
            assertThat(manifest.at("/file/sizeBytes").asLong()).isEqualTo(Files.size(dump));
            assertThat(content(dump).endMarker()).as("%s has its end marker", dump).isTrue();
            assertThat(beside(dump, ".roles.sql"))
                    .content()
                    .contains("-- PostgreSQL database cluster dump complete");
        } catch (IOException e) {
            throw new AssertionError(dump + " is not whole", e);
        }
    }

    private static JsonNode json(Path file) {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path beside(Path dump, String suffix) {
        return dump.resolveSibling(dump.getFileName() + suffix);
    }

    /** What a dump says, without the lines that differ from one run of pg_dump to the next. */
    record Content(String hash, boolean endMarker) {}

    /** Reads a dump to the end of its gzip stream. */
    static Content content(Path dump) {
        MessageDigest digest = sha256();
        boolean marker = false;
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(Files.newInputStream(dump), 1 << 16),
                                StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                marker |= line.equals(END_MARKER);
                if (!line.startsWith("\\restrict ") && !line.startsWith("\\unrestrict ")) {
                    digest.update(line.getBytes(StandardCharsets.UTF_8));
                    digest.update((byte) '\n');
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(dump + " does not unzip", e);
        }
        return new Content(HexFormat.of().formatHex(digest.digest()), marker);
    }

    static String sha256(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (DigestInputStream input = new DigestInputStream(Files.newInputStream(file), digest)) {
            input.transferTo(java.io.OutputStream.nullOutputStream());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One file, one row, one job that SUCCEEDED: each of them exactly where the others are. */
    private void catalogueIsTheFolder() {
        List<String> inFolder = new ArrayList<>();
        for (String file : scene.files()) {
            if (file.endsWith(".sql.gz.manifest.json")) {
                JsonNode manifest = json(stack.backupFolder().resolve(file));
                inFolder.add(
                        String.join(
                                " ",
                                manifest.at("/jobId").asText(),
                                manifest.at("/file/name").asText(),
                                manifest.at("/file/sha256").asText()));
            }
        }
        assertThat(
                        texts(
                                "select job_id || ' ' || file_name || ' ' || sha256 from backup where state = 'AVAILABLE'"))
                .as("catalogue")
                .containsExactlyInAnyOrderElementsOf(inFolder);
        assertThat(
                        texts(
                                """
                                select id || ' ' || (result->>'file') || ' ' || (result->>'sha256') from job
                                where state = 'SUCCEEDED'
                                """))
                .as("jobs that succeeded")
                .containsExactlyInAnyOrderElementsOf(inFolder);
        assertThat(
                        texts(
                                "select id::text from job where (state = 'SUCCEEDED') <> (failure is null)"))
                .as("jobs with a failure that did not fail, or the other way round")
                .isEmpty();
    }

    private List<String> texts(String sql) {
        return scene.rows(sql).stream().map(List::getFirst).toList();
    }

    /** Neither a process of a worker that lives nor a session on the target's server. */
    private void nothingRunsAnyMore() {
        Awaitility.await("no child process, no server session")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> {
                    for (Stack.Service worker : scene.livingWorkers()) {
                        assertThat(worker.process().descendants())
                                .as("children of " + worker.process().name())
                                .isEmpty();
                    }
                    assertThat(
                                    stack.targetServer()
                                            .rows(
                                                    "postgres",
                                                    """
                                                    select pid, datname, application_name from pg_stat_activity
                                                    where datname = '%s' and application_name ~ '^(pg_dump|pg_dumpall|backup-worker) '
                                                    """
                                                            .formatted(stack.targetDatabase())))
                            .as("sessions of jobs")
                            .isEmpty();
                });
    }

    private void nextBackupWorks() {
        Response answer = scene.backUp(Map.of("label", "next"));
        assertThat(answer.statusCode())
                .as("the next backup: %s%n%s", answer.asString(), stack.logTails())
                .isEqualTo(200);
        assertThat(answer.jsonPath().getInt("attempt")).isEqualTo(1);
    }
}
