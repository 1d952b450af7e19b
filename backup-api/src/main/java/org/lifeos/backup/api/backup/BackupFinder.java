package org.lifeos.backup.api.backup;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Backups by what callers name them with. */
@ApplicationScoped
public class BackupFinder {
    /** Stands for the newest good backup of a target. */
    public static final String LATEST = "latest";

    private final Catalogue catalogue;

    BackupFinder(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /**
     * A backup that is still there.
     *
     * @throws ProblemException when there is none of that id, or it was removed
     */
    public Backup get(String id) {
        return find(id).orElseThrow(() -> none(id));
    }

    /** As {@link #get}; empty when there is none. */
    public Optional<Backup> find(String id) {
        return Fields.uuid(id)
                .flatMap(catalogue::find)
                .filter(backup -> backup.state() != BackupState.EXPIRED);
    }

    /** As {@link #get}; {@code latest} is the newest good one of the target. */
    public Backup getOrLatest(String id, String target) {
        return id.equals(LATEST) ? latest(target) : get(id);
    }

    /** The newest good backup of a target. */
    public Backup latest(String target) {
        return catalogue
                .latest(target)
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.NOT_FOUND,
                                "There is no good backup of target '%s'.".formatted(target)));
    }

    /** That there is no such backup. */
    static ProblemException none(String id) {
        return new ProblemException(
                ProblemCode.NOT_FOUND, "There is no backup '%s'.".formatted(Fields.shown(id)));
    }
}
