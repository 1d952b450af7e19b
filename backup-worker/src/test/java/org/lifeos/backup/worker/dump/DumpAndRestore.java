package org.lifeos.backup.worker.dump;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.lifeos.backup.testing.CommandRun;
import org.lifeos.backup.testing.PostgresServer;

/** Dumps and restores databases of a real server by the real tools, as the worker does. */
final class DumpAndRestore implements AutoCloseable {
    private final PostgresServer server = PostgresServer.start(Map.of("wal_level", "logical"));
    private final Path folder;
    private int files;

    DumpAndRestore(Path folder) {
        this.folder = folder;
    }

    PostgresServer server() {
        return server;
    }

    void create(String database) {
        server.execute("postgres", "CREATE DATABASE \"" + database + "\" TEMPLATE template0");
    }

    /** A plain dump, as the worker takes it. */
    Path dump(String database) {
        return dump(database, List.of("--clean", "--if-exists"));
    }

    /** One that restores into an empty database without an error. */
    Path dumpWithoutDrops(String database) {
        return dump(database, List.of());
    }

    private Path dump(String database, List<String> options) {
        Path file = folder.resolve("dump-%d.sql".formatted(++files));
        List<String> arguments = new ArrayList<>(options);
        arguments.add("--file=" + file);
        run("pg_dump", null, arguments, database).orThrow();
        return file;
    }

    /** Fails when any statement does. */
    void load(String database, Path script) {
        run("psql", script, List.of("-X", "-q", "-v", "ON_ERROR_STOP=1"), database).orThrow();
    }

    /** Goes on when a statement fails, as the DROPs of a dump can; returns what psql said. */
    String loadWhatWorks(String database, Path script) {
        return run("psql", script, List.of("-X", "-q"), database).output();
    }

    static DumpSummary read(Path dump) {
        PlainDumpReader reader = new PlainDumpReader();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(dump)) {
            int length;
            while ((length = in.read(buffer)) >= 0) {
                reader.accept(buffer, 0, length);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return reader.finish();
    }

    private CommandRun run(String tool, Path input, List<String> options, String database) {
        List<String> command = new ArrayList<>();
        command.add(server.bin().orElseThrow().resolve(tool).toString());
        command.addAll(options);
        command.add("--dbname=" + database);
        Map<String, String> environment =
                Map.of(
                        "PGHOST", server.host(),
                        "PGPORT", String.valueOf(server.port()),
                        "PGUSER", server.superuser(),
                        "PGPASSWORD", server.password(),
                        "PGTZ", "UTC",
                        "PGOPTIONS", "-c bytea_output=hex");
        return CommandRun.of(new CommandRun.Setting(folder, input, environment), command);
    }

    @Override
    public void close() {
        server.close();
    }
}
