package org.lifeos.backup.api.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.access.Tokens.WrongTokens;
import org.lifeos.backup.config.Environment;

/**
 * Where the tokens come from: {@code BACKUP_TOKENS}, or the file of {@code BACKUP_TOKENS_FILE},
 * which is read again when it changes. A file that became unreadable or wrong changes nothing: the
 * last good tokens stay, and the log says so.
 */
public final class TokenSource {
    private static final Logger LOG = Logger.getLogger(TokenSource.class);
    private static final String VARIABLE = "BACKUP_TOKENS";

    private final Path file;
    private volatile Tokens current;
    private String content;
    private String rejected;
    private boolean unreadable;

    private TokenSource(Path file, Tokens current, String content) {
        this.file = file;
        this.current = current;
        this.content = content;
    }

    /** Says in the environment what is wrong with the tokens; then the answer is of no use. */
    public static TokenSource of(Environment environment) {
        String lines = environment.secret(VARIABLE).orElse("");
        Path file = environment.text(VARIABLE + "_FILE").map(Path::of).orElse(null);
        String source = file == null ? VARIABLE : VARIABLE + "_FILE";
        if (lines.isEmpty()) {
            if (file == null) {
                environment.wrong(
                        "%s is not set; set it to lines NAME:ROLE:TOKEN, or %s_FILE to a file of them"
                                .formatted(VARIABLE, VARIABLE));
            }
            return new TokenSource(file, null, lines);
        }
        try {
            return new TokenSource(file, Tokens.parse(lines), lines);
        } catch (WrongTokens e) {
            environment.wrong("%s: %s".formatted(source, e.getMessage()));
            return new TokenSource(file, null, lines);
        }
    }

    Tokens current() {
        return current;
    }

    /** Reads the file again, if there is one. */
    void refresh() {
        if (file == null) {
            return;
        }
        try {
            String now = Files.readString(file, StandardCharsets.UTF_8);
            unreadable = false;
            if (now.equals(content) || now.strip().equals(content.strip())) {
                return;
            }
            if (!now.equals(rejected)) {
                accept(now);
            }
        } catch (IOException e) {
            sayOnce(e);
        }
    }

    /** Once, although it is looked at every second. */
    private void sayOnce(IOException e) {
        if (!unreadable) {
            unreadable = true;
            LOG.warnf(
                    "%s_FILE cannot be read; the tokens of before stay in force: %s",
                    VARIABLE, e.toString());
        }
    }

    private void accept(String lines) {
        try {
            current = Tokens.parse(lines);
            content = lines;
            rejected = null;
            LOG.info("the tokens were read again");
        } catch (WrongTokens e) {
            rejected = lines;
            LOG.errorf("%s_FILE %s; the tokens of before stay in force", VARIABLE, e.getMessage());
        }
    }
}
