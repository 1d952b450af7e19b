package org.lifeos.backup.worker.restore;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a database that was replaced: {@code NAME_before_20260131_030000_1a2b3c4d}, which
 * tells when (in UTC) and by which job (the last eight digits of its id). All that has to be known
 * of it stands there, because a name is what every owner may give a database, and what a rename
 * changes in the transaction of the swap.
 *
 * <p>A long name is cut so that all fits in 63 bytes, and eight digits of its hash keep it apart
 * from others with the same beginning.
 *
 * @param database the database that it was
 * @param replacedAt in whole seconds
 * @param job the last digits of the id of the job that replaced it
 */
record PreviousName(String database, Instant replacedAt, String job) {
    private static final int LONGEST_BYTES = 63;
    private static final int JOB_DIGITS = 8;
    private static final int HASH_DIGITS = 8;
    private static final Pattern FORM =
            Pattern.compile("(?s)(.+)_before_(\\d{8}_\\d{6})_([0-9a-f]{8})");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

    static PreviousName of(String database, Instant replacedAt, UUID job) {
        return new PreviousName(
                database, Instant.ofEpochSecond(replacedAt.getEpochSecond()), digits(job));
    }

    /** What the name tells, if it is that of a database which was replaced as this one. */
    static Optional<PreviousName> parse(String name, String database) {
        Matcher parts = FORM.matcher(name);
        if (!parts.matches()) {
            return Optional.empty();
        }
        try {
            Instant at = LocalDateTime.parse(parts.group(2), TIME).toInstant(ZoneOffset.UTC);
            PreviousName found = new PreviousName(database, at, parts.group(3));
            return found.text().equals(name) ? Optional.of(found) : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    boolean isBy(UUID otherJob) {
        return job.equals(digits(otherJob));
    }

    String text() {
        String end = "_before_" + TIME.format(replacedAt) + "_" + job;
        int room = LONGEST_BYTES - end.length();
        return (bytes(database).length <= room ? database : shortened(database, room)) + end;
    }

    /** The longest beginning that fits, of whole characters, and a hash of the whole. */
    private static String shortened(String name, int bytes) {
        String hash =
                "~" + UUID.nameUUIDFromBytes(bytes(name)).toString().substring(0, HASH_DIGITS);
        int end = name.length();
        while (bytes(name.substring(0, end)).length > bytes - hash.length()) {
            end = name.offsetByCodePoints(end, -1);
        }
        return name.substring(0, end) + hash;
    }

    private static String digits(UUID job) {
        String text = job.toString();
        return text.substring(text.length() - JOB_DIGITS);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
