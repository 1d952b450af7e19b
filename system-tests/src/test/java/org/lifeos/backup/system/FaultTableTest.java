package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each fault at random moments of backups and restores in turn, with three workers and two APIs;
 * and the figures of it as a table.
 *
 * <p>{@code -Dfaults} says how many of each are tried, {@code -Dseed} when, {@code -Dfault} of
 * which alone. Without the first, a few of them are, once each.
 */
class FaultTableTest {
    private static final int TRIES = Integer.getInteger("faults", 0);
    private static final int A_FEW = 5;
    private static final long SEED = Long.getLong("seed", 2026);

    private static FaultyDays days;
    private static final Map<Fault, Figures> TABLE = new EnumMap<>(Fault.class);

    /** What came of a fault: its job succeeded, or it ended with a failure that says why. */
    private record Figures(int tried, int succeeded, int failed, List<String> lost) {
        String row(Fault fault) {
            return "| %s | %d | %d | %d | %d | %d |"
                    .formatted(
                            fault.title(),
                            tried,
                            succeeded + failed,
                            succeeded,
                            failed,
                            lost.size());
        }
    }

    @BeforeAll
    static void start() {
        days = new FaultyDays();
    }

    @AfterAll
    static void tell() {
        if (days != null) {
            days.close();
        }
        System.out.printf("FaultTableTest: seed %d%n", SEED);
        System.out.println("| fault | tried | survived | job succeeded | job failed | lost |");
        System.out.println("| --- | --- | --- | --- | --- | --- |");
        TABLE.forEach((fault, figures) -> System.out.println(figures.row(fault)));
    }

    static List<Fault> faults() {
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        faults.removeIf(fault -> {
            fault.impossible()
                    .ifPresent(why ->
                            System.out.printf(
                                    "FaultTableTest: not tried: %s: %s%n", fault.title(), why));
            return fault.impossible().isPresent();
        });
        List<String> chosenNames = List.of(System.getProperty("fault", "").split(","));
        faults.removeIf(fault -> !chosenNames.contains("") && !chosenNames.contains(fault.name()));
        Collections.shuffle(faults, new Random(SEED));
        List<Fault> chosen = TRIES > 0 ? faults : faults.subList(0, Math.min(A_FEW, faults.size()));
        return chosen.stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void nothingIsLost(Fault fault) {
        Random random = new Random(SEED + fault.ordinal());
        int tried = 0;
        int succeeded = 0;
        List<String> lost = new ArrayList<>();
        for (int i = 0; i < Math.max(1, TRIES); i++) {
            boolean restore =
                    fault.meetsRestores() && (i + fault.ordinal()) % 2 == 1
                            || !fault.meetsBackups();
            double moment = random.nextDouble();
            String what =
                    "seed %d, %s, number %d, at %.2f of a %s"
                            .formatted(SEED, fault, i, moment, restore ? "restore" : "backup");
            try {
                JsonPath job = days.disturb(what, fault, restore, moment);
                tried++;
                succeeded += job.getString("state").equals("SUCCEEDED") ? 1 : 0;
            } catch (AssertionError | IllegalStateException e) {
                tried++;
                lost.add(what + ": " + e.getMessage());
                System.out.println("FaultTableTest: lost: " + lost.getLast());
                days.close();
                days = new FaultyDays();
            }
        }
        TABLE.put(fault, new Figures(tried, succeeded, tried - succeeded - lost.size(), lost));
        System.out.println("FaultTableTest: " + TABLE.get(fault).row(fault));
        assertThat(lost).as(String.join("\n", lost)).isEmpty();
    }

    @Test
    void undisturbedJobsSucceed() {
        assertThat(days.undisturbed(false).getString("state")).isEqualTo("SUCCEEDED");
        assertThat(days.undisturbed(true).getString("state")).isEqualTo("SUCCEEDED");
    }
}
