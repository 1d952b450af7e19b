package org.lifeos.backup.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OllamaManifestTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final SavedModel LLAMA =
            model("llama3.2:latest", "a80c4f17acd5", 2_019_393_189L, "2026-11-01T10:00:00Z", false);
    private static final SavedModel QWEN =
            model(
                    "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M",
                    "0f1e2d3c4b5a",
                    5_027_000_000L,
                    "2026-11-22T09:00:00Z",
                    false);
    private static final SavedModel CLOUD =
            model("gpt-oss:120b-cloud", "569662207105", 384, "2026-09-20T10:00:00Z", true);

    private static SavedModel model(
            String name, String digest, long size, String modifiedAt, boolean remote) {
        return new SavedModel(
                name,
                digest + "0".repeat(64 - digest.length()),
                size,
                Instant.parse(modifiedAt),
                remote,
                false,
                null);
    }

    private static OllamaManifest of(List<SavedModel> models, List<SavedModel> removed) {
        return new OllamaManifest(NOW, "0.32.15", models, removed, List.of());
    }

    @Test
    void tableIsWhatOllamaListPrintsToTheLastBlank() {
        String text = of(List.of(CLOUD, LLAMA, QWEN), List.of()).text();

        assertThat(text.substring(text.indexOf("\n\n") + 2))
                .isEqualTo(
                        """
                        NAME                                  ID              SIZE      MODIFIED         \s
                        hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M    0f1e2d3c4b5a    5.0 GB    About an hour ago   \s
                        llama3.2:latest                       a80c4f17acd5    2.0 GB    3 weeks ago         \s
                        gpt-oss:120b-cloud                    569662207105    -         2 months ago        \s
                        """);
        assertThat(ListTable.of(List.of(), NOW)).isEqualTo("NAME    ID    SIZE    MODIFIED \n");
    }

    @Test
    void everyLineAboveTheTableIsACommentAndOneIsEmpty() {
        String text = of(List.of(LLAMA, CLOUD), List.of(QWEN.removed(NOW))).text();
        List<String> lines = text.lines().toList();

        assertThat(lines.subList(0, lines.indexOf(""))).allMatch(line -> line.startsWith("# "));
        assertThat(lines.get(lines.indexOf("") + 1)).startsWith("NAME ");
        assertThat(lines)
                .contains(
                        "# saved_at 2026-11-22T10:00:00Z",
                        "# server_version 0.32.15",
                        "# {\"name\":\"llama3.2:latest\",\"digest\":\"%s\",\"size\":2019393189,\"modified_at\":\"2026-11-01T10:00:00Z\",\"remote\":false}"
                                .formatted(LLAMA.digest()));
        assertThat(lines)
                .anyMatch(line ->
                        line.startsWith("# removed {\"name\":\"" + QWEN.name() + "\"")
                                && line.contains("\"removed_at\":\"2026-11-22T10:00:00Z\""))
                .anyMatch(line -> line.startsWith("# warning gpt-oss:120b-cloud "));
    }

    @Test
    void oldRestoreReadsTheNamesOfAllModels() {
        String text = of(List.of(LLAMA, CLOUD, QWEN), List.of()).text();

        Stream<String> old =
                text.lines()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.split("\\s+")[0])
                        .filter(name -> !name.isEmpty() && !name.equals("NAME"));
        assertThat(old).containsExactly(QWEN.name(), LLAMA.name(), CLOUD.name());
    }

    @Test
    void whatWasWrittenIsReadAgain() {
        OllamaManifest manifest =
                of(
                        List.of(QWEN, LLAMA, CLOUD),
                        List.of(
                                model("gone:7b", "77", 7, "2026-01-01T00:00:00Z", false)
                                        .removed(NOW)));

        assertThat(OllamaManifest.read(manifest.text())).isEqualTo(manifest);
    }

    @Test
    void orderDoesNotDependOnThatOfTheServer() {
        assertThat(of(List.of(LLAMA, QWEN, CLOUD), List.of()).text())
                .isEqualTo(of(List.of(CLOUD, LLAMA, QWEN), List.of()).text());
    }

    @Test
    void manifestOfTheOldScriptIsReadWithTabsAndStrangeLineEnds() {
        OllamaManifest manifest =
                OllamaManifest.read(
                        "\uFEFF# Ollama Models Manifest\r\n# Generated: Sat\r\n\r\nNAME\tID\tSIZE\tMODIFIED\r\n"
                                + "llama3.2:latest\ta80c4f17acd5\t2.0 GB\t3 weeks ago\t\r\n"
                                + "LLAMA3.2\ta80c4f17acd5\t2.0 GB\t3 weeks ago\r\n"
                                + "gpt-oss:120b-cloud    569662207105    -    2 months ago    \r\n"
                                + "plain\r\n");

        assertThat(manifest.models())
                .extracting(
                        SavedModel::name, SavedModel::digest, SavedModel::size, SavedModel::remote)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple(
                                "llama3.2:latest", "a80c4f17acd5", 2_000_000_000L, false),
                        org.assertj.core.groups.Tuple.tuple(
                                "gpt-oss:120b-cloud", "569662207105", 0L, true),
                        org.assertj.core.groups.Tuple.tuple("plain:latest", null, 0L, false));
        assertThat(manifest.savedAt()).isNull();
    }

    @Test
    void whatIsNoNameIsReportedAndNeverAModel() {
        OllamaManifest manifest =
                OllamaManifest.read(
                        """
                        # {"name":"a b","digest":"x","size":1}
                        # {"name":"c\\nd","digest":"x","size":1}
                        # a comment in somebody's own words

                        NAME    ID    SIZE    MODIFIED
                        Error: could not connect to ollama app, is it running?
                        foo:
                        x@sha256:0123
                        a/b/c/d
                        -x
                        #x
                        é
                        """);

        assertThat(manifest.models()).isEmpty();
        assertThat(manifest.rejected())
                .containsExactly(
                        "a b",
                        "c\nd",
                        "Error:",
                        "foo:",
                        "x@sha256:0123",
                        "a/b/c/d",
                        "-x",
                        "#x",
                        "é");
    }

    @Test
    void rowThatSomebodyTookOutIsOut() {
        String text = of(List.of(LLAMA, QWEN), List.of()).text();
        String edited = text.replaceAll("(?m)^llama3.2.*\n", "");

        assertThat(OllamaManifest.read(edited).models()).containsExactly(QWEN);
    }

    @Test
    void emptyTextIsAnEmptyManifest() {
        assertThat(OllamaManifest.read("").models()).isEmpty();
        assertThat(OllamaManifest.read("# \n\n").rejected()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "384, 384 B",
        "999, 999 B",
        "1000, 1 KB",
        "1024, 1.0 KB",
        "1500, 1.5 KB",
        "4661224676, 4.7 GB",
        "9960000000, 10.0 GB",
        "19900000000, 19 GB",
        "2000000, 2 MB",
        "1200000000000, 1.2 TB"
    })
    void sizesAreThoseOfOllama(long bytes, String text) {
        assertThat(ListTable.size(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        "0, Less than a second ago",
        "1, 1 second ago",
        "59, 59 seconds ago",
        "60, About a minute ago",
        "3540, 59 minutes ago",
        "3600, About an hour ago",
        "7200, 2 hours ago",
        "169200, 47 hours ago",
        "172800, 2 days ago",
        "1209600, 2 weeks ago",
        "5184000, 2 months ago",
        "63072000, 2 years ago",
        "-7200, 2 hours from now"
    })
    void agesAreThoseOfOllama(long seconds, String text) {
        assertThat(ListTable.modified(NOW.minusSeconds(seconds), NOW)).isEqualTo(text);
    }

    @Test
    void onlyNamesOfManifestsNameAFile() {
        assertThat(OllamaManifest.isFileName("ollama_models_manifest_20261122_031500.txt"))
                .isTrue();
        assertThat(OllamaManifest.isFileName("ollama_models_manifest.txt")).isTrue();
        assertThat(OllamaManifest.isFileName("../ollama_models_manifest.txt")).isFalse();
        assertThat(OllamaManifest.isFileName("ollama_models_manifest/../x.txt")).isFalse();
        assertThat(OllamaManifest.isFileName("passwords.txt")).isFalse();
    }
}
