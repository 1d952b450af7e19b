package org.lifeos.backup.worker.code;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The branches as the repository knows them, and how they relate.
 *
 * @param local commits of the branches made here, by name
 * @param tracking commits of the remotes' branches when they were last fetched, by {@code
 *     REMOTE/BRANCH}
 */
record Branches(Git git, Map<String, String> local, Map<String, String> tracking, int stashes) {
    private static final String LOCAL = "refs/heads/";
    private static final String TRACKING = "refs/remotes/";
    private static final String STASH = "refs/stash";

    static Branches of(Git git) {
        Map<String, String> local = new TreeMap<>();
        Map<String, String> tracking = new TreeMap<>();
        boolean hasStash = false;
        String refs =
                git.text(
                        "",
                        "for-each-ref",
                        "--format=%(objectname) %(refname)",
                        LOCAL,
                        TRACKING,
                        STASH);
        for (String line : refs.lines().toList()) {
            String[] parts = line.split(" ", 2);
            if (parts[1].startsWith(LOCAL)) {
                local.put(parts[1].substring(LOCAL.length()), parts[0]);
            } else if (parts[1].startsWith(TRACKING)) {
                tracking.put(parts[1].substring(TRACKING.length()), parts[0]);
            } else {
                hasStash = true;
            }
        }
        return new Branches(git, local, tracking, hasStash ? stashes(git) : 0);
    }

    /** Each is an entry of the stash's own log; one without a log is one all the same. */
    private static int stashes(Git git) {
        long entries = git.text("", "rev-list", "--walk-reflogs", STASH, "--").lines().count();
        return (int) Math.max(1, entries);
    }

    /** Which of these commits are in the repository. */
    Set<String> known(Collection<String> commits) {
        if (commits.isEmpty()) {
            return Set.of();
        }
        String asked = commits.stream().collect(Collectors.joining("\n", "", "\n"));
        return git.text(asked, "cat-file", "--batch-check=%(objectname) %(objecttype)")
                .lines()
                .map(line -> line.split(" "))
                .filter(line -> line.length == 2 && line[1].equals("commit"))
                .map(line -> line[0])
                .collect(Collectors.toSet());
    }

    /** How many commits only the one, and only the other has. */
    record Distance(int ahead, int behind) {}

    Distance between(String commit, String other) {
        String[] counts =
                git.text("", "rev-list", "--left-right", "--count", commit + "..." + other, "--")
                        .strip()
                        .split("\\s+");
        return new Distance(Integer.parseInt(counts[0]), Integer.parseInt(counts[1]));
    }

    /** How many commits of this one none of the others, all of them known, has. */
    int missing(String commit, Set<String> others) {
        if (others.contains(commit)) {
            return 0;
        }
        String asked =
                Stream.concat(Stream.of(commit), others.stream().map(other -> "^" + other))
                        .collect(Collectors.joining("\n", "", "\n"));
        return Integer.parseInt(git.text(asked, "rev-list", "--count", "--stdin").strip());
    }

    /**
     * Commits that remotes have: of the one that was asked what it said now, where that is known
     * here, of the others what was fetched last.
     *
     * @param remote that was asked and answered, or null
     */
    Set<String> held(String remote, RemoteHeads heads) {
        Set<String> held = new LinkedHashSet<>();
        boolean hasAnswered = remote != null && heads != null && heads.problem() == null;
        Set<String> known =
                hasAnswered ? known(new HashSet<>(heads.branches().values())) : Set.of();
        held.addAll(known);
        tracking.forEach((name, commit) -> {
            boolean isOfAsked = hasAnswered && name.startsWith(remote + "/");
            if (!isOfAsked || movedOn(heads, known, name.substring(remote.length() + 1))) {
                held.add(commit);
            }
        });
        return held;
    }

    /** It has commits that were never fetched: most likely on top of those that were. */
    private static boolean movedOn(RemoteHeads heads, Set<String> known, String branch) {
        String now = heads.branches().get(branch);
        return now != null && !known.contains(now);
    }
}
