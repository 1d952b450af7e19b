package org.lifeos.backup.api.backup;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * A part of a file (RFC 9110, section 14.1.2).
 *
 * @param first the first byte, from 0
 * @param length how many, at least 1
 */
record ByteRange(long first, long length) {
    private static final Pattern ONE_RANGE =
            Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /**
     * Reads the header {@code Range}. Empty where the whole file is the answer: no header, another
     * unit, several ranges or none that makes sense, all of which the RFC lets a server pass over.
     *
     * @throws ProblemException when the range lies outside the file
     */
    static Optional<ByteRange> of(String header, long size) {
        Matcher range = ONE_RANGE.matcher(header == null ? "" : header);
        if (!range.matches() || range.group(1).isEmpty() && range.group(2).isEmpty()) {
            return Optional.empty();
        }
        ByteRange found =
                range.group(1).isEmpty() ? suffix(range.group(2), size) : from(range, size);
        if (found.first() >= size || found.length() == 0) {
            throw new ProblemException(
                    ProblemCode.RANGE_NOT_SATISFIABLE,
                    "The range %s lies outside the file's %,d bytes.".formatted(header, size));
        }
        return Optional.of(found).filter(part -> part.length() > 0);
    }

    private static ByteRange suffix(String wanted, long size) {
        long length = Math.min(Long.parseLong(wanted), size);
        return new ByteRange(size - length, length);
    }

    /** A last byte before the first one makes no sense: its length is negative. */
    private static ByteRange from(Matcher range, long size) {
        long first = Long.parseLong(range.group(1));
        long last =
                range.group(2).isEmpty()
                        ? size - 1
                        : Math.min(Long.parseLong(range.group(2)), size - 1);
        return new ByteRange(first, last < first ? -1 : last - first + 1);
    }

    /** The header {@code Content-Range}. */
    String contentRange(long size) {
        return "bytes %d-%d/%d".formatted(first, first + length - 1, size);
    }
}
