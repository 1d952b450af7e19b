package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.ProjectRoot;
import org.lifeos.backup.testing.Receiver;

/** What dashboard, rules and their page name is what Prometheus is really served. */
class MetricsTest {
    private static final Pattern NAME = Pattern.compile("\\blifeos_backup_[a-z_]+");
    private static final Path DOCS = ProjectRoot.find().resolve("docs");

    private static Receiver web;
    private static Stack stack;
    private static String served;

    @BeforeAll
    static void start() {
        web = new Receiver();
        stack =
                Stack.start(
                        Stack.Setup.standard()
                                .withSchedules()
                                .environment(
                                        Map.of(
                                                "BACKUP_ALERT_WEBHOOK_URL",
                                                web.address("/hook").toString())));
        // as if the API had been away last night: it makes up for the run
        stack.server()
                .execute(
                        stack.serviceDatabase(),
                        "update schedule set effective_from = now() - interval '1 day' where name = 'nightly-backup'");
        served =
                Awaitility.await()
                        .atMost(Duration.ofSeconds(90))
                        .until(
                                () -> metrics(stack.api(0)) + metrics(stack.worker(0)),
                                it ->
                                        it.lines()
                                                .anyMatch(line ->
                                                        line.startsWith(
                                                                        "lifeos_backup_schedule_last_success_timestamp_seconds{schedule=\"nightly-backup\"")
                                                                && !line.endsWith("NaN")));
    }

    @AfterAll
    static void stop() {
        stack.close();
        web.close();
    }

    private static String metrics(Stack.Service service) {
        return stack.given(stack.tokens().viewer(), service).get("/q/metrics").asString();
    }

    /** Those of the series: comments leave the endings of counters away. */
    private static Set<String> servedNames() {
        return names(
                served.lines()
                        .filter(line -> !line.startsWith("#"))
                        .collect(Collectors.joining("\n")));
    }

    private static Set<String> names(String text) {
        return new TreeSet<>(NAME.matcher(text).results().map(match -> match.group()).toList());
    }

    @Test
    void everyMetricThatIsNamedIsServed() throws IOException {
        for (String file : List.of("grafana-dashboard.json", "alert-rules.yml", "monitoring.md")) {
            Set<String> named = names(Files.readString(DOCS.resolve(file)));
            assertThat(named).as(file).hasSizeGreaterThanOrEqualTo(5);
            assertThat(servedNames()).as(file).containsAll(named);
        }
        // and none is served that the page forgets
        assertThat(names(Files.readString(DOCS.resolve("monitoring.md"))))
                .containsAll(servedNames());
    }

    @Test
    void thereAreFiveRulesAndADashboardThatGrafanaReads() throws IOException {
        String rules = Files.readString(DOCS.resolve("alert-rules.yml"));
        assertThat(rules.lines().filter(line -> line.contains("- alert: "))).hasSize(5);
        assertThat(rules.lines().filter(line -> line.contains("expr: "))).hasSize(5);
        JsonPath dashboard = new JsonPath(DOCS.resolve("grafana-dashboard.json").toFile());
        assertThat(dashboard.getString("title")).isEqualTo("life-os backup");
        assertThat(dashboard.getList("panels.targets.expr.flatten()")).hasSizeGreaterThan(10);
    }

    @Test
    void whatIsMeasuredIsTrue() {
        assertThat(value("lifeos_backup_newest_backup_age_seconds{target=\"lifeos\"}"))
                .isBetween(0.0, 120.0);
        assertThat(value("lifeos_backup_newest_backup_size_bytes{target=\"lifeos\"}"))
                .isGreaterThan(1_000);
        assertThat(value("lifeos_backup_good_backups{target=\"lifeos\"}")).isEqualTo(1);
        assertThat(value("lifeos_backup_workers_alive")).isEqualTo(1);
        assertThat(value("lifeos_backup_restore_test_age_seconds{target=\"lifeos\"}")).isNaN();
        assertThat(value("lifeos_backup_check_status{check=\"workers\"}")).isZero();
        assertThat(
                        value(
                                "lifeos_backup_schedule_expected_interval_seconds{schedule=\"nightly-backup\",type=\"postgres-backup\"}"))
                .isBetween(82_800.0, 90_000.0);
        assertThat(
                        value(
                                "lifeos_backup_jobs_ended_total{code=\"\",state=\"SUCCEEDED\",type=\"postgres-backup\"}"))
                .isEqualTo(1);
    }

    private static double value(String series) {
        return served.lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(series + " is not served:\n" + served));
    }
}
