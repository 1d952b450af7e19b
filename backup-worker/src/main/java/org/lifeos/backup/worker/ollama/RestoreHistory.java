package org.lifeos.backup.worker.ollama;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.lifeos.backup.job.JobResult;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.OllamaRestoreRequest;
import org.lifeos.backup.job.OllamaRestoreResult;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.ollama.ModelName;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.ollama.RestoredModel;
import org.lifeos.backup.ollama.SavedModel;
import org.lifeos.backup.sql.Database;

/** What the re-pulls since the last save of a manifest tried to bring back, by the job rows. */
final class RestoreHistory {
    private final Database database;

    RestoreHistory(Database database) {
        this.database = database;
    }

    private record Run(
            UUID id, JobState state, OllamaRestoreRequest request, OllamaRestoreResult result) {}

    /**
     * The models of a manifest that a re-pull since the last save was to bring back and did not,
     * each with the job that was the last to try. A run that was cancelled or stopped counts for
     * all that it was asked for.
     */
    Map<SavedModel, UUID> unfinished(OllamaManifest manifest) {
        Map<SavedModel, UUID> unfinished = new LinkedHashMap<>();
        for (Run run : runs()) {
            List<String> wanted = wanted(run, manifest);
            manifest.models().stream()
                    .filter(model -> !model.remote() && wanted.contains(model.key()))
                    .forEach(model -> unfinished.put(model, run.id()));
        }
        return unfinished;
    }

    private static List<String> wanted(Run run, OllamaManifest manifest) {
        if (run.state() == JobState.SUCCEEDED && run.result() != null) {
            return run.result().models().stream()
                    .filter(model -> model.outcome().isFailure())
                    .map(RestoredModel::model)
                    .map(ModelName::key)
                    .toList();
        }
        List<String> asked = new ArrayList<>();
        run.request().models().forEach(name -> asked.add(ModelName.key(name)));
        if (asked.isEmpty()) {
            manifest.models().forEach(model -> asked.add(model.key()));
        }
        return asked;
    }

    private List<Run> runs() {
        return database.list(
                """
                select id, state, request, result from job
                where type = 'ollama-restore' and started_at is not null
                  and not coalesce((request ->> 'dryRun')::boolean, false)
                  and coalesce(finished_at, now()) > coalesce(
                      (select max(finished_at) from job where type = 'ollama-manifest' and state = 'SUCCEEDED'),
                      '-infinity')
                order by position
                """,
                row ->
                        new Run(
                                row.uuid("id"),
                                JobState.valueOf(row.text("state")),
                                Json.read(row.text("request"), OllamaRestoreRequest.class),
                                row.text("result") == null
                                        ? null
                                        : (OllamaRestoreResult)
                                                JobResult.read(
                                                        JobType.OLLAMA_RESTORE,
                                                        row.text("result"))));
    }
}
