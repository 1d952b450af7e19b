package org.lifeos.backup.worker.recovery;

import java.time.Duration;
import java.util.Optional;
import org.lifeos.backup.job.RecoveryResult.StepState;
import org.lifeos.backup.job.RecoveryStep;
import org.lifeos.backup.problem.ProblemException;

/** One way to go through the steps of a recovery: for real, on paper, or into scratch places. */
interface Recovery extends AutoCloseable {

    /**
     * Does a step.
     *
     * @return what was done, in a sentence for people
     * @throws ProblemException when the step failed; what it had begun is left as it was
     */
    String go(RecoveryStep step);

    /**
     * What attempts before this one spent on what was asked for since this was last asked: their
     * time is part of a step's, too.
     */
    Duration takeEarlier();

    /** The backup of the database that was chosen. */
    Optional<RecoveryPoint> point();

    /** What a step is that went well. */
    StepState whenDone();

    /** What a step is that did not. */
    StepState whenNot();

    /** Removes the scratch places. */
    @Override
    void close();
}
