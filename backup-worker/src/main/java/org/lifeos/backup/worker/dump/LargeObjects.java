package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import org.lifeos.backup.catalog.LargeObjectContent;

/**
 * The large objects of a plain dump: {@code lo_open('OID', …)}, {@code lowrite(0, '\xHEX')} for
 * each 16 KiB, {@code lo_close(0)}. An object's pieces count as one, whatever their sizes.
 */
final class LargeObjects {
    private static final byte[] OPEN = ascii("SELECT pg_catalog.lo_open('");
    private static final byte[] WRITE = ascii("SELECT pg_catalog.lowrite(0, '\\x");
    private static final byte[] WRITE_END = ascii("');");
    private static final byte[] CLOSE = ascii("SELECT pg_catalog.lo_close(0);");
    private static final long KEY = 0x2545f4914f6cdd1dL;

    private final StreamHash number = new StreamHash();
    private final StreamHash content = new StreamHash();
    private final HashSum sum = new HashSum();
    private boolean open;
    private long count;
    private long bytes;

    /** Whether the statement is one of these; not when it is too long to be kept. */
    boolean take(KeptText statement) {
        if (statement.startsWith(OPEN) && !statement.cut()) {
            number.begin(KEY, ~KEY);
            statement.hash(OPEN.length, statement.length(), number);
            number.finish();
            content.begin(number.first(), number.second());
            open = true;
            return true;
        }
        if (open && statement.startsWith(WRITE) && statement.endsWith(WRITE_END)) {
            int end = statement.length() - WRITE_END.length;
            statement.hash(WRITE.length, end, content);
            bytes += (end - WRITE.length) / 2;
            return true;
        }
        if (open && statement.is(CLOSE)) {
            sum.add(content.finish());
            count++;
            open = false;
            return true;
        }
        return false;
    }

    LargeObjectContent content() {
        return new LargeObjectContent(count, bytes, sum.hex());
    }
}
