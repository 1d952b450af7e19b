package org.lifeos.backup.benchmark;

import java.util.List;
import org.lifeos.backup.testing.PostgresServer;

/**
 * Rows like those of the studio: texts, JSON, numbers, times and hashes, so that they compress as
 * such content does (to about a third), not as a benchmark's blanks do.
 */
final class Content {
    /** What one row of messages takes in the database, with its index, in bytes. */
    private static final int ROW_BYTES = 560;

    private Content() {}

    /** Adds a table of messages until the database holds about this much more. */
    static void fill(PostgresServer server, String database, int megabytes) {
        long rows = megabytes * 1_000_000L / ROW_BYTES;
        server.execute(
                database,
                """
                drop table if exists public.message;
                create table public.message (
                    id bigint not null,
                    author integer not null,
                    sent_at timestamptz not null,
                    tokens integer,
                    temperature double precision,
                    digest text not null,
                    properties jsonb not null,
                    body text
                )\
                """);
        for (List<Long> part : parts(rows)) {
            server.execute(
                    database,
                    """
                    insert into public.message
                    select i, i %% 977, timestamptz '2025-01-01' + i * interval '1.37 s',
                        case when i %% 7 > 0 then (i * 7919 %% 4096)::integer end, sin(i),
                        md5(i::text),
                        jsonb_build_object('model', 'model-' || i %% 13, 'seed', i * 48271 %% 2147483647,
                            'tags', jsonb_build_array('t' || i %% 31, 't' || i %% 57)),
                        (select string_agg((array['the', 'character', 'walks', 'along', 'a', 'narrow', 'river',
                                'while', 'painted', 'clouds', 'gather', 'over', 'old', 'roofs', 'and', 'nobody',
                                'answers', 'her', 'question', 'about', 'light', 'time', 'image', 'prompt'])
                                [1 + (i * 31 + w * 17 + (i * w) %% 29) %% 24], ' ')
                            || md5((i * 3)::text)
                         from generate_series(1, 40 + (i %% 20)::integer) w)
                    from generate_series(%d::bigint, %d::bigint) i\
                    """
                            .formatted(part.getFirst(), part.getLast()));
        }
        server.execute(database, "alter table public.message add primary key (id)");
        server.execute(database, "create index message_author on public.message (author, sent_at)");
        server.execute(database, "vacuum (analyze) public.message");
        server.execute(database, "checkpoint");
    }

    /** What a database takes on the server's disk, in bytes. */
    static long size(PostgresServer server, String database) {
        return Long.parseLong(
                server.rows(database, "select pg_database_size(current_database())")
                        .getFirst()
                        .getFirst());
    }

    private static List<List<Long>> parts(long rows) {
        long size = 200_000;
        return java.util.stream.LongStream.rangeClosed(0, (rows - 1) / size)
                .mapToObj(nr -> List.of(nr * size + 1, Math.min(rows, (nr + 1) * size)))
                .toList();
    }
}
