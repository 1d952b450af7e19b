package org.lifeos.backup.worker.code;

import java.util.Optional;
import org.lifeos.backup.config.Environment;

/**
 * How the code's remote is asked.
 *
 * @param token for a private remote; null where none is configured
 * @param authorities file of the certificate authorities that git trusts, in PEM; null for those of
 *     the machine
 */
public record CodeSettings(String token, String authorities) {
    private static final String TOKEN = "CODE_REMOTE_TOKEN";

    public static CodeSettings of(Environment environment) {
        Optional<String> token = environment.secret(TOKEN);
        if (token.filter(text -> text.chars().anyMatch(Character::isISOControl)).isPresent()) {
            environment.wrong(TOKEN + " must be one line, without control characters");
        }
        return new CodeSettings(
                token.orElse(null), environment.text("GIT_SSL_CAINFO").orElse(null));
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "code's remote " + (token == null ? "without a token" : "with a token");
    }
}
