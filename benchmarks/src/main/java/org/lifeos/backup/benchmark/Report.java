package org.lifeos.backup.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the benchmarks found, printed as it comes and kept as Markdown: a row for each figure, and
 * whether it holds its target.
 */
final class Report {
    private final List<String> lines = new ArrayList<>();
    private boolean allHeld = true;

    void title(String title) {
        print("");
        print("## " + title);
        print("");
        print("| what | minimum / median / maximum | target | held |");
        print("| --- | --- | --- | --- |");
    }

    /** A figure without a target. */
    void figure(String what, String value) {
        print("| %s | %s | | |".formatted(cell(what), value));
    }

    /** A figure whose median has to be at most the target. */
    void atMost(String what, Samples samples, double target) {
        target(what, samples.spread(), samples.median(), "≤ ", target, samples.median() <= target);
    }

    void atMost(String what, double value, double target) {
        target(what, number(value), value, "≤ ", target, value <= target);
    }

    void atLeast(String what, double value, double target) {
        target(what, number(value), value, "≥ ", target, value >= target);
    }

    boolean allHeld() {
        return allHeld;
    }

    void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, lines);
    }

    private void target(
            String what, String shown, double value, String sign, double target, boolean held) {
        allHeld &= held && !Double.isNaN(value);
        print(
                "| %s | %s | %s%s | %s |"
                        .formatted(
                                cell(what), shown, sign, number(target), held ? "yes" : "**no**"));
    }

    private void print(String line) {
        lines.add(line);
        System.out.println(line);
    }

    /** A bar would end the cell. */
    private static String cell(String text) {
        return text.replace("|", "\\|");
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replaceAll("\\.?0+$", "");
    }
}
