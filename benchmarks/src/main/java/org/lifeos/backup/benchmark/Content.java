package org.lifeos.backup.benchmark;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.LongFunction;
import org.lifeos.backup.testing.PostgresServer;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Tables like those of the studio: conversations, images with their parameters, embeddings and
 * events. The same with every run. Words are as unevenly frequent as those of a language, so that
 * the text compresses as such content does.
 */
final class Content {
    /** What tables and indexes take on the disk, over the text of the rows. */
    private static final double DISK_OVER_TEXT = 1.12;

    private static final int WORDS = 6_000;
    private static final int DIMENSIONS = 48;
    private static final long SEED = 2026;
    private static final int BUFFER = 1 << 16;

    private static final List<String> DEFINITIONS =
            List.of(
                    "drop table if exists public.message, public.image, public.embedding, public.event",
                    """
                    create table public.message (
                        id bigint not null, author integer not null, sent_at timestamptz not null,
                        tokens integer, temperature double precision, body text not null)
                    """,
                    """
                    create table public.image (
                        id uuid not null, message bigint not null, created_at timestamptz not null,
                        prompt text not null, parameters jsonb not null, sha256 text not null)
                    """,
                    """
                    create table public.embedding (
                        message bigint not null, model text not null, vector real[] not null)
                    """,
                    """
                    create table public.event (
                        id bigint not null, at timestamptz not null, kind text not null, payload jsonb not null)
                    """);

    private static final List<String> INDEXES =
            List.of(
                    "alter table public.message add primary key (id)",
                    "create index message_author on public.message (author, sent_at)",
                    "alter table public.image add primary key (id)",
                    "create index image_message on public.image (message)",
                    "alter table public.embedding add primary key (message)",
                    "alter table public.event add primary key (id)",
                    "create index event_kind on public.event (kind, at)",
                    "vacuum (analyze)",
                    "checkpoint");

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final String[] words = new String[WORDS];

    private Content() {
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int left = 2 + random.nextInt(8); left > 0; left--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            words[i] = word.toString();
        }
    }

    /** Fills tables until the database holds about this much more. */
    static void fill(PostgresServer server, String database, int megabytes) {
        Content content = new Content();
        DEFINITIONS.forEach(sql -> server.execute(database, sql));
        double text = megabytes * 1e6 / DISK_OVER_TEXT;
        try (Connection connection = server.connect(database)) {
            copy(connection, "message", 0.4 * text, content::message);
            copy(connection, "image", 0.25 * text, content::image);
            copy(connection, "embedding", 0.15 * text, content::embedding);
            copy(connection, "event", 0.2 * text, content::event);
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(e);
        }
        INDEXES.forEach(sql -> server.execute(database, sql));
    }

    private static void copy(
            Connection connection, String table, double bytes, LongFunction<String> row)
            throws SQLException, IOException {
        CopyIn copy =
                connection
                        .unwrap(PGConnection.class)
                        .getCopyAPI()
                        .copyIn("copy public." + table + " from stdin");
        StringBuilder rows = new StringBuilder();
        long written = 0;
        for (long nr = 1; written < bytes; nr++) {
            rows.append(row.apply(nr)).append('\n');
            if (rows.length() > BUFFER) {
                byte[] piece = rows.toString().getBytes(StandardCharsets.US_ASCII);
                copy.writeToCopy(piece, 0, piece.length);
                written += piece.length;
                rows.setLength(0);
            }
        }
        copy.endCopy();
    }

    private String message(long nr) {
        return line(
                nr,
                random.nextInt(1_000),
                time(nr),
                nr % 7 == 0 ? "\\N" : random.nextInt(4_096),
                random.nextDouble(),
                text(20 + random.nextInt(120)));
    }

    private String image(long nr) {
        String parameters =
                """
                {"model": "model-%d", "seed": %d, "steps": %d, "size": [%d, %d], "sampler": "%s"}\
                """
                        .formatted(
                                random.nextInt(13),
                                random.nextInt(Integer.MAX_VALUE),
                                10 + random.nextInt(50),
                                512 + 64 * random.nextInt(16),
                                512 + 64 * random.nextInt(16),
                                words[random.nextInt(20)]);
        byte[] hash = new byte[32];
        random.nextBytes(hash);
        return line(
                new UUID(random.nextLong(), random.nextLong()),
                1 + random.nextInt(500_000),
                time(nr),
                text(10 + random.nextInt(40)),
                parameters,
                HexFormat.of().formatHex(hash));
    }

    private String embedding(long nr) {
        StringBuilder vector = new StringBuilder("{");
        for (int i = 0; i < DIMENSIONS; i++) {
            vector.append(i == 0 ? "" : ",").append((float) random.nextDouble(-1, 1));
        }
        return line(nr, "embedder-" + random.nextInt(3), vector.append('}'));
    }

    private String event(long nr) {
        String payload =
                """
                {"job": "%s", "state": "%s", "ms": %d, "note": "%s"}\
                """
                        .formatted(
                                new UUID(random.nextLong(), random.nextLong()),
                                words[random.nextInt(6)],
                                random.nextInt(100_000),
                                text(3 + random.nextInt(12)));
        return line(nr, time(nr), words[random.nextInt(40)], payload);
    }

    private static String line(Object... values) {
        StringBuilder line = new StringBuilder();
        for (Object value : values) {
            line.append(line.isEmpty() ? "" : "\t").append(value);
        }
        return line.toString();
    }

    private String time(long nr) {
        long seconds = nr * 37 + random.nextInt(37);
        return String.format(
                Locale.ROOT,
                "2025-%02d-%02d %02d:%02d:%02d.%06d+00",
                1 + seconds / 2_419_200 % 12,
                1 + seconds / 86_400 % 28,
                seconds / 3_600 % 24,
                seconds / 60 % 60,
                seconds % 60,
                random.nextInt(1_000_000));
    }

    /** The n-th most frequent word is about an n-th as frequent as the first (Zipf's law). */
    private String text(int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(i == 0 ? "" : " ")
                    .append(words[(int) Math.pow(WORDS, random.nextDouble()) - 1]);
        }
        return text.toString();
    }

    /** What a database takes on the server's disk, in bytes. */
    static long size(PostgresServer server, String database) {
        return Long.parseLong(
                server.rows(database, "select pg_database_size(current_database())")
                        .getFirst()
                        .getFirst());
    }
}
