package org.lifeos.backup.benchmark;

import java.nio.file.Path;

/**
 * How much is measured.
 *
 * @param quick small data and few rounds: shows that everything works, says nothing about speed
 * @param folder for report and charts
 */
record Options(boolean quick, Path folder) {
    int megabytes(int full) {
        return quick ? Math.max(5, full / 40) : full;
    }

    int rounds(int full) {
        return quick ? 1 : full;
    }

    int count(int full) {
        return quick ? Math.max(20, full / 50) : full;
    }
}
