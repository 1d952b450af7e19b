package org.lifeos.backup.worker.code;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lifeos.backup.worker.job.Attempt;

/**
 * A private folder of one attempt, with what every git of it shares. Its name tells job and
 * attempt. It holds nothing secret.
 */
final class ScratchFolder implements AutoCloseable {
    private static final Path PARENT = Path.of(System.getProperty("java.io.tmpdir"));
    private static final Duration LONGER_THAN_ANY_CHECK = Duration.ofDays(1);
    private static final String NAME = "code-check-%s-%d-";
    private static final Pattern NAMED =
            Pattern.compile("code-check-([0-9a-f-]{36})-(\\d{1,9})-.*");

    /**
     * Whoever owns the folders, they may be read. A login is told only to the very server that it
     * is for, whatever it redirects to; it comes from the environment, because a program in the
     * scratch folder could not be started where that is mounted noexec, as in containers.
     */
    private static final String CONFIG =
            """
            [safe]
            directory = *
            [credential]
            helper = "!login() { \
            test \\"$1\\" = get || return 0; \
            while read -r line && test -n \\"$line\\"; do case \\"$line\\" in \
            protocol=*) protocol=\\"${line#protocol=}\\";; \
            host=*) host=\\"${line#host=}\\";; \
            esac; done; \
            test \\"$protocol://$host\\" = \\"$CODE_LOGIN_AT\\" || return 0; \
            printf 'username=%s\\\\npassword=%s\\\\n' \\"$CODE_LOGIN_USER\\" \\"$CODE_LOGIN_PASSWORD\\"; \
            }; login"
            """;

    private final Path folder;

    private ScratchFolder(Path folder) {
        this.folder = folder;
    }

    static ScratchFolder make(Attempt attempt) {
        try {
            ScratchFolder scratch =
                    new ScratchFolder(
                            Files.createTempDirectory(
                                    PARENT,
                                    NAME.formatted(attempt.jobId(), attempt.lease().attempt())));
            Files.createDirectory(scratch.view());
            scratch.write(scratch.config(), CONFIG);
            return scratch;
        } catch (IOException e) {
            throw new UncheckedIOException("no folder in " + PARENT, e);
        }
    }

    /** What git sees as its repository. */
    Path view() {
        return folder.resolve("view");
    }

    /** A repository that is not there, so that none is looked for. */
    Path nowhere() {
        return folder.resolve("none");
    }

    private Path config() {
        return folder.resolve("gitconfig");
    }

    void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
    }

    /** What every git is told: nothing of the worker's, its user's or the machine's settings. */
    Map<String, String> environment() {
        Map<String, String> environment = new TreeMap<>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        // messages are read by us: English, whatever the machine speaks
        environment.put("LC_ALL", "C");
        // no .netrc, no .gitconfig
        environment.put("HOME", folder.toString());
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        environment.put("GIT_ATTR_NOSYSTEM", "1");
        environment.put("GIT_CONFIG_GLOBAL", config().toString());
        environment.put("GIT_TERMINAL_PROMPT", "0");
        // the index is not even refreshed
        environment.put("GIT_OPTIONAL_LOCKS", "0");
        return environment;
    }

    /**
     * Removes the folders of attempts that are over, a day later: the machine's temporary folder
     * may be another service's too, and that one's attempts are not known here.
     */
    static void removeOld(BiPredicate<UUID, Integer> mayBeAtWork, Instant now) {
        removeAll(mayBeAtWork.negate(), now.minus(LONGER_THAN_ANY_CHECK));
    }

    /** Removes the folders of these attempts, which are over. */
    static void removeAll(BiPredicate<UUID, Integer> isOver) {
        removeAll(isOver, Instant.MAX);
    }

    private static void removeAll(BiPredicate<UUID, Integer> isOver, Instant madeBefore) {
        try (Stream<Path> folders = Files.list(PARENT)) {
            for (Path folder : folders.toList()) {
                Matcher name = NAMED.matcher(folder.getFileName().toString());
                if (name.matches()
                        && isOver.test(
                                UUID.fromString(name.group(1)), Integer.parseInt(name.group(2)))
                        && isOlder(folder, madeBefore)) {
                    new ScratchFolder(folder).close();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + PARENT, e);
        }
    }

    private static boolean isOlder(Path folder, Instant time) {
        try {
            return Files.getLastModifiedTime(folder).toInstant().isBefore(time);
        } catch (IOException e) {
            // somebody else has just removed it
            return false;
        }
    }

    /** Links are removed, not followed. */
    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            // it is small and holds no secret; the next start of a worker looks again
        }
    }
}
