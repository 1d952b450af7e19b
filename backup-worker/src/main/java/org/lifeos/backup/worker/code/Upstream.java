package org.lifeos.backup.worker.code;

import java.util.Optional;
import java.util.Set;

/**
 * Which remote is asked, and for what.
 *
 * @param remote its name, or its address where the branch follows one without a name; null where
 *     there is none to ask
 * @param branch at the remote that the local one follows; null where it follows none
 * @param address of the remote; null where it has none
 */
record Upstream(String remote, String branch, RemoteAddress address) {
    private static final String USUAL = "origin";
    private static final String HEADS = "refs/heads/";

    /**
     * The one that the branch follows; without one the remote that would be pushed to: origin, or
     * the only one.
     */
    static Upstream of(String branch, Repository repository) {
        RepositoryConfig config = repository.config();
        Optional<String> remote = config.last("branch.%s.remote".formatted(branch));
        Optional<String> merge = config.last("branch.%s.merge".formatted(branch));
        // a dot is this repository itself
        if (branch == null || remote.isEmpty() || merge.isEmpty() || remote.get().equals(".")) {
            return usual(repository);
        }
        String followed =
                merge.get().startsWith(HEADS) ? merge.get().substring(HEADS.length()) : merge.get();
        return new Upstream(remote.get(), followed, address(remote.get(), repository));
    }

    private static Upstream usual(Repository repository) {
        Set<String> remotes = repository.config().remotes();
        String remote =
                remotes.contains(USUAL) || remotes.size() != 1 ? USUAL : remotes.iterator().next();
        return remotes.contains(remote)
                ? new Upstream(remote, null, address(remote, repository))
                : new Upstream(null, null, null);
    }

    private static RemoteAddress address(String remote, Repository repository) {
        RepositoryConfig config = repository.config();
        boolean isAddress = remote.indexOf(':') >= 0 || remote.indexOf('/') >= 0;
        return config.addressOf(remote)
                .or(() -> isAddress ? Optional.of(config.rewritten(remote)) : Optional.empty())
                .map(text -> RemoteAddress.of(text, repository.home()))
                .orElse(null);
    }

    /** As people write it, without anything secret. */
    String shown() {
        return branch == null ? null : shownRemote() + "/" + branch;
    }

    String shownRemote() {
        return remote.indexOf(':') >= 0 && address != null ? address.shown() : remote;
    }

    /** Whether the branch follows one at the remote. */
    boolean isFollowed() {
        return branch != null;
    }
}
