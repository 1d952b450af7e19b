package org.lifeos.backup.api.backup;

import java.util.Locale;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.api.request.TextTable;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.Verification;

/** Backups for a terminal: a line each, the id first. */
final class BackupText {
    private BackupText() {}

    static String of(Page<Backup> page) {
        TextTable table =
                new TextTable(
                        "ID",
                        "SNAPSHOT",
                        "TARGET",
                        "KIND",
                        "STATE",
                        "BYTES",
                        "VERIFIED",
                        "PINNED",
                        "FILE");
        for (Backup backup : page.items()) {
            table.row(
                    backup.id(),
                    backup.snapshotAt(),
                    backup.target(),
                    backup.kind().code(),
                    backup.state(),
                    backup.file().sizeBytes(),
                    verified(backup.verification()),
                    backup.pinned() ? "yes" : "no",
                    backup.file().name());
        }
        return page.nextCursor() == null
                ? table.toString()
                : table + "more: ?cursor=" + page.nextCursor() + "\n";
    }

    private static String verified(Verification verification) {
        return verification == null
                ? null
                : verification.level().code()
                        + " "
                        + verification.outcome().name().toLowerCase(Locale.ROOT);
    }
}
