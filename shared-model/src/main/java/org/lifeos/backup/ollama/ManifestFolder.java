package org.lifeos.backup.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code LIFEOS_HOME/data} for those who read manifests. */
public record ManifestFolder(Path path) {
    private static final Pattern NUMBER = Pattern.compile("-([0-9]{1,4})\\.txt$");

    public static ManifestFolder in(Path home) {
        return new ManifestFolder(home.resolve(OllamaManifest.FOLDER));
    }

    /**
     * The text of a manifest; empty when there is none.
     *
     * @param name {@link OllamaManifest#FILE} or that of a kept one
     * @throws IOException when it is there and cannot be read, or is too large for one
     */
    public Optional<String> text(String name) throws IOException {
        Path file = path.resolve(name);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(OllamaManifest.LARGEST_BYTES + 1);
            if (bytes.length > OllamaManifest.LARGEST_BYTES) {
                throw new IOException(file + " is too large for a manifest");
            }
            return Optional.of(new String(bytes, UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    public Instant modifiedAt(String name) throws IOException {
        return Files.getLastModifiedTime(path.resolve(name)).toInstant();
    }

    /** The names of the earlier manifests that are kept, newest first. */
    public List<String> kept() throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> file.getFileName().toString())
                    .filter(OllamaManifest::isKeptName)
                    .sorted(
                            Comparator.comparing(ManifestFolder::second)
                                    .thenComparing(ManifestFolder::numberInSecond)
                                    .reversed())
                    .toList();
        }
    }

    /**
     * The highest number among the kept manifests of one second, where the first has none but
     * counts as 1; 0 where there is no such manifest.
     *
     * @param stem of their names, down to the second
     */
    public int newestOf(String stem) throws IOException {
        return kept().stream()
                .filter(name -> second(name).equals(stem + ".txt"))
                .mapToInt(ManifestFolder::numberInSecond)
                .max()
                .orElse(0);
    }

    /** Of several of one second the higher number is newer. */
    private static int numberInSecond(String name) {
        Matcher number = NUMBER.matcher(name);
        return number.find() ? Integer.parseInt(number.group(1)) : 1;
    }

    private static String second(String name) {
        return NUMBER.matcher(name).replaceFirst(".txt");
    }
}
