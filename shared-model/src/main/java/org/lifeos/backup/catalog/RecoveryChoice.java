package org.lifeos.backup.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.retention.RecentSizes;

/**
 * Which of a target's good backups a recovery brings back: the newest that is not a backup of
 * nothing. The database of a new machine may have been dumped while it was still empty, or held no
 * more than what an application makes when it starts.
 *
 * @param passedOver newer ones with tables, which hold less than half of the rows and half of the
 *     bytes of one of the six before them; newest first. Whoever reads the outcome has to be told:
 *     they may be right
 */
public record RecoveryChoice<B extends Restorable>(B chosen, List<B> passedOver) {

    /** Of backups in any order; empty when there are none. */
    public static <B extends Restorable> Optional<RecoveryChoice<B>> among(Collection<B> backups) {
        List<B> newestFirst =
                backups.stream()
                        .sorted(Comparator.comparing(Restorable::snapshotAt).reversed())
                        .toList();
        List<B> withTables = newestFirst.stream().filter(backup -> backup.tables() > 0).toList();
        if (withTables.isEmpty()) {
            return newestFirst.stream()
                    .findFirst()
                    .map(newest -> new RecoveryChoice<>(newest, List.of()));
        }
        // the oldest has none to be compared with, so there is always one
        int index = 0;
        while (hasShrunk(withTables.subList(index, withTables.size()))) {
            index++;
        }
        return Optional.of(
                new RecoveryChoice<>(withTables.get(index), withTables.subList(0, index)));
    }

    private static boolean hasShrunk(List<? extends Restorable> newestFirst) {
        Restorable newest = newestFirst.getFirst();
        return newestFirst.stream()
                .limit(RecentSizes.USUAL)
                .anyMatch(older ->
                        2 * newest.rows() < older.rows()
                                && 2 * newest.file().sizeBytes() < older.file().sizeBytes());
    }
}
