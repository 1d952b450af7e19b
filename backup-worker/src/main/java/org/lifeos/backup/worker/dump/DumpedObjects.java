package org.lifeos.backup.worker.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.SequenceContent;

/**
 * What the statements of a dump say beside the rows of its tables: sequences, large objects, and a
 * hash for each object of the schema. What comes before the first object, the DROPs of {@code
 * --clean}, is left out.
 */
final class DumpedObjects {
    private static final String ROWS = "TABLE DATA";
    private static final byte[] SETVAL = ascii("SELECT pg_catalog.setval(");
    private static final byte[] BEGIN = ascii("BEGIN;");
    private static final byte[] COMMIT = ascii("COMMIT;");
    private static final int LONGEST_SETVAL_BYTES = 4096;
    private static final Pattern SEQUENCE =
            Pattern.compile(
                    "SELECT pg_catalog\\.setval\\('(.*)', (-?\\d{1,19}), (true|false)\\);",
                    Pattern.DOTALL);
    private static final long KEY = 0x3c6ef372fe94f82bL;

    private final DumpSettings settings = new DumpSettings();
    private final LargeObjects largeObjects = new LargeObjects();
    private final Map<String, SequenceContent> sequences = new LinkedHashMap<>();
    private final SortedMap<String, HashSum> objects = new TreeMap<>();
    private final StreamHash hash = new StreamHash();
    private final HashSum statement = new HashSum();
    private ObjectHeader current;
    private boolean ownersNamed;

    void comment(KeptText text) {
        ObjectHeader.of(text)
                .ifPresent(header -> {
                    current = header;
                    ownersNamed |= header.hasOwner();
                });
    }

    /** Whether any object was announced with its owner. */
    boolean ownersNamed() {
        return ownersNamed;
    }

    void statement(KeptText text, StatementHash statementHash) {
        // what stands around rows, as DISABLE TRIGGER, defines nothing
        if (settings.take(text) || current == null || current.type().equals(ROWS)) {
            return;
        }
        if (current.type().equals("BLOBS") && (text.is(BEGIN) || text.is(COMMIT))
                || largeObjects.take(text)
                || takeSequence(text)) {
            return;
        }
        statement.clear();
        statementHash.finishInto(statement);
        hash.begin(KEY, ~KEY).update(settings.effectiveFor(current.type(), text).getBytes(UTF_8));
        statement.add(hash.finish());
        objects.computeIfAbsent(current.label(), label -> new HashSum()).addMixed(statement);
    }

    private boolean takeSequence(KeptText text) {
        if (!text.startsWith(SETVAL) || text.length() > LONGEST_SETVAL_BYTES) {
            return false;
        }
        Matcher set = SEQUENCE.matcher(text.substring(0, text.length()));
        Optional<Long> value = set.matches() ? number(set.group(2)) : Optional.empty();
        value.ifPresent(number -> {
            String name = set.group(1).replace("''", "'");
            boolean called = Boolean.parseBoolean(set.group(3));
            sequences.put(name, new SequenceContent(name, number, called));
        });
        return value.isPresent();
    }

    private static Optional<Long> number(String digits) {
        try {
            return Optional.of(Long.valueOf(digits));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    ContentFingerprint fingerprint() {
        HashSum schema = new HashSum();
        StreamHash object = new StreamHash();
        hashes().forEach((label, hex) ->
                schema.add(
                        object.begin(KEY, KEY)
                                .update(label.getBytes(UTF_8))
                                .update(hex.getBytes(UTF_8))
                                .finish()));
        return new ContentFingerprint(
                ContentFingerprint.VERSION,
                new ArrayList<>(sequences.values()),
                largeObjects.content(),
                schema.hex());
    }

    /** The hash of each object by its name for people. */
    SortedMap<String, String> hashes() {
        SortedMap<String, String> hashes = new TreeMap<>();
        objects.forEach((label, sum) -> hashes.put(label, sum.hex()));
        return hashes;
    }
}
