package org.lifeos.backup.worker.restore;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.storage.StoredDump;
import org.lifeos.backup.worker.tool.Decompressor;
import org.lifeos.backup.worker.tool.PostgresTools;

/** The SQL of a stored dump, whatever its format, read from front to end. */
public abstract class DumpText extends InputStream {

    /**
     * @param tools that read it if it is an archive
     * @throws ProblemException when the file is missing
     */
    public static DumpText open(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return switch (dump.format()) {
            case PLAIN -> new PlainText(dump, dump.open());
            case CUSTOM -> new ArchiveText(attempt, tools, dump);
        };
    }

    /**
     * The same of a dump that the service made and that was read to its end before: it is
     * decompressed by the fastest program there is, which tells less of what is wrong with a file.
     */
    static DumpText openProven(Attempt attempt, PostgresTools tools, StoredDump dump) {
        return switch (dump.format()) {
            case PLAIN ->
                    new PlainText(
                            dump,
                            dump.open(compressed -> Decompressor.best().of(compressed, attempt)));
            case CUSTOM -> new ArchiveText(attempt, tools, dump);
        };
    }

    /** How far it was read. */
    public abstract Supplier<Progress> progress(String phase);

    /**
     * To be asked when there is no more to read.
     *
     * @throws ProblemException when that was not all, or not what it should be
     */
    public abstract void requireGoodEnd() throws IOException;

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] buffer, int offset, int length) throws IOException;
}
