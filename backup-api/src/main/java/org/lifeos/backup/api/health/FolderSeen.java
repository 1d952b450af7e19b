package org.lifeos.backup.api.health;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The backup folder as it is on the disk.
 *
 * @param dumps all of them, and those whose manifest alone is left
 * @param freeBytes that a user may write on its disk
 */
record FolderSeen(List<DumpSeen> dumps, long freeBytes) {

    /** The good backups of a target, newest first. */
    List<DumpSeen> good(String target) {
        return dumps.stream()
                .filter(dump -> dump.isOf(target) && dump.isGood())
                .sorted(DumpSeen.NEWEST_FIRST)
                .toList();
    }

    Optional<DumpSeen> newestGood(String target) {
        return good(target).stream().findFirst();
    }

    /** Those of a target that are damaged, newest first. */
    List<DumpSeen> damaged(String target) {
        return dumps.stream()
                .filter(dump -> dump.isOf(target) && dump.problem() != null)
                .sorted(DumpSeen.NEWEST_FIRST)
                .toList();
    }

    /** Dumps that nobody has read yet: no manifest says what they are. */
    List<DumpSeen> unknown() {
        return dumps.stream().filter(dump -> dump.manifest() == null).toList();
    }

    /** The same folder when files of these names are known to be corrupt. */
    FolderSeen knowing(Set<String> corrupt) {
        return new FolderSeen(
                dumps.stream()
                        .map(dump ->
                                dump.problem() == null && corrupt.contains(dump.name())
                                        ? dump.withProblem("the catalogue says CORRUPT")
                                        : dump)
                        .toList(),
                freeBytes);
    }
}
