package org.lifeos.backup.api.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lifeos.backup.api.health.CoverageReport.State.NOT_ON_PURPOSE;
import static org.lifeos.backup.api.health.CoverageReport.State.PROTECTED;
import static org.lifeos.backup.api.health.CoverageReport.State.UNPROTECTED;
import static org.lifeos.backup.api.health.CoverageReport.State.UNPROVEN;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.catalog.BackupKind;

/** The strategy table on what was really seen. */
class CoverageTest {
    private final HealthBench bench = new HealthBench();

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    private CoverageReport.Item item(String what) {
        return Coverage.of(bench.look()).items().stream()
                .filter(item -> item.what().equals(what))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatNobodyProvedIsNotCalledProtected() {
        assertThat(Coverage.of(bench.look()).items())
                .extracting(CoverageReport.Item::state)
                .doesNotContain(PROTECTED);
        assertThat(item("database lifeos").state()).isEqualTo(UNPROTECTED);
        assertThat(item("Ollama models").state()).isEqualTo(UNPROTECTED);
        assertThat(item("folder output").state()).isEqualTo(UNPROVEN);
        assertThat(item("code").state()).isEqualTo(UNPROVEN);
        assertThat(item("redis").state()).isEqualTo(NOT_ON_PURPOSE);
        assertThat(item("docker images").state()).isEqualTo(NOT_ON_PURPOSE);
        assertThat(CoverageText.of(Coverage.of(bench.look()))).contains("redis", "NOT_ON_PURPOSE");
    }

    @Test
    void recoveryPointIsMeasured() {
        bench.backup(Duration.ofHours(2), 100, BackupKind.MANUAL, null);
        assertThat(item("database lifeos").state()).as("never restored").isEqualTo(UNPROVEN);
        bench.backup(Duration.ofHours(1), 100);
        assertThat(item("database lifeos").state()).isEqualTo(PROTECTED);
        assertThat(item("database lifeos").recoveryPointAgeSeconds()).isEqualTo(3600);
        bench.ollamaManifest(Duration.ofHours(3));
        assertThat(item("Ollama models").state()).isEqualTo(PROTECTED);
        assertThat(item("Ollama models").recoveryPointAgeSeconds()).isBetween(10_800L, 10_801L);
        bench.ended(
                "files-check",
                "SUCCEEDED",
                """
                {"mirror":{"path":"/mirror","lagSeconds":60},"folders":[
                 {"folder":"output","mirrorState":"IN_SYNC","lagSeconds":30},
                 {"folder":"data","mirrorState":"MISSING","lagSeconds":null}]}
                """,
                "10 minutes");
        assertThat(item("folder output").state()).isEqualTo(PROTECTED);
        assertThat(item("folder output").recoveryPointAgeSeconds()).isBetween(600L, 640L);
        assertThat(item("folder data").state()).isEqualTo(UNPROTECTED);
        String code =
                "{\"ahead\":%d,\"dirtyFiles\":[],\"stashes\":0,\"pushed\":%s,\"problems\":[]}";
        bench.ended("code-check", "SUCCEEDED", code.formatted(1, "false"), "1 hour");
        assertThat(item("code").state()).isEqualTo(UNPROTECTED);
        assertThat(item("code").recoveryPointAgeSeconds()).isNull();
        bench.ended("code-check", "SUCCEEDED", code.formatted(0, "true"), "1 hour");
        assertThat(item("code").state()).isEqualTo(PROTECTED);
        assertThat(item("code").recoveryPointAgeSeconds()).isBetween(3590L, 3600L);
    }
}
