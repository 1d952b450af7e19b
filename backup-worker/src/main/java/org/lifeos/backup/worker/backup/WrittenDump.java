package org.lifeos.backup.worker.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.lifeos.backup.catalog.VerificationLevel;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.dump.DumpSummary;
import org.lifeos.backup.worker.dump.PlainDumpReader;
import org.lifeos.backup.worker.storage.Checksum;

/**
 * A plain dump read back from the disk.
 *
 * @param checkpoint called again and again while it is read; what it throws ends that
 */
record WrittenDump(Path path, Runnable checkpoint) {
    private static final int BUFFER = 1 << 18;

    /**
     * @throws ProblemException when the file does not hold up to the level
     */
    void require(VerificationLevel level, String sha256) {
        try {
            switch (level) {
                case NONE -> {}
                case CHECKSUM -> requireChecksum(sha256);
                case CONTENT -> {
                    requireChecksum(sha256);
                    requireContent();
                }
                case RESTORE ->
                        throw new IllegalStateException("a restore test is no reading back");
            }
        } catch (IOException e) {
            throw corrupt("cannot be read: " + e.getMessage());
        }
    }

    private void requireChecksum(String sha256) throws IOException {
        String found = Checksum.of(path, checkpoint);
        if (!found.equals(sha256)) {
            throw corrupt("has the SHA-256 %s instead of %s".formatted(found, sha256));
        }
    }

    private void requireContent() throws IOException {
        PlainDumpReader reader = new PlainDumpReader();
        byte[] buffer = new byte[BUFFER];
        try (InputStream sql = new GZIPInputStream(Files.newInputStream(path), BUFFER)) {
            int length;
            while ((length = sql.read(buffer)) >= 0) {
                checkpoint.run();
                reader.accept(buffer, 0, length);
            }
        }
        DumpSummary summary = reader.finish();
        if (!summary.complete()) {
            throw corrupt("is incomplete: " + summary.incompleteReason().orElseThrow());
        }
    }

    private ProblemException corrupt(String how) {
        return new ProblemException(
                ProblemCode.BACKUP_CORRUPT, "%s %s.".formatted(path.getFileName(), how));
    }
}
