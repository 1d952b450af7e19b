package org.lifeos.backup.job;

import java.util.UUID;

/**
 * The right to write about a running job. The token is new with each claim, so that whoever lost it
 * writes nothing.
 *
 * @param attempt how often the job was claimed, this time included; no other claim of the job has
 *     this number, but whoever reaps the attempt holds its lease under the same one. Unlike {@link
 *     Job#attempt} it also counts the attempts that were handed back.
 */
public record Lease(UUID jobId, int attempt, UUID token) {}
