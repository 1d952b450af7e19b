package org.lifeos.backup.worker.ollama;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.lifeos.backup.config.Environment;

/**
 * Where Ollama is, and how patient we are with it.
 *
 * @param base without a slash at its end
 * @param registry that is asked which models it holds, in the same form; null where none is
 */
public record OllamaSettings(URI base, URI registry, OllamaLimits limits, OllamaRetries retries) {
    private static final String VARIABLE = "OLLAMA_BASE_URL";
    private static final String REGISTRY = "OLLAMA_REGISTRY_URL";
    private static final String DEFAULT = "http://ollama:11434";
    private static final Set<String> SCHEMES = Set.of("http", "https");

    public static OllamaSettings of(Environment environment) {
        return new OllamaSettings(
                address(environment, VARIABLE, environment.text(VARIABLE, DEFAULT)),
                environment
                        .text(REGISTRY)
                        .map(text -> address(environment, REGISTRY, text))
                        .orElse(null),
                OllamaLimits.of(environment),
                OllamaRetries.of(environment));
    }

    private static URI address(Environment environment, String variable, String value) {
        String text = value.strip().replaceAll("/+$", "");
        try {
            URI base = new URI(text);
            boolean sound =
                    base.getScheme() != null
                            && SCHEMES.contains(base.getScheme())
                            && base.getHost() != null
                            && base.getRawUserInfo() == null
                            && base.getRawQuery() == null
                            && base.getRawFragment() == null;
            if (sound) {
                return base;
            }
        } catch (URISyntaxException e) {
            // said below, together with one that only is no address of a server
        }
        // it may hold a password, so it is not repeated
        environment.wrong(
                variable + " must be an address like " + DEFAULT + ", without user and password");
        return URI.create(DEFAULT);
    }

    URI at(String path) {
        return URI.create(base + path);
    }
}
