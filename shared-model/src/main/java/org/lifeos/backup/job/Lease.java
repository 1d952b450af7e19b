package org.lifeos.backup.job;

import java.util.UUID;

/**
 * The right to write about a running job. The token is new with each claim, so that whoever lost it
 * writes nothing.
 */
public record Lease(UUID jobId, int attempt, UUID token) {}
