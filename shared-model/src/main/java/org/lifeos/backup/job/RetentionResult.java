package org.lifeos.backup.job;

import java.util.List;
import org.lifeos.backup.retention.Verdict;

/**
 * What retention decided about each backup of a target, newest first.
 *
 * @param expired what was removed, or after a dry run: what would be
 */
public record RetentionResult(List<Verdict> kept, List<Verdict> expired) implements JobResult {}
