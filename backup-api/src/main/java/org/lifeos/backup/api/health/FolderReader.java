package org.lifeos.backup.api.health;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.lifeos.backup.api.health.DumpSeen.ManifestSeen;
import org.lifeos.backup.catalog.Verification;
import org.lifeos.backup.json.Json;

/**
 * Reads the backup folder itself: what lies there, and what the manifests beside the dumps say. A
 * manifest is parsed again only when it has changed. Links are never followed.
 */
final class FolderReader {
    private static final String MANIFEST = ".manifest.json";
    private static final String SAFETY = "safety";

    /** That of two hundred thousand tables; what is larger is not ours. */
    private static final long LARGEST_MANIFEST_BYTES = 32L << 20;

    private final Path home;
    private final Path folder;
    private final Map<Path, Parsed> parsed = new ConcurrentHashMap<>();
    private final NewestContent content = new NewestContent();

    FolderReader(Path home) {
        this.home = home;
        this.folder = home.resolve("backups").resolve("postgres");
    }

    private record Parsed(long size, FileTime modifiedAt, ManifestSeen manifest) {}

    /**
     * @throws IOException when LIFEOS_HOME or the folder cannot be read
     */
    FolderSeen read() throws IOException {
        if (!Files.isDirectory(home)) {
            throw new NotDirectoryException(home.toString());
        }
        if (!Files.exists(folder)) {
            return new FolderSeen(List.of(), Files.getFileStore(home).getUsableSpace());
        }
        Set<String> names = new HashSet<>(names(""));
        Path safety = folder.resolve(SAFETY);
        if (Files.isDirectory(safety, LinkOption.NOFOLLOW_LINKS)) {
            names.addAll(names(SAFETY + "/"));
        }
        List<DumpSeen> dumps = new ArrayList<>();
        for (String name : names) {
            if (isDump(name)) {
                dumps.add(dump(name));
            } else if (name.endsWith(MANIFEST) && !names.contains(dumpOf(name))) {
                leftAlone(name, dumps);
            }
        }
        parsed.keySet().removeIf(path -> !names.contains(folder.relativize(path).toString()));
        return new FolderSeen(
                content.judge(folder, dumps), Files.getFileStore(folder).getUsableSpace());
    }

    private List<String> names(String prefix) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve(prefix))) {
            files.forEach(file -> names.add(prefix + file.getFileName()));
        }
        return names;
    }

    private static boolean isDump(String name) {
        String base = name.substring(name.lastIndexOf('/') + 1);
        return !base.startsWith(".") && (base.endsWith(".sql.gz") || base.endsWith(".dump"));
    }

    private static String dumpOf(String manifest) {
        return manifest.substring(0, manifest.length() - MANIFEST.length());
    }

    private DumpSeen dump(String name) throws IOException {
        ManifestSeen manifest = manifest(name + MANIFEST);
        BasicFileAttributes file =
                Files.readAttributes(
                        folder.resolve(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return new DumpSeen(name, file.size(), manifest, problem(name, file, manifest));
    }

    private static String problem(String name, BasicFileAttributes file, ManifestSeen manifest) {
        if (!file.isRegularFile()) {
            return "it is no file";
        }
        if (manifest == null) {
            return null;
        }
        if (!manifest.file().name().equals(name)) {
            return "its manifest is that of " + manifest.file().name();
        }
        if (file.size() != manifest.file().sizeBytes()) {
            return "it has %d bytes instead of %d"
                    .formatted(file.size(), manifest.file().sizeBytes());
        }
        Verification proof = manifest.verification();
        if (proof != null && proof.outcome() == Verification.Outcome.FAILED) {
            return "a verification on %s found it corrupt".formatted(proof.at());
        }
        return null;
    }

    /** A manifest whose dump is gone: nobody but the service removes both, the dump first. */
    private void leftAlone(String name, List<DumpSeen> dumps) throws IOException {
        ManifestSeen manifest = manifest(name);
        if (manifest != null && manifest.file().name().equals(dumpOf(name))) {
            dumps.add(new DumpSeen(dumpOf(name), 0, manifest, "the file is gone"));
        }
    }

    private ManifestSeen manifest(String name) throws IOException {
        Path path = folder.resolve(name);
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        BasicFileAttributes file = Files.readAttributes(path, BasicFileAttributes.class);
        if (file.size() > LARGEST_MANIFEST_BYTES) {
            return null;
        }
        Parsed known = parsed.get(path);
        if (known == null
                || known.size() != file.size()
                || !known.modifiedAt().equals(file.lastModifiedTime())) {
            known = new Parsed(file.size(), file.lastModifiedTime(), parse(path));
            parsed.put(path, known);
        }
        return known.manifest();
    }

    /** Null for what is no manifest: an unreadable one says nothing of its dump. */
    private static ManifestSeen parse(Path path) {
        try {
            ManifestSeen manifest = Json.mapper().readValue(path.toFile(), ManifestSeen.class);
            return manifest != null && manifest.isComplete() ? manifest : null;
        } catch (IOException e) {
            return null;
        }
    }
}
