package org.lifeos.backup.job;

import java.util.List;

/**
 * The manifest that was written.
 *
 * @param models how many it lists
 * @param added names that the one before did not list
 * @param removed names that the one before listed; they stay in it as comments
 * @param path of the file on the worker
 * @param warnings what a re-pull will not bring back, one sentence each that begins with the name
 */
public record OllamaManifestResult(
        int models, List<String> added, List<String> removed, String path, List<String> warnings)
        implements JobResult {

    public OllamaManifestResult {
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        warnings = List.copyOf(warnings);
    }
}
