package org.lifeos.backup.worker.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.storage.StorageFailure;

/**
 * The manifest on the disk, and the earlier ones beside it, named after the time they were saved
 * at. A file of a manifest's name is whole at every moment: it is written under a hidden name,
 * brought to the disk, and renamed.
 */
final class ManifestStore {
    private static final String PARTIAL_PREFIX = ".ollama_models_manifest.";
    private static final Pattern PARTIAL =
            Pattern.compile("\\.ollama_models_manifest\\.([0-9a-f-]{36})-([0-9]{1,9})\\.partial");
    private static final DateTimeFormatter IN_NAME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");

    private final Path home;
    private final ManifestFolder folder;
    private final ZoneId zone;

    /**
     * @param zone in which the names of kept manifests tell the time
     */
    ManifestStore(Path home, ZoneId zone) {
        this.home = home;
        this.folder = ManifestFolder.in(home);
        this.zone = zone;
    }

    Path path() {
        return folder.path().resolve(OllamaManifest.FILE);
    }

    Optional<OllamaManifest> current() {
        try {
            return folder.text(OllamaManifest.FILE).map(OllamaManifest::read);
        } catch (IOException e) {
            throw StorageFailure.of(path(), e);
        }
    }

    /**
     * Puts a manifest in the place of the current one, which is kept when it lists other models.
     *
     * @throws ProblemException when it cannot be written; the current one is as it was then
     */
    void replace(OllamaManifest manifest, Lease lease) {
        if (!Files.isDirectory(home)) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "LIFEOS_HOME is no folder: %s.".formatted(home));
        }
        Path partial =
                folder.path()
                        .resolve(
                                "%s%s-%d.partial"
                                        .formatted(PARTIAL_PREFIX, lease.jobId(), lease.attempt()));
        try {
            Files.createDirectories(folder.path());
            Optional<String> before = folder.text(OllamaManifest.FILE);
            if (before.isPresent()) {
                keep(before.get(), manifest, partial);
            }
            write(partial, manifest.text());
            Files.move(
                    partial,
                    path(),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            sync();
            prune();
        } catch (IOException e) {
            throw StorageFailure.of(path(), e);
        } finally {
            remove(partial);
        }
    }

    private void keep(String text, OllamaManifest next, Path partial) throws IOException {
        OllamaManifest before = OllamaManifest.read(text);
        if (before.listsTheSame(next)) {
            return;
        }
        Optional<String> sameOne = keptLike(before);
        Path kept = folder.path().resolve(keptName(before));
        write(partial, text);
        Files.move(partial, kept, StandardCopyOption.ATOMIC_MOVE);
        if (sameOne.isPresent()) {
            remove(folder.path().resolve(sameOne.get()));
        }
    }

    /** An earlier one with the same models: of several the newest date is enough. */
    private Optional<String> keptLike(OllamaManifest manifest) throws IOException {
        for (String name : folder.kept()) {
            Optional<String> text = folder.text(name);
            if (text.isPresent() && OllamaManifest.read(text.get()).listsTheSame(manifest)) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    private String keptName(OllamaManifest manifest) throws IOException {
        Instant at =
                manifest.savedAt() == null
                        ? folder.modifiedAt(OllamaManifest.FILE)
                        : manifest.savedAt();
        String stem = "ollama_models_manifest_" + IN_NAME.format(at.atZone(zone));
        // a number that was used stays used, so that the order of names is that of saves
        int number = folder.newestOf(stem) + 1;
        String name = nameOf(stem, number);
        while (Files.exists(folder.path().resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            number++;
            name = nameOf(stem, number);
        }
        return name;
    }

    private static String nameOf(String stem, int number) {
        return number == 1 ? stem + ".txt" : "%s-%d.txt".formatted(stem, number);
    }

    private static void write(Path file, String text) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }

    private void sync() throws IOException {
        try (FileChannel channel = FileChannel.open(folder.path(), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void prune() throws IOException {
        List<String> kept = folder.kept();
        for (String name : kept.subList(Math.min(kept.size(), OllamaManifest.KEPT), kept.size())) {
            remove(folder.path().resolve(name));
        }
    }

    /** Removes what saves left unfinished whose worker is gone. */
    void removePartials(BiPredicate<UUID, Integer> isOver) {
        if (!Files.isDirectory(folder.path())) {
            return;
        }
        try (Stream<Path> files = Files.list(folder.path())) {
            for (Path file : files.toList()) {
                Matcher name = PARTIAL.matcher(file.getFileName().toString());
                if (name.matches()
                        && isOver.test(
                                UUID.fromString(name.group(1)), Integer.parseInt(name.group(2)))) {
                    remove(file);
                }
            }
        } catch (IOException e) {
            throw StorageFailure.of(folder.path(), e);
        }
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw StorageFailure.of(file, e);
        }
    }
}
