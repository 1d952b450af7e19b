package org.lifeos.backup.job;

import java.util.List;
import org.lifeos.backup.ollama.ModelOutcome;
import org.lifeos.backup.ollama.RestoredModel;

/**
 * What a re-pull came to, model by model; of one that stopped half-way the models that it reached.
 *
 * @param failed how many are not there and were wanted: {@code FAILED} or {@code NOT_IN_REGISTRY}
 * @param fetchBytes what was to be fetched when it began, by the saved sizes; each content once
 */
public record OllamaRestoreResult(List<RestoredModel> models, int failed, long fetchBytes)
        implements JobResult {

    public OllamaRestoreResult {
        models = List.copyOf(models);
    }

    public static OllamaRestoreResult of(List<RestoredModel> models, long fetchBytes) {
        int failed =
                (int)
                        models.stream()
                                .map(RestoredModel::outcome)
                                .filter(ModelOutcome::isFailure)
                                .count();
        return new OllamaRestoreResult(models, failed, fetchBytes);
    }
}
