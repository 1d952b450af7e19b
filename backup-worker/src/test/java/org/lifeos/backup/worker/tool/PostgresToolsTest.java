package org.lifeos.backup.worker.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With shell scripts in the place of pg_dump. */
class PostgresToolsTest {
    @TempDir Path folder;

    @Test
    void versionIsWhatTheToolSays() throws IOException {
        write("echo 'pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)'");

        assertThat(PostgresTools.in(folder)).contains(new PostgresTools(folder, 16, "16.4"));
    }

    @Test
    void toolThatHangsIsGivenUp() throws IOException {
        write("exec sleep 60");
        long begun = System.nanoTime();

        assertThat(PostgresTools.in(folder)).isEmpty();

        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(9), Duration.ofSeconds(20));
    }

    @Test
    void psqlCanRestrictSinceTheMinorReleaseThatBroughtIt() {
        assertThat(
                        List.of(
                                "13.22", "14.19", "15.14", "16.10", "16.11", "17.6", "18.0",
                                "18beta3", "19devel"))
                .allMatch(version -> tools(version).canRestrict());
        assertThat(List.of("12.22", "13.21", "14.18", "15.13", "16.9", "17.5", "17rc1", "16beta2"))
                .noneMatch(version -> tools(version).canRestrict());
    }

    private PostgresTools tools(String version) {
        return new PostgresTools(folder, Integer.parseInt(version.substring(0, 2)), version);
    }

    private void write(String script) throws IOException {
        Path tool = Files.writeString(folder.resolve("pg_dump"), "#!/bin/sh\n" + script + "\n");
        assertThat(tool.toFile().setExecutable(true)).isTrue();
    }
}
