package org.lifeos.backup.retention;

import java.util.UUID;

/** What becomes of one backup, and why, in words for people. */
public record Verdict(UUID backupId, String file, String reason) {}
