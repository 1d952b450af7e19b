package org.lifeos.backup.worker.code;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * The repository as git gets to see it: through a private folder that leads to the real objects,
 * branches and index, with a configuration of our own in the place of the real one. So nothing that
 * is configured there can run a program, nothing is written there, and it does not matter to whom
 * it belongs (gitrepository-layout(5)).
 */
final class Repository implements AutoCloseable {
    /** Much longer than a look takes, even over a slow network folder. */
    private static final Duration LOOKING = Duration.ofMinutes(10);

    private static final int LONGEST_POINTER = 4_096;

    /** What all work trees of a repository share, without its configuration and its hooks. */
    private static final List<String> SHARED =
            List.of("objects", "refs", "packed-refs", "logs", "info", "shallow", "reftable");

    private static final String OWN_INDEX = "index";
    private static final String PART_OF_INDEX = "sharedindex.";

    private final Attempt attempt;
    private final ScratchFolder scratch;
    private final Path home;
    private final RepositoryConfig config;
    private final Git git;

    private Repository(Attempt attempt, ScratchFolder scratch, Path home, RepositoryConfig config) {
        this.attempt = attempt;
        this.scratch = scratch;
        this.home = home;
        this.config = config;
        Map<String, String> environment = scratch.environment();
        environment.put("GIT_DIR", scratch.view().toString());
        environment.put("GIT_WORK_TREE", home.toString());
        // a missing object is fetched from nowhere
        environment.put("GIT_NO_LAZY_FETCH", "1");
        environment.put("GIT_ALLOW_PROTOCOL", "none");
        // what the remote does not know either
        environment.put("GIT_NO_REPLACE_OBJECTS", "1");
        environment.put("GIT_GRAFT_FILE", "/dev/null");
        this.git = new Git(attempt, environment, LOOKING);
    }

    /**
     * @param home the folder that holds {@code .git}, a directory or a file that names one
     * @throws ProblemException when there is no repository, or it cannot be read
     */
    static Repository in(Path home, Attempt attempt) {
        ScratchFolder scratch = ScratchFolder.make(attempt);
        try {
            Path real = home.toRealPath();
            Path own = ownFolder(real);
            Path shared = sharedFolder(own);
            RepositoryConfig config = configOf(own, shared, scratch, attempt);
            scratch.write(scratch.view().resolve("config"), config.harmless());
            Files.writeString(scratch.view().resolve("HEAD"), pointer(own.resolve("HEAD")));
            for (String name : SHARED) {
                link(shared.resolve(name), scratch.view().resolve(name));
            }
            link(own.resolve(OWN_INDEX), scratch.view().resolve(OWN_INDEX));
            try (Stream<Path> files = Files.list(own)) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (name.startsWith(PART_OF_INDEX)) {
                        link(file, scratch.view().resolve(name));
                    }
                }
            }
            return new Repository(attempt, scratch, real, config);
        } catch (IOException e) {
            scratch.close();
            String why = e instanceof NoSuchFileException ? "is not there" : "cannot be read";
            throw new ProblemException(
                    ProblemCode.CODE_REPOSITORY_MISSING,
                    "%s holds no repository: %s %s.".formatted(home, e.getMessage(), why),
                    e);
        } catch (RuntimeException e) {
            scratch.close();
            throw e;
        }
    }

    private static Path ownFolder(Path home) throws IOException {
        Path entry = home.resolve(".git");
        if (Files.isDirectory(entry)) {
            return entry;
        }
        String text = pointer(entry).strip();
        if (!text.startsWith("gitdir:")) {
            throw new NoSuchFileException(entry + " names no folder, so the repository");
        }
        return home.resolve(text.substring("gitdir:".length()).strip()).toRealPath();
    }

    /** That of the main work tree, where this is another one (git-worktree(1)). */
    private static Path sharedFolder(Path own) throws IOException {
        Path pointer = own.resolve("commondir");
        return Files.exists(pointer) ? own.resolve(pointer(pointer).strip()).toRealPath() : own;
    }

    private static RepositoryConfig configOf(
            Path own, Path shared, ScratchFolder scratch, Attempt attempt) throws IOException {
        Map<String, String> environment = scratch.environment();
        environment.put("GIT_DIR", scratch.nowhere().toString());
        Git reading = new Git(attempt, environment, LOOKING);
        RepositoryConfig config = new RepositoryConfig();
        Path file = shared.resolve("config");
        requireFile(file);
        config.add(listed(reading, file));
        Path ofWorkTree = own.resolve("config.worktree");
        if (config.isTrue("extensions.worktreeconfig") && Files.isRegularFile(ofWorkTree)) {
            config.add(listed(reading, ofWorkTree));
        }
        return config;
    }

    private static String listed(Git reading, Path file) {
        return reading.text(
                "", "config", "--file", file.toString(), "--includes", "--null", "--list");
    }

    private static String pointer(Path file) throws IOException {
        requireFile(file);
        try (var content = Files.newInputStream(file)) {
            return new String(content.readNBytes(LONGEST_POINTER), StandardCharsets.UTF_8);
        }
    }

    /** A pipe would never end. */
    private static void requireFile(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
    }

    private static void link(Path real, Path seen) throws IOException {
        if (Files.exists(real, LinkOption.NOFOLLOW_LINKS)) {
            Files.createSymbolicLink(seen, real);
        }
    }

    /** Whether a remote's path, or file URL, leads back here. */
    boolean holds(String remote) {
        try {
            Path path = Path.of(remote.replaceFirst("^file://", "")).toRealPath();
            return path.equals(home) || path.startsWith(home.resolve(".git").toRealPath());
        } catch (IOException | InvalidPathException e) {
            // git says what is wrong with it
            return false;
        }
    }

    Path home() {
        return home;
    }

    RepositoryConfig config() {
        return config;
    }

    /** git in this repository; it reaches no remote. */
    Git git() {
        return git;
    }

    /**
     * git in no repository, as it may ask a remote.
     *
     * @param more variables, over those of every git here
     */
    Git outside(Map<String, String> more, Duration limit) {
        Map<String, String> environment = new TreeMap<>(scratch.environment());
        environment.put("GIT_DIR", scratch.nowhere().toString());
        environment.putAll(more);
        return new Git(attempt, environment, limit);
    }

    @Override
    public void close() {
        scratch.close();
    }
}
