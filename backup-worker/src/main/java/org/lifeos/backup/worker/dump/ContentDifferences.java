package org.lifeos.backup.worker.dump;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.ContentFingerprint;
import org.lifeos.backup.catalog.LargeObjectContent;
import org.lifeos.backup.catalog.SequenceContent;
import org.lifeos.backup.catalog.TableContent;

/**
 * What is not the same in a restored database, as sentences that name it: {@code public.characters:
 * 10 rows instead of 12}, {@code index public.images_idx is missing}. No sentence means that the
 * content is equal.
 */
public final class ContentDifferences {
    private final List<String> sentences = new ArrayList<>();

    private ContentDifferences() {}

    /**
     * Compares the dump of a restored database with the dump that was restored.
     *
     * @param samePgDumpMajor whether one major version of pg_dump wrote both; the schema is
     *     compared only then, because another one may write it in other words
     */
    public static List<String> between(
            DumpSummary expected, DumpSummary found, boolean samePgDumpMajor) {
        ContentDifferences differences = new ContentDifferences();
        differences.tables(expected.tables(), told(expected, found), true);
        differences.fingerprints(expected.fingerprint(), toldSequences(expected, found));
        if (samePgDumpMajor) {
            differences.objects(expected.objects(), found.objects());
        }
        return differences.sentences;
    }

    /**
     * Compares the dump of a restored database with what a manifest knows: the schema is one hash
     * there. Of a manifest without a fingerprint, or with one that was made in another way, only
     * what needs no hash is compared.
     *
     * @param samePgDumpMajor as above
     */
    public static List<String> between(
            BackupManifest expected, DumpSummary found, boolean samePgDumpMajor) {
        ContentDifferences differences = new ContentDifferences();
        ContentFingerprint before = expected.fingerprint();
        boolean sameWay = before != null && before.version() == found.fingerprint().version();
        differences.tables(expected.contents(), found.tables(), sameWay);
        if (sameWay) {
            differences.fingerprints(before, found.fingerprint());
            if (samePgDumpMajor && !before.schemaHash().equals(found.fingerprint().schemaHash())) {
                differences.sentences.add("the schema differs");
            }
        }
        return differences.sentences;
    }

    /**
     * As {@link #between(DumpSummary, DumpSummary, boolean)} for two dumps that were written with
     * other settings of the session, as the time zone: the same values have other texts there, so
     * that neither rows nor definitions can be compared by their hashes.
     */
    public static List<String> betweenOtherTexts(DumpSummary expected, DumpSummary found) {
        ContentDifferences differences = new ContentDifferences();
        differences.tables(expected.tables(), told(expected, found), false);
        differences.fingerprints(expected.fingerprint(), toldSequences(expected, found));
        return differences.sentences;
    }

    /**
     * The tables that the other dump would tell of. One with INSERTs, or without the rows of some
     * tables, does not tell of empty ones; that they exist, their definitions tell.
     */
    private static List<TableContent> told(DumpSummary expected, DumpSummary found) {
        Set<String> told = new HashSet<>();
        expected.tables().forEach(table -> told.add(table.table()));
        return found.tables().stream()
                .filter(table -> table.rows() > 0 || told.contains(table.table()))
                .toList();
    }

    /** As tables: one that was never asked for a value is not told of in a dump of definitions. */
    private static ContentFingerprint toldSequences(DumpSummary expected, DumpSummary found) {
        Set<String> told = new HashSet<>();
        expected.fingerprint().sequences().forEach(sequence -> told.add(sequence.sequence()));
        ContentFingerprint whole = found.fingerprint();
        return new ContentFingerprint(
                whole.version(),
                whole.sequences().stream()
                        .filter(one -> one.called() || told.contains(one.sequence()))
                        .toList(),
                whole.largeObjects(),
                whole.schemaHash());
    }

    private void tables(List<TableContent> expected, List<TableContent> found, boolean hashes) {
        compare(
                "",
                byName(expected, TableContent::table),
                byName(found, TableContent::table),
                (before, now) -> {
                    if (before.rows() != now.rows()) {
                        return ": %d rows instead of %d".formatted(now.rows(), before.rows());
                    }
                    boolean known = hashes && before.hash() != null && now.hash() != null;
                    return known && !before.hash().equals(now.hash()) ? ": rows differ" : null;
                });
    }

    private void fingerprints(ContentFingerprint expected, ContentFingerprint found) {
        compare(
                "sequence ",
                byName(expected.sequences(), SequenceContent::sequence),
                byName(found.sequences(), SequenceContent::sequence),
                (before, now) ->
                        before.equals(now)
                                ? null
                                : ": %s instead of %s".formatted(value(now), value(before)));
        LargeObjectContent before = expected.largeObjects();
        LargeObjectContent now = found.largeObjects();
        if (before.count() != now.count()) {
            sentences.add("large objects: %d instead of %d".formatted(now.count(), before.count()));
        } else if (before.bytes() != now.bytes()) {
            sentences.add(
                    "large objects: %d bytes instead of %d".formatted(now.bytes(), before.bytes()));
        } else if (!before.hash().equals(now.hash())) {
            sentences.add("large objects differ");
        }
    }

    private static String value(SequenceContent sequence) {
        return sequence.value() + (sequence.called() ? "" : " (not handed out yet)");
    }

    private void objects(SortedMap<String, String> expected, SortedMap<String, String> found) {
        compare(
                "",
                expected,
                found,
                (before, now) -> Objects.equals(before, now) ? null : " differs");
    }

    /**
     * @param difference what to say after the name, null where nothing differs
     */
    private <T> void compare(
            String kind,
            Map<String, T> expected,
            Map<String, T> found,
            BiFunction<T, T, String> difference) {
        expected.forEach((name, before) -> {
            T now = found.get(name);
            String said = now == null ? " is missing" : difference.apply(before, now);
            if (said != null) {
                sentences.add(kind + name + said);
            }
        });
        SortedMap<String, T> additional = new TreeMap<>(found);
        additional.keySet().removeAll(expected.keySet());
        additional.keySet().forEach(name -> sentences.add(kind + name + " is additional"));
    }

    private static <T> Map<String, T> byName(List<T> contents, Function<T, String> name) {
        Map<String, T> byName = new LinkedHashMap<>();
        contents.forEach(content -> byName.put(name.apply(content), content));
        return byName;
    }
}
