package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A real git repository, worked in by the real git, whatever this machine's git is set to. */
public record GitFolder(Path path) {
    private static final Map<String, String> PLAIN =
            Map.of(
                    "GIT_CONFIG_NOSYSTEM", "1",
                    "GIT_CONFIG_GLOBAL", "/dev/null",
                    "GIT_AUTHOR_NAME", "Ada",
                    "GIT_AUTHOR_EMAIL", "ada@example.org",
                    "GIT_COMMITTER_NAME", "Ada",
                    "GIT_COMMITTER_EMAIL", "ada@example.org");

    /** Makes an empty repository with branch staging checked out. */
    public static GitFolder create(Path path) {
        git(Path.of("/"), "init", "--quiet", "--initial-branch=staging", path.toString());
        return new GitFolder(path);
    }

    /** Makes an empty one without a work tree, as servers have it. */
    public static GitFolder createBare(Path path) {
        git(Path.of("/"), "init", "--quiet", "--bare", "--initial-branch=staging", path.toString());
        return new GitFolder(path);
    }

    /** A repository with one commit that is pushed to a bare one beside it. */
    public static GitFolder createPushed(Path path) {
        Path remote = path.resolveSibling(path.getFileName() + "-remote.git");
        createBare(remote);
        GitFolder folder = create(path);
        folder.commit("README.md", "hello");
        folder.git("remote", "add", "origin", remote.toString());
        folder.git("push", "--quiet", "--set-upstream", "origin", "staging");
        return folder;
    }

    /** What git prints. */
    public String git(String... arguments) {
        return git(path, arguments);
    }

    private static String git(Path folder, String... arguments) {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        return CommandRun.of(new CommandRun.Setting(folder, null, PLAIN), command)
                .orThrow()
                .strip();
    }

    public void write(String file, String text) {
        try {
            Files.createDirectories(path.resolve(file).getParent());
            Files.writeString(path.resolve(file), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a file and commits it; the commit's id. */
    public String commit(String file, String text) {
        write(file, text);
        git("add", "--", file);
        git("commit", "--quiet", "--message", "Change " + file);
        return head();
    }

    public String head() {
        return git("rev-parse", "HEAD");
    }
}
