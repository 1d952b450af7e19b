package org.lifeos.backup.worker.backup;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.job.BackupRequest;
import org.lifeos.backup.target.TargetNames;

/**
 * How dumps are called. The default target keeps the names of the old scripts; other targets put
 * their own name in front, so that no pattern of one ever takes a file of another.
 */
final class DumpName {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");

    private DumpName() {}

    /**
     * @param nr 1 for the plain name, from 2 on for those that follow when it is taken
     * @return for example {@code manual_backup_20260131_030000_before-42.sql.gz}
     */
    static String of(BackupRequest request, Instant time, ZoneId zone, int nr) {
        String number = nr == 1 ? "" : "-" + nr;
        String label = request.label() == null ? "" : "_" + request.label();
        return prefix(request.targetName(), request.kind())
                + TIME.format(time.atZone(zone))
                + number
                + label
                + request.format().extension();
    }

    private static String prefix(String target, BackupKind kind) {
        boolean isDefault = target.equals(TargetNames.DEFAULT);
        return switch (kind) {
            case SCHEDULED -> isDefault ? "life_os_backup_" : target + "_backup_";
            case MANUAL -> isDefault ? "manual_backup_" : target + "_manual_backup_";
            case SAFETY -> isDefault ? "safety/pre_restore_" : "safety/" + target + "_pre_restore_";
            case IMPORTED ->
                    throw new IllegalStateException("an imported dump has its name already");
        };
    }
}
