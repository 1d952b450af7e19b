package org.lifeos.backup.api.health;

import java.util.Comparator;
import java.util.stream.Collectors;
import org.lifeos.backup.api.request.TextTable;

/**
 * Health for a terminal and for Nagios: the first line begins with the status and names what is not
 * well, then all checks, the worst first. A vertical bar would begin Nagios' performance data.
 */
final class HealthText {
    private HealthText() {}

    static String of(HealthReport report) {
        TextTable table = new TextTable("STATUS", "CHECK", "OBSERVED", "THRESHOLD", "SUMMARY");
        report.checks().stream()
                .sorted(Comparator.comparing(HealthReport.Check::status).reversed())
                .forEach(check ->
                        table.row(
                                check.status(),
                                check.id(),
                                plain(check.observed()),
                                plain(check.threshold()),
                                plain(check.summary())));
        return firstLine(report) + "\n\n" + table + hints(report);
    }

    private static String firstLine(HealthReport report) {
        String bad =
                report.checks().stream()
                        .filter(check -> check.status() != HealthStatus.OK)
                        .sorted(Comparator.comparing(HealthReport.Check::status).reversed())
                        .map(check -> plain(check.id()))
                        .collect(Collectors.joining(", "));
        return bad.isEmpty()
                ? "OK: all %d checks are well".formatted(report.checks().size())
                : report.status() + ": " + bad;
    }

    private static String hints(HealthReport report) {
        return report.checks().stream()
                .filter(check -> check.status() != HealthStatus.OK && check.hint() != null)
                .map(check -> "next for %s: %s\n".formatted(check.id(), plain(check.hint())))
                .collect(Collectors.joining());
    }

    private static String plain(String text) {
        return text == null ? null : text.replaceAll("[\\p{Cntrl}|]", "/");
    }
}
