package org.lifeos.backup.ollama;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a model by Ollama's own grammar, {@code [host/][namespace/]model[:tag]}. Everything
 * else is no name and is never sent anywhere: in a manifest it could be taken for a row or an
 * option.
 */
public record ModelName(String host, String namespace, String model, String tag) {
    private static final String DEFAULT_HOST = "registry.ollama.ai";
    private static final String DEFAULT_NAMESPACE = "library";
    private static final String DEFAULT_TAG = "latest";
    private static final String CLOUD = "cloud";
    private static final String LOCAL = "local";

    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.:-]{0,349}");
    private static final Pattern NAMESPACE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,79}");
    private static final Pattern PART = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}");
    private static final Pattern SCHEME = Pattern.compile("^https?://");

    /** The name that a text is; empty where no server would take it. */
    public static Optional<ModelName> of(String text) {
        if (text == null) {
            return Optional.empty();
        }
        String[] parts = SCHEME.matcher(trimmed(text)).replaceFirst("").split("/", -1);
        if (parts.length > 3) {
            return Optional.empty();
        }
        String last = parts[parts.length - 1];
        String[] tagged = last.split(":", -1);
        if (tagged.length > 3) {
            return Optional.empty();
        }
        ModelName name =
                new ModelName(
                        parts.length == 3 ? parts[0] : DEFAULT_HOST,
                        parts.length > 1 ? parts[parts.length - 2] : DEFAULT_NAMESPACE,
                        tagged[0],
                        tagOf(tagged));
        return Optional.of(name).filter(ModelName::isSound);
    }

    /** Blanks around it do not count; other white space never belongs to a name. */
    private static String trimmed(String text) {
        return text.replaceAll("^[ \\t]+|[ \\t]+$", "");
    }

    private static String tagOf(String[] tagged) {
        return switch (tagged.length) {
            case 1 -> DEFAULT_TAG;
            case 2 -> tagged[1];
            // a second tag says where the model is run, as in foo:20b:cloud
            default ->
                    tagged[2].equals(CLOUD) && !tagged[1].equals(LOCAL)
                            ? tagged[1].replaceFirst("-cloud$", "") + "-cloud"
                            : "";
        };
    }

    private boolean isSound() {
        return HOST.matcher(host).matches()
                && NAMESPACE.matcher(namespace).matches()
                && PART.matcher(model).matches()
                && PART.matcher(tag).matches();
    }

    /** As servers list it: the tag always, host and namespace only where they are not the usual. */
    public String display() {
        if (!host.equalsIgnoreCase(DEFAULT_HOST)) {
            return "%s/%s/%s:%s".formatted(host, namespace, model, tag);
        }
        return namespace.equalsIgnoreCase(DEFAULT_NAMESPACE)
                ? model + ":" + tag
                : "%s/%s:%s".formatted(namespace, model, tag);
    }

    /** Equal for names that a server takes for the same one: the case of letters does not count. */
    public String key() {
        return display().toLowerCase(Locale.ROOT);
    }

    /** The key of any text: of a name, or of what stands there instead. */
    public static String key(String text) {
        return of(text).map(ModelName::key).orElse(text.toLowerCase(Locale.ROOT));
    }

    /** Whether the name says that the model runs elsewhere and only a stub of it is here. */
    public boolean isCloud() {
        return tag.equals(CLOUD) || tag.endsWith("-" + CLOUD);
    }

    /**
     * Whether its tag is {@code local}: servers take that for a word of their own, leave it away,
     * and fetch or delete another model.
     */
    public boolean isLocal() {
        return tag.equals(LOCAL);
    }

    /** Whether a model of such a name may be anybody's in the public library. */
    public boolean isOfTheLibrary() {
        return isOfTheDefaultHost() && namespace.equalsIgnoreCase(DEFAULT_NAMESPACE);
    }

    public boolean isOfTheDefaultHost() {
        return host.equalsIgnoreCase(DEFAULT_HOST);
    }

    @Override
    public String toString() {
        return display();
    }
}
