package org.lifeos.backup.worker.ollama;

import java.util.function.Consumer;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.ollama.SavedModel;

/**
 * How far a re-pull is: overall in bytes of the saved sizes, and for the model under way. It never
 * goes back, whatever the server says. Whom it is told must not wait: an attempt writes what is
 * newest, twice a second at most.
 */
final class RestoreProgress {
    private final Consumer<Progress> told;
    private final int models;
    private final long totalBytes;
    private int settled;
    private long finishedBytes;
    private long doneBytes;

    RestoreProgress(Consumer<Progress> told, int models, long totalBytes) {
        this.told = told;
        this.models = models;
        this.totalBytes = totalBytes;
    }

    void begin(int settledBefore) {
        settled = settledBefore;
        say(0, "%d of %d models need no pull".formatted(settled, models));
    }

    /** A model is being pulled, and so many bytes of it are there. */
    void pulling(SavedModel model, PullWatch watch, int tries) {
        long size = model.size();
        long here = size == 0 ? 0 : Math.min(size, watch.completed());
        String phase =
                switch (watch.phase()) {
                    case CONNECTING -> "asking";
                    case PULLING_MANIFEST -> "reading the registry's manifest";
                    case DOWNLOADING -> "downloading";
                    case FINISHING -> "verifying and writing";
                };
        String share =
                size == 0
                        ? "%,d bytes".formatted(watch.completed())
                        : "%d %% of %,d bytes".formatted(percent(here, size), size);
        say(
                here,
                "%d of %d: %s, %s, %s%s"
                        .formatted(
                                settled + 1,
                                models,
                                model.name(),
                                phase,
                                share,
                                tries > 1 ? ", try " + tries : ""));
    }

    void waiting(SavedModel model, String why) {
        say(0, "%d of %d: %s: %s".formatted(settled + 1, models, model.name(), why));
    }

    /**
     * A model is through.
     *
     * @param fetched whether its bytes were to be fetched
     */
    void finished(SavedModel model, boolean fetched) {
        settled++;
        finishedBytes += fetched ? model.size() : 0;
        say(0, "%d of %d: %s".formatted(settled, models, model.name()));
    }

    private void say(long ofThisModel, String message) {
        doneBytes =
                Math.clamp(finishedBytes + ofThisModel, doneBytes, Math.max(doneBytes, totalBytes));
        told.accept(
                new Progress(
                        "pull",
                        doneBytes,
                        totalBytes,
                        totalBytes == 0 ? null : percent(doneBytes, totalBytes),
                        message));
    }

    private static int percent(long part, long whole) {
        return Math.clamp((long) (100.0 * part / whole), 0, 100);
    }
}
