package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.lifeos.backup.testing.DatabaseContent;
import org.lifeos.backup.testing.OllamaStandIn;

/**
 * What is known of a machine with folders, a database with two backups, and a model, of which only
 * its mirror is left.
 *
 * @param files contents and times by name, as {@link #contents} tells them
 */
record LostMachine(DatabaseContent database, Map<String, String> files) {

    /**
     * @param mirror an empty folder, which then is the copy of what was lost
     */
    static LostMachine lose(OllamaStandIn ollama, String model, Path mirror, Random random)
            throws IOException {
        DatabaseContent database;
        try (Stack old =
                Stack.start(
                        Stack.Setup.standard()
                                .environment(Map.of("OLLAMA_BASE_URL", ollama.url())))) {
            ollama.has(model, "a", 2_000);
            done(old, "/api/v1/ollama/manifests", "{}");
            write(old.home().resolve("output/2026/picture.png"), 300_000, random);
            write(old.home().resolve("uploads/ü ö.txt"), 20, random);
            write(old.home().resolve("presets/one.json"), 5, random);
            done(old, "/api/v1/backups", "{}");
            old.targetServer()
                    .execute(
                            old.targetDatabase(),
                            "update public.users set created_at = created_at + interval '1 day'");
            done(old, "/api/v1/backups", "{\"label\": \"newest\"}");
            database = DatabaseContent.of(old.targetServer(), old.targetDatabase());
            sync(old.home(), mirror);
        }
        return new LostMachine(database, contents(mirror));
    }

    /** The job of a call, which has ended well. */
    static JsonPath done(Stack stack, String path, String body) {
        Response answer =
                stack.given(stack.tokens().admin())
                        .header("Prefer", "wait=60")
                        .body(body)
                        .post(path);
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        return answer.jsonPath();
    }

    private static void write(Path file, int bytes, Random random) throws IOException {
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private static void sync(Path from, Path to) throws IOException {
        try (Stream<Path> found = Files.walk(from)) {
            for (Path path : found.filter(path -> !path.equals(from)).toList()) {
                Files.copy(
                        path,
                        to.resolve(from.relativize(path).toString()),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** Times and contents of the files, without what a restore and a verification write anew. */
    static Map<String, String> contents(Path root) {
        Map<String, String> contents = new LinkedHashMap<>();
        for (String name : Stack.filesIn(root)) {
            if (name.endsWith(".md")
                    || name.endsWith(".manifest.json")
                    || name.contains("sync-probe")
                    || name.contains("safety/")) {
                continue;
            }
            try {
                Path file = root.resolve(name);
                contents.put(
                        name,
                        Arrays.hashCode(Files.readAllBytes(file))
                                + " "
                                + Files.getLastModifiedTime(file).toMillis() / 1000);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return contents;
    }
}
