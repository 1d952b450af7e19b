package org.lifeos.backup.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The environment variables that configure a service. Reading never fails: what is missing or wrong
 * is collected, one sentence each, and {@link #orThrow} says it all at once. An empty variable
 * counts as not set, because compose files pass {@code NAME: ${NAME:-}}. Every secret can also come
 * from the file that {@code NAME_FILE} names.
 */
public final class Environment {
    private final Map<String, String> variables;
    private final List<String> problems = new ArrayList<>();
    private final Set<String> secrets = new LinkedHashSet<>();

    public Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    public Optional<String> text(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
    }

    public String text(String name, String otherwise) {
        return text(name).orElse(otherwise);
    }

    public int integer(String name, int otherwise, int least, int most) {
        return (int) number(name, otherwise, least, most);
    }

    /** A size in bytes. */
    public long bytes(String name, long otherwise) {
        return number(name, otherwise, 0, Long.MAX_VALUE);
    }

    private long number(String name, long otherwise, long least, long most) {
        Optional<String> value = text(name);
        if (value.isEmpty()) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.get().strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below, together with a number out of range
        }
        wrong(
                "%s must be a whole number from %d to %d, not '%s'"
                        .formatted(name, least, most, value.get()));
        return otherwise;
    }

    public int port(String name, int otherwise) {
        return integer(name, otherwise, 1, 65_535);
    }

    /** A time zone by its name, also in the form {@code :Europe/Berlin}; UTC where none is set. */
    public ZoneId zone(String name) {
        String zone = text(name, "UTC");
        try {
            return ZoneId.of(zone.startsWith(":") ? zone.substring(1) : zone);
        } catch (DateTimeException e) {
            wrong(
                    "%s must be the name of a time zone like Europe/Berlin, not '%s'"
                            .formatted(name, zone));
            return ZoneOffset.UTC;
        }
    }

    /**
     * A secret from {@code NAME}, or from the file that {@code NAME_FILE} names, without the file's
     * last line end.
     */
    public Optional<String> secret(String name) {
        Optional<String> direct = text(name);
        Optional<String> file = text(name + "_FILE");
        if (direct.isPresent() && file.isPresent()) {
            wrong("%s and %s_FILE are both set; leave one away".formatted(name, name));
        }
        Optional<String> secret = direct.or(() -> file.flatMap(path -> contentOf(name, path)));
        secret.ifPresent(secrets::add);
        return secret;
    }

    private Optional<String> contentOf(String name, String path) {
        try {
            String content = Files.readString(Path.of(path), StandardCharsets.UTF_8);
            String secret = content.replaceFirst("\\r?\\n\\z", "");
            if (secret.isEmpty()) {
                wrong("%s_FILE names an empty file: %s".formatted(name, path));
            }
            return Optional.of(secret).filter(value -> !value.isEmpty());
        } catch (IOException | RuntimeException e) {
            wrong(
                    "%s_FILE names a file that cannot be read: %s (%s)"
                            .formatted(name, path, e.getClass().getSimpleName()));
            return Optional.empty();
        }
    }

    /** Adds a sentence to what is wrong. It must not hold a secret. */
    public void wrong(String sentence) {
        problems.add(sentence);
    }

    /** All secrets that were read so far, so that they can be kept out of logs. */
    public Set<String> secretsRead() {
        return Set.copyOf(secrets);
    }

    /**
     * @throws ConfigurationException with one line that names everything missing or wrong
     */
    public void orThrow() throws ConfigurationException {
        if (!problems.isEmpty()) {
            throw new ConfigurationException(String.join("; ", problems));
        }
    }
}
