package org.lifeos.backup.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNameTest {

    @ParameterizedTest
    @CsvSource({
        "llama3.2, llama3.2:latest",
        "llama3.2:3b, llama3.2:3b",
        "me/foo:v1, me/foo:v1",
        "registry.ollama.ai/library/foo, foo:latest",
        "REGISTRY.ollama.ai/Library/foo, foo:latest",
        "hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M, hf.co/unsloth/Qwen3-8B-GGUF:Q4_K_M",
        "localhost:5000/ns/m:t, localhost:5000/ns/m:t",
        "localhost:5000/ns/m, localhost:5000/ns/m:latest",
        "http://h/ns/m, h/ns/m:latest",
        "' foo ', foo:latest",
        "foo:20b:cloud, foo:20b-cloud",
        "foo:20b-cloud:cloud, foo:20b-cloud",
        "foo:local, foo:local"
    })
    void nameIsShownAsServersListIt(String text, String display) {
        assertThat(ModelName.of(text).orElseThrow().display()).isEqualTo(display);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "foo@sha256:abc",
                "foo:8b@sha256:abc",
                "foo:",
                ":t",
                "",
                " ",
                "a b",
                "a/b/c/d",
                "-x",
                "--insecure",
                "é",
                "#x",
                "a\nb",
                "a\tb",
                "foo\u0000",
                "hf.co/m",
                "localhost:5000/m",
                "foo:local:cloud",
                "foo:8b:local",
                "a//b",
                "/a",
                "Error:"
            })
    void whatNoServerTakesIsNoName(String text) {
        assertThat(ModelName.of(text)).isEmpty();
    }

    @Test
    void partsMayBeAsLongAsTheGrammarSaysAndNoLonger() {
        assertThat(ModelName.of("m".repeat(80) + ":" + "t".repeat(80))).isPresent();
        assertThat(ModelName.of("m".repeat(81))).isEmpty();
        assertThat(ModelName.of("m:" + "t".repeat(81))).isEmpty();
        assertThat(ModelName.of("h".repeat(350) + "/n/m")).isPresent();
        assertThat(ModelName.of("h".repeat(351) + "/n/m")).isEmpty();
        assertThat(ModelName.of(null)).isEmpty();
    }

    @Test
    void caseOfLettersDoesNotTellNamesApart() {
        assertThat(ModelName.key("LLaMA3.2")).isEqualTo(ModelName.key("llama3.2:latest"));
    }

    @Test
    void cloudAndLocalAreKnownByTheirTags() {
        assertThat(ModelName.of("foo:cloud").orElseThrow().isCloud()).isTrue();
        assertThat(ModelName.of("foo:120b-cloud").orElseThrow().isCloud()).isTrue();
        assertThat(ModelName.of("cloud:8b").orElseThrow().isCloud()).isFalse();
        assertThat(ModelName.of("foo:local").orElseThrow().isLocal()).isTrue();
        assertThat(ModelName.of("foo:localhost").orElseThrow().isLocal()).isFalse();
    }
}
