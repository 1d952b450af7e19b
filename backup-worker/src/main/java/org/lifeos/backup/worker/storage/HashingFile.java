package org.lifeos.backup.worker.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;

/** A new file, readable for its owner alone, whose SHA-256 is taken while it is written. */
final class HashingFile extends OutputStream {
    private final FileChannel channel;
    private final MessageDigest digest = Checksum.sha256();
    private volatile long size;

    /**
     * @throws IOException also when there is already something of this name
     */
    HashingFile(Path path) throws IOException {
        channel =
                FileChannel.open(
                        path,
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS),
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        digest.update(bytes, offset, length);
        ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        size += length;
    }

    long size() {
        return size;
    }

    /**
     * Brings all that was written onto the disk and closes; returns the SHA-256 as 64 hex digits.
     */
    String finish() throws IOException {
        channel.force(true);
        channel.close();
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
