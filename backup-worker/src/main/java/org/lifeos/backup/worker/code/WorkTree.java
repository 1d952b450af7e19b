package org.lifeos.backup.worker.code;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is checked out and what was changed in it (git-status(1), porcelain format version 2).
 *
 * @param head null before the first commit
 * @param branch null where HEAD is detached
 * @param dirtyFiles the first of them
 */
record WorkTree(
        String head, String branch, List<String> dirtyFiles, int dirtyCount, int untrackedCount) {
    private static final int NAMED = 100;
    private static final int LONGEST_ENTRY = 64 << 10;
    private static final int FIELDS_OF_CHANGED = 8;
    private static final int FIELDS_OF_UNMERGED = 10;

    /**
     * A submodule counts by the commit that is checked out in it: git would look into it with a
     * configuration of its own. Renames would only be guessed.
     */
    static WorkTree of(Git git) {
        return git.read(
                "",
                WorkTree::read,
                "status",
                "--porcelain=v2",
                "-z",
                "--branch",
                "--untracked-files=normal",
                "--ignore-submodules=dirty",
                "--no-renames");
    }

    private static WorkTree read(InputStream output) throws IOException {
        InputStream entries = new BufferedInputStream(output);
        String head = null;
        String branch = null;
        List<String> dirty = new ArrayList<>();
        int dirtyCount = 0;
        int untrackedCount = 0;
        for (Optional<String> next = next(entries); next.isPresent(); next = next(entries)) {
            String entry = next.get();
            if (entry.startsWith("# branch.oid ")) {
                head = nameOr(entry.substring("# branch.oid ".length()), "(initial)");
            } else if (entry.startsWith("# branch.head ")) {
                branch = nameOr(entry.substring("# branch.head ".length()), "(detached)");
            } else if (!entry.startsWith("#")) {
                dirtyCount++;
                untrackedCount += entry.startsWith("?") ? 1 : 0;
                if (dirty.size() < NAMED) {
                    dirty.add(path(entry));
                }
            }
        }
        return new WorkTree(head, branch, dirty, dirtyCount, untrackedCount);
    }

    private static String nameOr(String name, String none) {
        return name.equals(none) ? null : name;
    }

    private static String path(String entry) {
        int fields =
                switch (entry.charAt(0)) {
                    case '?' -> 1;
                    case 'u' -> FIELDS_OF_UNMERGED;
                    default -> FIELDS_OF_CHANGED;
                };
        String[] parts = entry.split(" ", fields + 1);
        return parts[parts.length - 1];
    }

    /** The next entry, without the NUL that ends it. */
    private static Optional<String> next(InputStream entries) throws IOException {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        int c = entries.read();
        if (c < 0) {
            return Optional.empty();
        }
        for (; c > 0; c = entries.read()) {
            if (entry.size() < LONGEST_ENTRY) {
                entry.write(c);
            }
        }
        return Optional.of(entry.toString(StandardCharsets.UTF_8));
    }
}
