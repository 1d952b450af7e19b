package org.lifeos.backup.api.health;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.lifeos.backup.target.RetentionPolicy;

/**
 * All that was seen in one look, with what it is judged by. Whatever a check says follows from this
 * alone.
 *
 * @param now the clock of this machine
 * @param manifestAt when the Ollama manifest was last written; empty where there is none
 * @param channels by which notices go; empty where nobody is told
 */
record World(
        Instant now,
        List<String> targets,
        RetentionPolicy retention,
        HealthSettings settings,
        List<String> channels,
        Look<FolderSeen> folder,
        Look<Optional<Instant>> manifestAt,
        Look<ServiceSeen> service) {

    /** The folder, with what the catalogue knows of its files. */
    Look<FolderSeen> knownFolder() {
        return folder.seen().isPresent() && service.seen().isPresent()
                ? Look.at(folder.seen().get().knowing(service.seen().get().corruptFiles()))
                : folder;
    }
}
