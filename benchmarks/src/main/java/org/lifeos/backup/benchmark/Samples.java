package org.lifeos.backup.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What was measured, as numbers of one unit; at least one. */
record Samples(double[] sorted) {
    static Samples of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    double minimum() {
        return sorted[0];
    }

    double median() {
        return percentile(50);
    }

    double maximum() {
        return sorted[sorted.length - 1];
    }

    /** The smallest value that this many per cent of all do not exceed (nearest rank). */
    double percentile(double percent) {
        int rank = (int) Math.ceil(percent / 100 * sorted.length);
        return sorted[Math.max(rank, 1) - 1];
    }

    /** {@code minimum / median / maximum}. */
    String spread() {
        return String.format(Locale.ROOT, "%.3f / %.3f / %.3f", minimum(), median(), maximum());
    }
}
