package org.lifeos.backup.job;

import java.time.Instant;

/**
 * A restore that was taken back.
 *
 * @param database the name that answers with the former content again
 * @param previousDatabase the name that now holds what the restore had brought
 * @param rollbackUntil when that is removed
 */
public record RollbackResult(String database, String previousDatabase, Instant rollbackUntil)
        implements JobResult {}
