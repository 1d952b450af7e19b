package org.lifeos.backup.api.health;

import java.time.Duration;
import org.lifeos.backup.api.request.TextTable;

/** Coverage for a terminal. */
final class CoverageText {
    private CoverageText() {}

    static String of(CoverageReport report) {
        TextTable table = new TextTable("WHAT", "STATE", "AGE", "PROTECTION", "DETAIL");
        for (CoverageReport.Item item : report.items()) {
            Long age = item.recoveryPointAgeSeconds();
            table.row(
                    item.what(),
                    item.state(),
                    age == null ? null : Amounts.time(Duration.ofSeconds(age)),
                    item.protection(),
                    item.detail());
        }
        return table.toString();
    }
}
