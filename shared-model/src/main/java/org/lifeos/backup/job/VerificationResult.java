package org.lifeos.backup.job;

import java.util.List;
import java.util.UUID;
import org.lifeos.backup.catalog.VerificationLevel;

/**
 * What a verification found.
 *
 * @param tables how many tables were looked at; 0 where the level looks at the file alone
 * @param differences what is not as the backup says, the first hundred; empty when it holds
 */
public record VerificationResult(
        UUID backupId, String file, VerificationLevel level, int tables, List<String> differences)
        implements JobResult {

    public VerificationResult {
        differences = differences == null ? List.of() : List.copyOf(differences);
    }
}
