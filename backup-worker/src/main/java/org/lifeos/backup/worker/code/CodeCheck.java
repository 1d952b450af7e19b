package org.lifeos.backup.worker.code;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.lifeos.backup.job.CodeCheckResult;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;

/**
 * Looks whether all work in LIFEOS_HOME's repository is committed and pushed. It reads, and changes
 * nothing: no file of the repository, nothing at the remote. What the last fetch left behind proves
 * nothing; the remote itself is asked.
 */
public final class CodeCheck {
    private static final Duration REMOTE_LIMIT = Duration.ofSeconds(30);
    private static final int NAMED_BRANCHES = 20;
    private static final int LOOKED_AT_BRANCHES = 500;
    private static final int SHORT = 12;

    private final CodeSettings settings;
    private final Path home;
    private final InstantSource clock;
    private final Duration remoteLimit;

    public CodeCheck(CodeSettings settings, Path home, InstantSource clock) {
        this(settings, home, clock, REMOTE_LIMIT);
    }

    /**
     * @param remoteLimit how long the remote may take to answer
     */
    CodeCheck(CodeSettings settings, Path home, InstantSource clock, Duration remoteLimit) {
        this.settings = settings;
        this.home = home;
        this.clock = clock;
        this.remoteLimit = remoteLimit;
    }

    /**
     * @throws ProblemException when there is no git, no repository, or git cannot read it
     */
    public CodeCheckResult run(Attempt attempt) {
        attempt.phase("look", home.toString());
        try (Repository repository = Repository.in(home, attempt)) {
            WorkTree tree = WorkTree.of(repository.git());
            Branches branches = Branches.of(repository.git());
            Upstream upstream = Upstream.of(tree.branch(), repository);
            RemoteHeads heads = null;
            if (upstream.address() != null) {
                attempt.conceal(upstream.address().secrets());
                attempt.phase("remote", upstream.address().shown());
                heads = RemoteHeads.ask(repository, upstream.address(), settings, remoteLimit);
            }
            attempt.phase("compare", tree.branch() == null ? "HEAD" : tree.branch());
            return new Comparison(tree, branches, upstream, heads).result(attempt);
        }
    }

    /** All that was seen, put together. */
    private final class Comparison {
        private final WorkTree tree;
        private final Branches branches;
        private final Upstream upstream;
        private final RemoteHeads heads;
        private final boolean isAnswered;
        private final Set<String> held;
        private final List<String> problems = new ArrayList<>();
        private Integer ahead;
        private Integer behind;
        private Boolean pushed;

        Comparison(WorkTree tree, Branches branches, Upstream upstream, RemoteHeads heads) {
            this.tree = tree;
            this.branches = branches;
            this.upstream = upstream;
            this.heads = heads;
            this.isAnswered = heads != null && heads.problem() == null;
            this.held = branches.held(isAnswered ? upstream.remote() : null, heads);
        }

        CodeCheckResult result(Attempt attempt) {
            compareHead();
            pushed = heads != null && !isAnswered ? null : pushed;
            otherBranches();
            return new CodeCheckResult(
                    clock.instant(),
                    tree.branch(),
                    tree.head(),
                    upstream.address() == null ? null : upstream.address().shown(),
                    remoteHead(),
                    upstream.shown(),
                    ahead,
                    behind,
                    tree.dirtyFiles(),
                    tree.dirtyCount(),
                    tree.untrackedCount(),
                    branches.stashes(),
                    pushed,
                    problems.stream().map(attempt::redact).toList());
        }

        private String remoteHead() {
            return isAnswered && upstream.isFollowed()
                    ? heads.branches().get(upstream.branch())
                    : null;
        }

        private void compareHead() {
            pushed = false;
            if (tree.branch() == null) {
                problems.add("HEAD is detached: what is committed here belongs to no branch.");
            }
            if (upstream.remote() == null) {
                problems.add("There is no remote, so nothing can be pushed.");
            } else if (upstream.address() == null) {
                problems.add(
                        "Branch %s follows remote %s, which is not configured."
                                .formatted(tree.branch(), upstream.shownRemote()));
            } else if (!isAnswered) {
                problems.add(heads.problem());
            }
            if (tree.head() == null) {
                problems.add("There is no commit yet.");
            } else if (upstream.isFollowed()) {
                compareWithUpstream();
            } else {
                compareWithAll();
            }
        }

        private void compareWithUpstream() {
            String fetched = branches.tracking().get(upstream.remote() + "/" + upstream.branch());
            String now = remoteHead();
            boolean isKnown = now != null && !branches.known(List.of(now)).isEmpty();
            if (isKnown) {
                measure(now);
                pushed = ahead == 0;
                if (!pushed && fetched != null && !fetched.equals(now)) {
                    problems.add(
                            "The remote's %s is at %s, not at %s as it was fetched last."
                                    .formatted(upstream.branch(), brief(now), brief(fetched)));
                }
                return;
            }
            if (fetched != null) {
                measure(fetched);
            }
            if (isAnswered && now == null) {
                problems.add("The remote has no branch %s.".formatted(upstream.branch()));
            } else if (isAnswered) {
                // what is not known here may well hold HEAD
                pushed = ahead != null && ahead == 0 ? null : pushed;
                problems.add(
                        "The remote's %s is at %s, which was never fetched here: somebody else pushed, or it is another repository. git fetch tells."
                                .formatted(upstream.branch(), brief(now)));
            }
        }

        private void measure(String other) {
            Branches.Distance distance = branches.between(tree.head(), other);
            ahead = distance.ahead();
            behind = distance.behind();
        }

        private void compareWithAll() {
            ahead = branches.missing(tree.head(), held);
            if (tree.branch() != null) {
                problems.add(
                        "Branch %s has no upstream%s: git push -u %s %s."
                                .formatted(
                                        tree.branch(),
                                        ahead == 0 ? ", though a remote holds its commits" : "",
                                        upstream.remote() == null ? "REMOTE" : upstream.remote(),
                                        tree.branch()));
            }
        }

        private static String brief(String commit) {
            return commit.substring(0, SHORT);
        }

        /** Work on branches that nobody looks at is forgotten first. */
        private void otherBranches() {
            int named = 0;
            int more = 0;
            int lookedAt = 0;
            for (Map.Entry<String, String> branch : branches.local().entrySet()) {
                if (branch.getKey().equals(tree.branch()) || lookedAt++ >= LOOKED_AT_BRANCHES) {
                    continue;
                }
                int missing = branches.missing(branch.getValue(), held);
                if (missing > 0 && named < NAMED_BRANCHES) {
                    named++;
                    problems.add(
                            "Branch %s has %d commits that no remote holds."
                                    .formatted(branch.getKey(), missing));
                } else if (missing > 0) {
                    more++;
                }
            }
            if (more > 0) {
                problems.add("%d more branches have commits that no remote holds.".formatted(more));
            }
            if (lookedAt > LOOKED_AT_BRANCHES) {
                problems.add(
                        "%d more branches were not looked at."
                                .formatted(lookedAt - LOOKED_AT_BRANCHES));
            }
        }
    }
}
