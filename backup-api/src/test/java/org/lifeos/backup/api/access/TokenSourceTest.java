package org.lifeos.backup.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.config.ConfigurationException;
import org.lifeos.backup.config.Environment;

class TokenSourceTest {
    @TempDir Path folder;

    @Test
    void aChangedFileIsReadAgainAndABrokenOneChangesNothing() throws Exception {
        Path file = Files.writeString(folder.resolve("tokens"), "a:admin:first\n");
        TokenSource source =
                TokenSource.of(new Environment(Map.of("BACKUP_TOKENS_FILE", file.toString())));
        assertThat(source.current().find("first")).isPresent();

        Files.writeString(file, "a:admin:second\n");
        source.refresh();
        assertThat(source.current().find("first")).isEmpty();
        assertThat(source.current().find("second")).isPresent();

        Files.writeString(file, "nonsense");
        source.refresh();
        assertThat(source.current().find("second")).isPresent();

        Files.delete(file);
        source.refresh();
        assertThat(source.current().find("second")).isPresent();
    }

    @Test
    void withoutTokensTheServiceDoesNotStart() {
        Environment environment = new Environment(Map.of());

        TokenSource.of(environment);

        assertThatThrownBy(environment::orThrow)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("BACKUP_TOKENS is not set");
    }

    @Test
    void aWrongLineIsNamedAndItsTokenIsNot() {
        Environment environment = new Environment(Map.of("BACKUP_TOKENS", "x:king:s3cretXYZ"));

        TokenSource.of(environment);

        assertThatThrownBy(environment::orThrow)
                .hasMessageContaining("line 1")
                .message()
                .doesNotContain("s3cretXYZ");
    }
}
