package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder with the programs of one PostgreSQL version.
 *
 * <p>Looked for in {@code PG_BIN} (and nowhere else when it is set), then where the programs in
 * {@code PATH} really are (Debian's {@code pg_wrapper} leads nowhere), then where Debian, Red Hat,
 * Homebrew and Postgres.app install them, newest first.
 */
record PostgresBinaries(Path folder, int major) {
    private static final List<String> CLIENT =
            List.of("psql", "pg_dump", "pg_dumpall", "pg_restore");
    private static final List<String> SERVER = List.of("initdb", "pg_ctl", "postgres");

    /** Parent folder, pattern of the version's folder, folder of the programs in it. */
    private record Place(String parent, String glob, String bin) {}

    private static final List<Place> PLACES =
            List.of(
                    new Place("/usr/lib/postgresql", "*", "bin"),
                    new Place("/usr", "pgsql-*", "bin"),
                    new Place("/opt/homebrew/opt", "postgresql@*", "bin"),
                    new Place("/usr/local/opt", "postgresql@*", "bin"),
                    new Place("/opt/homebrew/opt", "libpq", "bin"),
                    new Place("/usr/local/opt", "libpq", "bin"),
                    new Place("/Applications/Postgres.app/Contents/Versions", "*", "bin"));

    private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");

    /**
     * A whole installation: server and client programs.
     *
     * @throws IllegalStateException when {@code PG_BIN} is set to a folder that lacks some
     */
    static Optional<PostgresBinaries> server(Map<String, String> environment) {
        List<String> programs = new ArrayList<>(CLIENT);
        programs.addAll(SERVER);
        return find(environment, "postgres", programs).findFirst();
    }

    /** The client programs, of the newest version found that is no older than a server. */
    static Optional<PostgresBinaries> client(Map<String, String> environment, int serverMajor) {
        return find(environment, "psql", CLIENT).filter(b -> b.major >= serverMajor).findFirst();
    }

    private static Stream<PostgresBinaries> find(
            Map<String, String> environment, String leader, List<String> programs) {
        String chosen = environment.getOrDefault("PG_BIN", "");
        if (!chosen.isBlank()) {
            Path folder = Path.of(chosen);
            if (!holdsAll(folder, programs)) {
                throw new IllegalStateException(
                        "PG_BIN is %s, which does not hold %s".formatted(chosen, programs));
            }
            return Stream.of(in(folder));
        }
        return Stream.concat(
                inPath(environment.getOrDefault("PATH", ""), leader).stream()
                        .filter(folder -> holdsAll(folder, programs))
                        .map(PostgresBinaries::in),
                installed().stream()
                        .filter(folder -> holdsAll(folder, programs))
                        .map(PostgresBinaries::in)
                        .sorted(Comparator.comparing(PostgresBinaries::major).reversed()));
    }

    private static List<Path> inPath(String path, String leader) {
        return Arrays.stream(path.split(":"))
                .filter(entry -> !entry.isBlank())
                .map(entry -> Path.of(entry, leader))
                .filter(Files::isExecutable)
                .map(PostgresBinaries::realFolder)
                .distinct()
                .toList();
    }

    private static Path realFolder(Path program) {
        try {
            return program.toRealPath().getParent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> installed() {
        List<Path> folders = new ArrayList<>();
        for (Place place : PLACES) {
            Path parent = Path.of(place.parent());
            if (Files.isDirectory(parent)) {
                try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, place.glob())) {
                    found.forEach(version -> folders.add(version.resolve(place.bin())));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
        return folders;
    }

    private static boolean holdsAll(Path folder, List<String> programs) {
        return programs.stream().allMatch(program -> Files.isExecutable(folder.resolve(program)));
    }

    private static PostgresBinaries in(Path folder) {
        String answer = CommandRun.of(folder.resolve("psql").toString(), "--version").orThrow();
        Matcher version = VERSION.matcher(answer);
        if (!version.find()) {
            throw new IllegalStateException("%s/psql says: %s".formatted(folder, answer));
        }
        return new PostgresBinaries(folder, Integer.parseInt(version.group(1)));
    }
}
