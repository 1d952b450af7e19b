package org.lifeos.backup.worker.code;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a repository's configuration says, as data. It can name programs (filters, helpers, hooks),
 * and whoever may write into the folder may write it: {@link #harmless} is the part that git gets
 * to see.
 */
final class RepositoryConfig {
    private static final Set<String> HARMLESS =
            Set.of(
                    "core.repositoryformatversion",
                    "core.filemode",
                    "core.symlinks",
                    "core.ignorecase",
                    "core.precomposeunicode",
                    "core.autocrlf",
                    "core.eol",
                    "core.sparsecheckout",
                    "core.sparsecheckoutcone",
                    "extensions.objectformat",
                    "extensions.refstorage");
    private static final Pattern OF_A_REMOTE =
            Pattern.compile("remote\\.(.+)\\.url", Pattern.DOTALL);
    private static final Pattern REWRITE =
            Pattern.compile("url\\.(.*)\\.insteadof", Pattern.DOTALL);
    private static final Pattern FOLLOWING =
            Pattern.compile("(remote|branch)\\.(.+)\\.(fetch|remote|merge)", Pattern.DOTALL);

    /** By key as git lists it: section and name in lower case, what stands between as it is. */
    private final Map<String, List<String>> values = new LinkedHashMap<>();

    /** Adds what {@code git config --null --list} printed; later values of a key go first. */
    void add(String listed) {
        for (String entry : listed.split("\0")) {
            int end = entry.indexOf('\n');
            String key = end < 0 ? entry : entry.substring(0, end);
            // a key without a value means true
            String value = end < 0 ? "true" : entry.substring(end + 1);
            if (!key.isEmpty()) {
                values.computeIfAbsent(key, _ -> new ArrayList<>()).add(value);
            }
        }
    }

    Optional<String> last(String key) {
        return Optional.ofNullable(values.get(key)).map(List::getLast);
    }

    boolean isTrue(String key) {
        return last(key).filter(Set.of("true", "yes", "on", "1")::contains).isPresent();
    }

    /** The names of all remotes that have an address. */
    Set<String> remotes() {
        Set<String> names = new TreeSet<>();
        values.keySet()
                .forEach(key -> {
                    Matcher remote = OF_A_REMOTE.matcher(key);
                    if (remote.matches()) {
                        names.add(remote.group(1));
                    }
                });
        return names;
    }

    /** The first address of a remote, which is the one that is fetched from, after insteadOf. */
    Optional<String> addressOf(String remote) {
        return Optional.ofNullable(values.get("remote.%s.url".formatted(remote)))
                .map(List::getFirst)
                .filter(address -> !address.isBlank())
                .map(this::rewritten);
    }

    /** The longest prefix counts (git-config(1), url.BASE.insteadOf). */
    String rewritten(String address) {
        record Rewrite(String base, String prefix) {}
        return values.entrySet().stream()
                .flatMap(entry -> {
                    Matcher rewrite = REWRITE.matcher(entry.getKey());
                    return rewrite.matches()
                            ? entry.getValue().stream()
                                    .map(prefix -> new Rewrite(rewrite.group(1), prefix))
                            : Stream.<Rewrite>empty();
                })
                .filter(rewrite -> address.startsWith(rewrite.prefix()))
                .max(Comparator.comparingInt(rewrite -> rewrite.prefix().length()))
                .map(rewrite -> rewrite.base() + address.substring(rewrite.prefix().length()))
                .orElse(address);
    }

    /** What git needs to read work tree, index and branches; nothing that names a program. */
    String harmless() {
        StringBuilder text =
                new StringBuilder(
                        """
                        [core]
                        bare = false
                        fsmonitor = false
                        hooksPath = /dev/null
                        [gc]
                        auto = 0
                        """);
        values.forEach((key, all) -> {
            Matcher following = FOLLOWING.matcher(key);
            if (HARMLESS.contains(key)) {
                String[] parts = key.split("\\.");
                section(text, "[%s]".formatted(parts[0]), parts[1], all);
            } else if (following.matches() && following.group(2).indexOf('\n') < 0) {
                section(
                        text,
                        "[%s %s]".formatted(following.group(1), quoted(following.group(2))),
                        following.group(3),
                        all);
            }
        });
        return text.toString();
    }

    private static void section(StringBuilder text, String header, String name, List<String> all) {
        text.append(header).append('\n');
        all.forEach(value -> text.append(name).append(" = ").append(quoted(value)).append('\n'));
    }

    private static String quoted(String value) {
        return "\"%s\""
                .formatted(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
    }
}
