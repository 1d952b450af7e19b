package org.lifeos.backup.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/** Horizontal bars with a whisker from the fastest to the slowest run, as an SVG. */
final class BarChart {
    private static final int LABEL = 300;
    private static final int BAR = 420;
    private static final int ROW = 30;
    private static final int HEAD = 44;

    private final String title;
    private final SequencedMap<String, Samples> bars = new LinkedHashMap<>();

    BarChart(String title) {
        this.title = title;
    }

    /** Seconds of one way. */
    BarChart bar(String name, Samples seconds) {
        bars.put(name, seconds);
        return this;
    }

    void write(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, svg());
    }

    String svg() {
        double longest = bars.values().stream().mapToDouble(Samples::maximum).max().orElse(1);
        int width = LABEL + BAR + 90;
        int height = HEAD + bars.size() * ROW + 12;
        StringBuilder svg = new StringBuilder();
        line(
                svg,
                """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
                <rect width="%d" height="%d" fill="white"/>
                <text x="12" y="26" font-size="15" font-weight="bold">%s</text>\
                """,
                width,
                height,
                width,
                height,
                escaped(title));
        int y = HEAD;
        for (var bar : bars.entrySet()) {
            Samples seconds = bar.getValue();
            double scale = BAR / longest;
            line(
                    svg,
                    """
                    <text x="%d" y="%d" text-anchor="end">%s</text>
                    <rect x="%d" y="%d" width="%.1f" height="18" fill="%s"/>
                    <line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="black"/>
                    <text x="%.1f" y="%d">%.1f s</text>\
                    """,
                    LABEL - 8,
                    y + 14,
                    escaped(bar.getKey()),
                    LABEL,
                    y,
                    seconds.median() * scale,
                    bar.getKey().startsWith("life-os") ? "#2b7a4b" : "#9aa5b1",
                    LABEL + seconds.minimum() * scale,
                    y + 9,
                    LABEL + seconds.maximum() * scale,
                    y + 9,
                    LABEL + seconds.maximum() * scale + 8,
                    y + 14,
                    seconds.median());
            y += ROW;
        }
        return svg.append("</svg>\n").toString();
    }

    private static void line(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
