package org.lifeos.backup.target;

import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.config.Environment;

/**
 * How long backups stay.
 *
 * @param keepDays scheduled and imported ones, by the age of their snapshot
 * @param keepLast so many of the newest stay whatever their age
 * @param keepManualDays manual ones; null for always
 */
public record RetentionPolicy(int keepDays, int keepLast, Integer keepManualDays) {
    public static final int LONGEST_DAYS = 36_500;

    public static RetentionPolicy of(Environment environment) {
        String manual = "BACKUP_RETENTION_KEEP_MANUAL_DAYS";
        return new RetentionPolicy(
                environment.integer("BACKUP_RETENTION_KEEP_DAYS", 7, 1, LONGEST_DAYS),
                environment.integer("BACKUP_RETENTION_KEEP_LAST", 3, 1, LONGEST_DAYS),
                environment.text(manual).isPresent()
                        ? environment.integer(manual, 1, 1, LONGEST_DAYS)
                        : null);
    }

    /** For how many days backups of a kind stay; null for always. */
    public Integer daysOf(BackupKind kind) {
        return kind == BackupKind.MANUAL ? keepManualDays : Integer.valueOf(keepDays);
    }

    /** The policy of one run; null keeps the configured days. */
    public RetentionPolicy withKeepDays(Integer days) {
        return days == null ? this : new RetentionPolicy(days, keepLast, keepManualDays);
    }
}
