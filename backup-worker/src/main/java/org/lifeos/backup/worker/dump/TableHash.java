package org.lifeos.backup.worker.dump;

import java.util.List;

/**
 * The hash of a table's rows, whatever the order of rows and columns: for each value a hash with
 * its column's name as the seed, summed over the row; mixed; summed over all rows. A column is
 * known by its name, because those of an inheriting table come back from a restore in another
 * order.
 */
final class TableHash {
    private static final long FIRST_KEY = 0x9e3779b97f4a7c15L;
    private static final long SECOND_KEY = 0xd1b54a32d192ed03L;

    private final long[] firstSeeds;
    private final long[] secondSeeds;
    private final StreamHash value = new StreamHash();
    private final HashSum row = new HashSum();
    private final HashSum rows = new HashSum();
    private int column;
    private boolean valueOpen;

    TableHash(List<byte[]> columns) {
        firstSeeds = new long[columns.size()];
        secondSeeds = new long[columns.size()];
        for (int i = 0; i < columns.size(); i++) {
            value.begin(FIRST_KEY, SECOND_KEY).update(columns.get(i)).finish();
            firstSeeds[i] = value.first();
            secondSeeds[i] = value.second();
        }
    }

    /** A value, or the last piece of one. */
    void valueEnds(byte[] buffer, int from, int to) {
        if (valueOpen) {
            value.update(buffer, from, to).finish();
            valueOpen = false;
        } else {
            value.of(firstSeed(), secondSeed(), buffer, from, to);
        }
        row.add(value);
        column++;
    }

    /** A piece of a value that goes on in the next buffer. */
    void valueContinues(byte[] buffer, int from, int to) {
        if (!valueOpen) {
            value.begin(firstSeed(), secondSeed());
            valueOpen = true;
        }
        value.update(buffer, from, to);
    }

    /** Whether nothing came yet of the row that has no column to hold it. */
    boolean isRowWithoutColumns() {
        return firstSeeds.length == 0 && column == 0 && !valueOpen;
    }

    void rowEnds() {
        rows.addMixed(row);
        dropRow();
    }

    void dropRow() {
        row.clear();
        column = 0;
        valueOpen = false;
    }

    HashSum rows() {
        return rows;
    }

    /** A value beyond the named columns is known by its place. */
    private long firstSeed() {
        return column < firstSeeds.length ? firstSeeds[column] : StreamHash.mix(FIRST_KEY + column);
    }

    private long secondSeed() {
        return column < secondSeeds.length
                ? secondSeeds[column]
                : StreamHash.mix(SECOND_KEY + column);
    }
}
