package org.lifeos.backup.worker.restore;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.tool.PostgresTools;

/** Dumps in a folder, and empty databases of a server to restore them into. */
final class RestoreBench {
    static final String DATABASE = "restore bench";

    private final PostgresServer server;
    private final Path folder;
    private int dumps;

    RestoreBench(PostgresServer server, Path folder) {
        this.server = server;
        this.folder = folder;
    }

    Target target(String database) {
        return new Target(
                "bench",
                server.host(),
                server.port(),
                database,
                server.superuser(),
                server.password());
    }

    /** A compressed dump with a manifest that fits it. */
    StoredDump dump(String sql) {
        return stored(gzip(sql.getBytes(UTF_8)));
    }

    /** A file of these bytes, with a manifest that fits it. */
    StoredDump stored(byte[] file) {
        return stored(file, file);
    }

    /** A file of these bytes, with a manifest that was made for others. */
    StoredDump stored(byte[] file, byte[] described) {
        return stored(BackupFormat.PLAIN, file, described);
    }

    /** An archive of these bytes, with a manifest that was made for others. */
    StoredDump archive(byte[] file, byte[] described) {
        return stored(BackupFormat.CUSTOM, file, described);
    }

    private StoredDump stored(BackupFormat format, byte[] file, byte[] described) {
        try {
            Path path = folder.resolve("dump-%d%s".formatted(++dumps, format.extension()));
            Files.write(path, file);
            return new StoredDump(
                    path,
                    folder.resolve(path.getFileName() + ".roles.sql"),
                    new DumpFile(
                            path.getFileName().toString(), described.length, sha256(described)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] gzip(byte[] text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A restore into an empty database. */
    PlainRestore restore(Attempt attempt, StoredDump dump) {
        server.dropDatabase(DATABASE);
        server.createDatabase(DATABASE);
        PostgresTools tools = PostgresTools.forServer(server.major());
        return new PlainRestore(
                attempt,
                tools,
                server.major(),
                dump,
                () -> DumpText.open(attempt, tools, dump),
                target(DATABASE));
    }

    List<List<String>> rows(String sql) {
        return server.rows(DATABASE, sql);
    }
}
