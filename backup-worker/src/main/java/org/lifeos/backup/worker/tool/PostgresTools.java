package org.lifeos.backup.worker.tool;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * The PostgreSQL client tools of one installation.
 *
 * @param folder that holds pg_dump, pg_dumpall, psql
 * @param version as pg_dump writes it, for example {@code 16.4}
 */
public record PostgresTools(Path folder, int major, String version) {
    private static final Path VERSIONED = Path.of("/usr/lib/postgresql");
    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) ((\\d+)[^\\s]*)");
    private static final int SECONDS_FOR_VERSION = 10;
    private static final int NEWEST_WITHOUT_RESTRICT = 17;

    /** The minor release of each major that brought it. */
    private static final Map<Integer, Integer> FIRST_TO_RESTRICT =
            Map.of(13, 22, 14, 19, 15, 14, 16, 10, 17, 6);

    /**
     * The lowest installed version that can dump a server of this major: pg_dump refuses newer
     * servers, and its output is best read by tools of its own vintage.
     *
     * @throws ProblemException when there are no tools, or only older ones
     */
    public static PostgresTools forServer(int serverMajor) {
        return lowest(serverMajor, "The server is PostgreSQL " + serverMajor);
    }

    /**
     * The lowest installed version that can read an archive and restore it on a server: pg_restore
     * refuses archives of a newer pg_dump.
     *
     * @param archivedBy the version of the pg_dump that wrote the archive; null where it is unknown
     * @throws ProblemException when there are no tools, or only older ones
     */
    public static PostgresTools forArchive(int serverMajor, String archivedBy) {
        return majorOf(archivedBy) > serverMajor
                ? lowest(majorOf(archivedBy), "The archive was written by pg_dump " + archivedBy)
                : forServer(serverMajor);
    }

    /**
     * The highest installed version: it reads archives of all versions before it.
     *
     * @throws ProblemException when there are no tools
     */
    public static PostgresTools newest() {
        return some().getLast();
    }

    private static List<PostgresTools> some() {
        List<PostgresTools> installed = installed();
        if (installed.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.TOOL_MISSING,
                    "Neither PATH nor %s/*/bin holds a pg_dump that runs.".formatted(VERSIONED));
        }
        return installed;
    }

    private static PostgresTools lowest(int major, String whatNeedsThem) {
        List<PostgresTools> installed = some();
        return installed.stream()
                .filter(tools -> tools.major() >= major)
                .min(Comparator.comparingInt(PostgresTools::major))
                .orElseThrow(() ->
                        new ProblemException(
                                ProblemCode.TOOL_TOO_OLD,
                                "%s, the newest tools here are those of %s in %s."
                                        .formatted(
                                                whatNeedsThem,
                                                installed.getLast().version(),
                                                installed.getLast().folder())));
    }

    /**
     * Whether psql knows {@code \\restrict}, which keeps a dump from running psql's own commands
     * (CVE-2025-8714).
     */
    public boolean canRestrict() {
        Integer minor = FIRST_TO_RESTRICT.get(major);
        return major > NEWEST_WITHOUT_RESTRICT
                || minor != null && version.matches(major + "\\.\\d+") && minor(version) >= minor;
    }

    /** The major of a version as the tools and the server write it; 0 where there is none. */
    public static int majorOf(String version) {
        String digits = version == null ? "" : version.split("[^0-9]", 2)[0];
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }

    private static int minor(String version) {
        return Integer.parseInt(version.substring(version.indexOf('.') + 1));
    }

    public String tool(String name) {
        return folder.resolve(name).toString();
    }

    /**
     * All installations, in rising order; of two of one major the one that comes first in PATH
     * comes first.
     */
    private static List<PostgresTools> installed() {
        return folders().stream()
                .map(PostgresTools::in)
                .flatMap(Optional::stream)
                .sorted(Comparator.comparingInt(PostgresTools::major))
                .toList();
    }

    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(Path::of)
                .forEach(folders::add);
        try (DirectoryStream<Path> versions = Files.newDirectoryStream(VERSIONED)) {
            versions.forEach(version -> folders.add(version.resolve("bin")));
        } catch (IOException e) {
            // none there: PATH is all there is
        }
        return folders;
    }

    static Optional<PostgresTools> in(Path folder) {
        Path dump = folder.resolve("pg_dump");
        if (!Files.isExecutable(dump) || isDebianWrapper(dump)) {
            return Optional.empty();
        }
        return versionOf(dump)
                .map(version ->
                        new PostgresTools(
                                folder, Integer.parseInt(version.group(2)), version.group(1)));
    }

    /**
     * It chooses a version by clusters on this machine, not by the server that is asked; the real
     * tools are found beside it.
     */
    private static boolean isDebianWrapper(Path tool) {
        try {
            return tool.toRealPath().endsWith("pg_wrapper");
        } catch (IOException e) {
            return false;
        }
    }

    private static Optional<Matcher> versionOf(Path dump) {
        ProcessBuilder builder =
                new ProcessBuilder(dump.toString(), "--version").redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().putAll(ToolEnvironment.plain());
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            // its one line fits into the pipe, so it ends without a reader; a hanging one does not
            if (!process.waitFor(SECONDS_FOR_VERSION, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Optional.empty();
            }
            String said =
                    new String(process.getInputStream().readNBytes(1_000), StandardCharsets.UTF_8);
            return Optional.of(VERSION.matcher(said)).filter(Matcher::find);
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
