package org.lifeos.backup.ollama;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The table that {@code ollama list} prints, to the last blank (its {@code cmd.go} and tablewriter
 * 0.0.5), for the scripts that read it.
 */
final class ListTable {
    private static final List<String> HEADER = List.of("NAME", "ID", "SIZE", "MODIFIED");
    private static final String GAP = " ".repeat(4);
    private static final long KILO = 1000;
    private static final List<String> UNITS = List.of("TB", "GB", "MB", "KB");

    private ListTable() {}

    static String of(List<SavedModel> models, Instant now) {
        List<List<String>> rows = models.stream().map(model -> row(model, now)).toList();
        int[] widths =
                IntStream.range(0, HEADER.size())
                        .map(column ->
                                IntStream.concat(
                                                IntStream.of(HEADER.get(column).length()),
                                                rows.stream()
                                                        .mapToInt(row -> row.get(column).length()))
                                        .max()
                                        .orElseThrow())
                        .toArray();
        StringBuilder table = new StringBuilder();
        table.append(String.join(GAP, padded(HEADER, widths))).append(" \n");
        rows.forEach(row ->
                table.append(String.join(GAP, padded(row, widths))).append(GAP).append('\n'));
        return table.toString();
    }

    private static List<String> row(SavedModel model, Instant now) {
        return List.of(
                model.name(),
                model.digest().substring(0, SavedModel.SHORT_DIGEST),
                model.remote() ? "-" : size(model.size()),
                modified(model.modifiedAt(), now));
    }

    private static List<String> padded(List<String> cells, int[] widths) {
        return IntStream.range(0, cells.size())
                .mapToObj(i -> cells.get(i) + " ".repeat(widths[i] - cells.get(i).length()))
                .toList();
    }

    static String size(long bytes) {
        long unit = KILO * KILO * KILO * KILO;
        for (String name : UNITS) {
            if (bytes >= unit) {
                double value = (double) bytes / unit;
                boolean plain = value >= 10 || bytes % unit == 0;
                return plain
                        ? "%d %s".formatted((long) value, name)
                        : String.format(Locale.ROOT, "%.1f %s", value, name);
            }
            unit /= KILO;
        }
        return bytes + " B";
    }

    /** The bytes that a text of the column SIZE stands for, roughly. */
    static long bytes(String size) {
        String[] parts = size.strip().split("[ \\t]+");
        if (parts.length != 2 || !parts[0].matches("[0-9]{1,12}(\\.[0-9]{1,3})?")) {
            return 0;
        }
        double value = Double.parseDouble(parts[0]);
        int unit = UNITS.indexOf(parts[1]);
        return unit < 0 ? (long) value : (long) (value * Math.pow(KILO, UNITS.size() - unit));
    }

    static String modified(Instant at, Instant now) {
        if (at == null) {
            return "Never";
        }
        Duration age = Duration.between(at, now);
        return age.isNegative() ? length(age.negated()) + " from now" : length(age) + " ago";
    }

    private static String length(Duration age) {
        long seconds = age.toSeconds();
        long minutes = age.toMinutes();
        long hours = Math.round(age.toMillis() / 3_600_000.0);
        if (seconds < 1) {
            return "Less than a second";
        } else if (seconds == 1) {
            return "1 second";
        } else if (seconds < 60) {
            return seconds + " seconds";
        } else if (minutes == 1) {
            return "About a minute";
        } else if (minutes < 60) {
            return minutes + " minutes";
        } else if (hours == 1) {
            return "About an hour";
        } else if (hours < 48) {
            return hours + " hours";
        } else if (hours < 24 * 14) {
            return hours / 24 + " days";
        } else if (hours < 24 * 60) {
            return hours / 24 / 7 + " weeks";
        } else if (hours < 24 * 365 * 2) {
            return hours / 24 / 30 + " months";
        }
        return age.toHours() / 24 / 365 + " years";
    }
}
