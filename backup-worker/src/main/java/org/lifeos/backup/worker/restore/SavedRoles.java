package org.lifeos.backup.worker.restore;

import java.util.Optional;
import org.lifeos.backup.catalog.RolesFile;
import org.lifeos.backup.worker.dump.RoleScript;
import org.lifeos.backup.worker.storage.StoredDump;

/**
 * The roles beside a dump, as far as they can be believed: whoever changes that file could have
 * roles made with rights that nobody gave them.
 *
 * @param script what makes them; empty where there is a doubt, or where they were not saved
 * @param doubt why the file is not used, as a sentence
 */
record SavedRoles(RoleScript script, Optional<String> doubt) {
    static final SavedRoles NONE = believed(RoleScript.parse(""));

    static SavedRoles believed(RoleScript script) {
        return new SavedRoles(script, Optional.empty());
    }

    /**
     * @param described what the dump's manifest says of the file
     */
    static SavedRoles of(StoredDump dump, Optional<RolesFile> described) {
        return dump.rolesText()
                .map(text ->
                        described
                                .map(RolesFile::sha256)
                                .filter(sha256 -> !sha256.equals(text.sha256()))
                                .map(sha256 -> doubted(dump, text.sha256(), sha256))
                                .orElseGet(() -> believed(RoleScript.parse(text.sql()))))
                .orElse(NONE);
    }

    private static SavedRoles doubted(StoredDump dump, String found, String described) {
        return new SavedRoles(
                NONE.script(),
                Optional.of(
                        "%s has the SHA-256 %s instead of %s."
                                .formatted(dump.roles().getFileName(), found, described)));
    }
}
