package org.lifeos.backup.worker.restore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.TargetServer;

/** The tables that a second session reads, so that two of them read a database in half the time. */
final class DumpShare {
    /** Below it a second session costs more than it saves. */
    private static final long WORTH_BYTES = 32L << 20;

    /** Each of them stands in the arguments of pg_dump. */
    private static final int TABLES_AT_MOST = 50;

    /**
     * No partitions: the rows of some are written as those of their root (where a hash of an enum
     * says which partition has them), and of one table only one session can tell. In the spelling
     * of pg_dump's patterns: what is quoted has no special meaning there. Names beyond ASCII are
     * left to the first session, as the arguments of a process may not hold them. The casts name
     * the server's own functions, whatever others a dump may have brought.
     */
    private static final String LARGEST_FIRST =
            """
            select quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text) as name,
                   pg_table_size(c.oid::regclass) as bytes
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and not c.relispartition and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
              and n.nspname::text || c.relname::text ~ '^[ -~]*$'
              and not exists (
                  select 1 from pg_depend d
                  where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
            order by bytes desc, name
            limit %d
            """
                    .formatted(TABLES_AT_MOST);

    private DumpShare() {}

    /**
     * About half of the bytes of the largest tables; none where that is not worth it.
     *
     * @throws SQLException when the server cannot be asked
     */
    static List<String> of(Attempt attempt, Target database) throws SQLException {
        if (Runtime.getRuntime().availableProcessors() < 2) {
            return List.of();
        }
        List<String> share = new ArrayList<>();
        long mine = 0;
        long others = 0;
        try (Connection connection = new TargetServer(database).open(attempt.jobId());
                PreparedStatement statement = connection.prepareStatement(LARGEST_FIRST);
                ResultSet table = statement.executeQuery()) {
            while (table.next()) {
                long bytes = table.getLong("bytes");
                if (others < mine) {
                    others += bytes;
                } else {
                    mine += bytes;
                    share.add(table.getString("name"));
                }
            }
        }
        return Math.min(mine, others) < WORTH_BYTES ? List.of() : share;
    }
}
