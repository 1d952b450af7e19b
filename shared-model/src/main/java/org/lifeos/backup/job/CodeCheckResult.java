package org.lifeos.backup.job;

import java.time.Instant;
import java.util.List;

/**
 * Whether all work in the code is somewhere else too.
 *
 * @param branch that is checked out; null where HEAD is detached
 * @param head commit that is checked out; null before the first one
 * @param remote address that was asked, without anything secret; null where there is none
 * @param remoteHead commit that the upstream's branch has at the remote, as it said just now; null
 *     where that is not known
 * @param upstream that the branch follows, as {@code REMOTE/BRANCH}; null where it follows none
 * @param ahead commits that the upstream does not have; without an upstream those that no branch of
 *     a remote has. Null where there is nothing to compare with
 * @param behind commits that only the upstream has; null as above and without an upstream
 * @param dirtyFiles uncommitted and untracked ones, relative to the repository, the first of them;
 *     an untracked folder is one, with a slash at its end
 * @param dirtyFileCount how many there are
 * @param untrackedFileCount how many of them are untracked
 * @param pushed whether the upstream's branch holds HEAD at the remote, by what the remote said
 *     just now; null where it was not reached or HEAD cannot be compared with it
 * @param problems what else keeps the work from being safe, a sentence each
 */
public record CodeCheckResult(
        Instant checkedAt,
        String branch,
        String head,
        String remote,
        String remoteHead,
        String upstream,
        Integer ahead,
        Integer behind,
        List<String> dirtyFiles,
        int dirtyFileCount,
        int untrackedFileCount,
        int stashes,
        Boolean pushed,
        List<String> problems)
        implements JobResult {

    public CodeCheckResult {
        dirtyFiles = List.copyOf(dirtyFiles);
        problems = List.copyOf(problems);
    }

    /** Whether nothing is left to be committed or pushed. */
    public boolean nothingIsOpen() {
        return Boolean.TRUE.equals(pushed)
                && dirtyFileCount == 0
                && stashes == 0
                && problems.isEmpty();
    }
}
