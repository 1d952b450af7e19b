package org.lifeos.backup.worker.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;

/**
 * The SQL of a compressed dump, decompressed while it is read; the SHA-256 of the file's bytes is
 * taken on the way. Several gzip members follow each other as one text.
 */
public final class StoredSql extends InputStream {
    private static final int BUFFER = 1 << 18;

    /** How the file is decompressed. */
    @FunctionalInterface
    public interface Decompression {
        /** What another stream holds; closing it closes the other. */
        InputStream of(InputStream compressed) throws IOException;
    }

    static final Decompression GZIP = compressed -> new GZIPInputStream(compressed, BUFFER);

    private final HashingInput file;
    private final InputStream sql;

    /**
     * @throws IOException also when the file is not gzip
     */
    public StoredSql(Path path) throws IOException {
        this(path, GZIP);
    }

    /**
     * @throws IOException when it cannot be opened, or already now is found not to be gzip
     */
    StoredSql(Path path, Decompression decompression) throws IOException {
        file = new HashingInput(Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS));
        try {
            sql = decompression.of(file);
        } catch (EOFException e) {
            boolean isEmpty = file.count == 0;
            file.close();
            throw new EOFException(
                    isEmpty ? "the file is empty" : "the file ends in its first bytes");
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        try {
            return sql.read(buffer, offset, length);
        } catch (EOFException e) {
            // of some places where a file can end, the decompressor says nothing
            throw new EOFException("the file ends in the middle of its gzip stream");
        }
    }

    /** How many bytes of the file were read so far. */
    public long fileBytesRead() {
        return file.count;
    }

    /** Reads the rest of the file and returns the SHA-256 of all of it as 64 hex digits. */
    public String sha256() throws IOException {
        byte[] rest = new byte[BUFFER];
        while (file.read(rest, 0, rest.length) >= 0) {
            // read for its hash alone
        }
        return HexFormat.of().formatHex(file.digest.digest());
    }

    @Override
    public void close() throws IOException {
        sql.close();
    }

    private static final class HashingInput extends InputStream {
        private final InputStream input;
        private final MessageDigest digest = Checksum.sha256();
        private volatile long count;

        HashingInput(InputStream input) {
            this.input = input;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = input.read(buffer, offset, length);
            if (read > 0) {
                digest.update(buffer, offset, read);
                // one thread alone reads, though it may be another than the one that asks
                count = count + read;
            }
            return read;
        }

        /** The decompressor asks whether another member may follow. */
        @Override
        public int available() throws IOException {
            return input.available();
        }

        @Override
        public void close() throws IOException {
            input.close();
        }
    }
}
