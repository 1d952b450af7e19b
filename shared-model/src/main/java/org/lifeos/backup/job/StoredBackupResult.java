package org.lifeos.backup.job;

import java.util.UUID;

/** The stored backup that a job changed or removed. */
public record StoredBackupResult(UUID backupId, String file) implements JobResult {}
