package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** The dumps that lie in a folder, by their names alone. */
final class FolderListing {
    private static final Pattern DUMP = Pattern.compile("[^.].*\\.(sql\\.gz|dump)", Pattern.DOTALL);

    /**
     * What breaks lines, hides, or cannot be written in UTF-8 has no place in lists and headers.
     */
    private static final Pattern ODD = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cn}\\p{Cs}\\uFFFD]");

    /** The names of partial sidecars are longer by about 70, and end at 255. */
    private static final int LONGEST_BYTES = 180;

    private FolderListing() {}

    /**
     * @param subfolder a folder in {@code folder}, or empty for itself; none when it is a link
     * @param leftOut is told why a dump is not among them
     * @throws ProblemException when the folder cannot be listed
     */
    static List<FoundDump> of(Path folder, String subfolder, Consumer<String> leftOut) {
        Path place = folder.resolve(subfolder);
        boolean isLink = !subfolder.isEmpty() && Files.isSymbolicLink(place);
        if (isLink || !Files.isDirectory(place)) {
            return List.of();
        }
        List<FoundDump> dumps = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(place)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (!DUMP.matcher(name).matches()
                        || Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
                    continue;
                }
                if (isOdd(name)) {
                    leftOut.accept(
                            "%s is left out: a dump's name has up to %d bytes and no control characters"
                                    .formatted(ODD.matcher(name).replaceAll("?"), LONGEST_BYTES));
                    continue;
                }
                String prefix = subfolder.isEmpty() ? "" : subfolder + "/";
                FoundDump.at(new DumpFiles(folder, prefix + name))
                        .ifPresentOrElse(
                                dumps::add,
                                () ->
                                        leftOut.accept(
                                                prefix + name + " is left out: it is no file"));
            }
        } catch (IOException | DirectoryIteratorException e) {
            IOException cause =
                    e instanceof DirectoryIteratorException listing
                            ? listing.getCause()
                            : (IOException) e;
            throw StorageFailure.of(
                    place, cause, ProblemCode.FOLDER_NOT_WRITABLE, "cannot be listed");
        }
        dumps.sort(Comparator.comparing(FoundDump::name));
        return dumps;
    }

    private static boolean isOdd(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > LONGEST_BYTES
                || ODD.matcher(name).find();
    }
}
