package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.util.function.Supplier;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.storage.StoredSql;

/** A plain dump's own text; its file is hashed while it is read. */
final class PlainText extends DumpText {
    private final StoredDump dump;
    private final StoredSql sql;

    PlainText(StoredDump dump, StoredSql sql) {
        this.dump = dump;
        this.sql = sql;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        return sql.read(buffer, offset, length);
    }

    @Override
    public Supplier<Progress> progress(String phase) {
        long done = sql.fileBytesRead();
        long total = dump.expected().sizeBytes();
        int percent = (int) Math.min(100, total == 0 ? 100 : 100 * done / total);
        return () ->
                new Progress(
                        phase,
                        done,
                        total,
                        percent,
                        "%,d of %,d bytes read".formatted(done, total));
    }

    @Override
    public void requireGoodEnd() throws IOException {
        dump.requireHash(sql.sha256());
    }

    @Override
    public void close() throws IOException {
        sql.close();
    }
}
