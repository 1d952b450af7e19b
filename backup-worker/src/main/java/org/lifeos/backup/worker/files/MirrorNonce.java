package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.lifeos.backup.json.Json;

/**
 * Measures how long a file takes to the mirror, with one of its own: it is written at home, and
 * when the mirror shows the same one, the time between the two is the lag, and the next one is
 * written. The measured lag stands in the file itself, so that any worker can go on with it.
 */
public final class MirrorNonce {
    private static final Logger LOG = Logger.getLogger(MirrorNonce.class);

    /** A name that Synology syncs. */
    static final String FILE = "lifeos-backup-sync-probe.json";

    private static final String FOLDER = "data";
    private static final long LARGEST_BYTES = 4096;

    private final FilesSettings settings;
    private final InstantSource clock;

    public MirrorNonce(FilesSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * @param lagSeconds what the ones before it took; null before the first one has arrived
     */
    private record Nonce(UUID id, Instant writtenAt, Long lagSeconds) {}

    /** Looks whether the mirror shows the last one; never waits for it. */
    public void look() {
        if (settings.mirror().isEmpty() || !Files.isDirectory(at(settings.home()).getParent())) {
            return;
        }
        Optional<Nonce> written = read(settings.home());
        if (written.isEmpty()) {
            write(new Nonce(UUID.randomUUID(), clock.instant(), null));
        } else if (hasArrived(written.get())) {
            write(new Nonce(UUID.randomUUID(), clock.instant(), age(written.get())));
        }
    }

    /** The lag as it was measured last, or the age of the one under way where that is more. */
    Optional<Long> lagSeconds() {
        Optional<Nonce> written = read(settings.home());
        if (written.isEmpty() || settings.mirror().isEmpty()) {
            return Optional.empty();
        }
        long measured = Optional.ofNullable(written.get().lagSeconds()).orElse(0L);
        return Optional.of(Math.max(measured, age(written.get())));
    }

    private boolean hasArrived(Nonce written) {
        return settings.mirror()
                .flatMap(MirrorNonce::read)
                .filter(seen -> written.id().equals(seen.id()))
                .isPresent();
    }

    private long age(Nonce nonce) {
        return Math.max(0, Duration.between(nonce.writtenAt(), clock.instant()).toSeconds());
    }

    private static Path at(Path root) {
        return root.resolve(FOLDER).resolve(FILE);
    }

    private static Optional<Nonce> read(Path root) {
        Path file = at(root);
        try {
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) <= LARGEST_BYTES) {
                return Optional.ofNullable(Json.mapper().readValue(file.toFile(), Nonce.class))
                        .filter(nonce -> nonce.id() != null && nonce.writtenAt() != null);
            }
        } catch (IOException e) {
            LOG.debugf("%s cannot be read: %s", file, e.getMessage());
        }
        return Optional.empty();
    }

    /** Any number of workers may: the last one stands, whole. */
    private void write(Nonce nonce) {
        Path file = at(settings.home());
        Path unfinished = file.resolveSibling(".%s.%s.partial".formatted(FILE, nonce.id()));
        try {
            Files.writeString(unfinished, Json.write(nonce) + "\n");
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.debugf("%s cannot be written: %s", file, e.getMessage());
            try {
                Files.deleteIfExists(unfinished);
            } catch (IOException consequence) {
                LOG.debugf("%s stays: %s", unfinished, consequence.getMessage());
            }
        }
    }
}
