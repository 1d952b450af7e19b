package org.lifeos.backup.worker.ollama;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.ollama.SavedModel;
import org.lifeos.backup.worker.job.Attempt;

/**
 * Brings one model back: by a copy where its content is there under another name, else by pulls
 * until one succeeds or no further one can. What the server then lists is what counts; its word of
 * success is not enough, and its silence does not mean failure.
 */
final class ModelRestore {
    private final OllamaServer server;
    private final ServerWatch watch;
    private final Attempt attempt;
    private final RestoreProgress progress;
    private final SavedModel model;
    private final ModelName name;
    private final boolean pullAnyway;
    private final String savedBy;
    private final RetryCount retries;
    private int pulls;
    private String lastFailure;
    private FailureClass lastKind;
    private boolean askedAgain;

    /**
     * @param pullAnyway also when it is there as it was saved
     * @param savedBy the version of the server that it was saved from, or null
     */
    ModelRestore(
            OllamaServer server,
            ServerWatch watch,
            Attempt attempt,
            RestoreProgress progress,
            SavedModel model,
            boolean pullAnyway,
            String savedBy,
            OllamaRetries rules) {
        this.server = server;
        this.watch = watch;
        this.attempt = attempt;
        this.progress = progress;
        this.model = model;
        this.name = ModelName.of(model.name()).orElseThrow();
        this.pullAnyway = pullAnyway;
        this.savedBy = savedBy;
        this.retries = new RetryCount(rules, RandomGenerator.getDefault());
    }

    SavedModel model() {
        return model;
    }

    /** What the last pull failed of; null when none did. */
    FailureClass lastKind() {
        return lastKind;
    }

    /**
     * Goes on until the model has an outcome. Empty when the registry does not know it and is to be
     * asked once more, later: another model may go first.
     *
     * @throws StoppedRun when no other model would fare better
     */
    Optional<RestoredModel> run() throws StoppedRun {
        ModelList before = watch.list();
        Optional<RestoredModel> there = pullAnyway ? Optional.empty() : exact(before);
        if (there.isPresent()) {
            return there;
        }
        if (!pullAnyway && copied(before)) {
            return Optional.of(outcome(ModelOutcome.EXACT, watch.list().find(model.key()), null));
        }
        if (!RestorePlan.isPullable(model, name)) {
            return Optional.of(
                    outcome(
                            ModelOutcome.NOT_IN_REGISTRY,
                            before.find(model.key()),
                            model.warning()));
        }
        while (true) {
            attempt.checkpoint();
            pulls++;
            attempt.log("%s: pull %d".formatted(model.name(), pulls));
            Consumer<PullWatch> news = watch -> progress.pulling(model, watch, pulls);
            PullCall.End end = new PullCall(server, news).run(name);
            attempt.checkpoint();
            ModelList after = watch.list();
            Optional<RestoredModel> done = done(end, after, before);
            if (done.isPresent()) {
                return done;
            }
            PullFailure failure = failure(end, after);
            lastFailure = attempt.redact(failure.text());
            lastKind = failure.kind();
            attempt.log("%s: %s".formatted(model.name(), lastFailure));
            boolean again = retries.mayGoOn(failure.kind(), end.completed());
            if (!again) {
                return Optional.of(givenUp(failure, after));
            }
            if (failure.kind() == FailureClass.NOT_IN_REGISTRY && !askedAgain) {
                askedAgain = true;
                return Optional.empty();
            }
            rest(failure.kind());
        }
    }

    private void rest(FailureClass kind) {
        Duration delay = retries.delay(kind);
        progress.waiting(
                model, "next try in %.0f s: %s".formatted(delay.toMillis() / 1000.0, lastFailure));
        Pause.of(delay, attempt);
    }

    private Optional<RestoredModel> exact(ModelList list) {
        return list.find(model.key())
                .filter(there -> !there.isHollow() && model.hasDigest(there.digest()))
                // what an earlier pull of this run brought, even if nobody saw its end
                .map(there ->
                        outcome(
                                pulls > 0 ? ModelOutcome.EXACT : ModelOutcome.ALREADY_EXACT,
                                Optional.of(there),
                                null));
    }

    private boolean copied(ModelList list) {
        Optional<ListedModel> twin = list.twin(model);
        if (twin.isEmpty() || name.isLocal()) {
            return false;
        }
        progress.waiting(model, "copying it from " + twin.get().name());
        attempt.log("%s: copied from %s".formatted(model.name(), twin.get().name()));
        return server.copy(twin.get().name(), name) && exact(watch.list()).isPresent();
    }

    private Optional<RestoredModel> done(PullCall.End end, ModelList after, ModelList before) {
        boolean success = end.failure() == null;
        Optional<ListedModel> there = after.find(model.key()).filter(found -> !found.isHollow());
        if (there.isEmpty()) {
            return Optional.empty();
        }
        boolean appeared =
                before.find(model.key())
                        .filter(found -> found.digest().equals(there.get().digest()))
                        .isEmpty();
        if (!success && !appeared) {
            return Optional.empty();
        }
        if (model.hasDigest(there.get().digest())) {
            return Optional.of(outcome(ModelOutcome.EXACT, there, null));
        }
        if (model.digest() == null) {
            return Optional.of(
                    outcome(
                            ModelOutcome.EXACT,
                            there,
                            "the manifest tells no digest to compare with"));
        }
        return Optional.of(outcome(ModelOutcome.DRIFTED, there, drift(there.get())));
    }

    private String drift(ListedModel there) {
        String change =
                "saved as %s (%,d bytes), now %s (%,d bytes)"
                        .formatted(model.digest(), model.size(), there.digest(), there.size());
        boolean reserialised = there.size() == model.size() && ServerVersion.reserialised(savedBy);
        return reserialised
                ? change + "; probably only written anew: servers before 0.19 did that"
                : change;
    }

    private PullFailure failure(PullCall.End end, ModelList after) {
        if (end.failure() != null) {
            return end.failure();
        }
        boolean hollow = after.find(model.key()).filter(ListedModel::isHollow).isPresent();
        return hollow
                ? new PullFailure(
                        FailureClass.PERMANENT,
                        "what came has no content: something between Ollama and its registry answers instead; remove it with 'ollama rm "
                                + name
                                + "'")
                : new PullFailure(
                        FailureClass.TRANSIENT, "Ollama said success and does not list the model");
    }

    private RestoredModel givenUp(PullFailure failure, ModelList after) throws StoppedRun {
        if (failure.kind().stopsRunWith() != null) {
            throw new StoppedRun(
                    failure.kind().stopsRunWith(),
                    "The re-pull stopped at %s: %s".formatted(model.name(), lastFailure));
        }
        Optional<ListedModel> there = after.find(model.key());
        if (pullAnyway && there.filter(found -> model.hasDigest(found.digest())).isPresent()) {
            return outcome(
                    ModelOutcome.ALREADY_EXACT,
                    there,
                    "it is as it was saved, but pulling it again failed: " + lastFailure);
        }
        ModelOutcome outcome =
                failure.kind() == FailureClass.NOT_IN_REGISTRY
                        ? ModelOutcome.NOT_IN_REGISTRY
                        : ModelOutcome.FAILED;
        return outcome(outcome, there, lastFailure);
    }

    private RestoredModel outcome(
            ModelOutcome outcome, Optional<ListedModel> there, String detail) {
        return new RestoredModel(
                model.name(),
                outcome,
                model.digest(),
                there.map(ListedModel::digest).orElse(null),
                there.map(ListedModel::size).orElse(model.size()),
                pulls,
                detail);
    }
}
