package org.lifeos.backup.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Several ways to do the same thing, each run once a round, in turn: whatever slows the machine for
 * a while slows them all, and the ratio of two runs of one round says more than their times.
 */
final class Contest {
    /** One way to do it. */
    interface Run {
        void run() throws Exception;
    }

    private final SequencedMap<String, Run> ways = new LinkedHashMap<>();
    private final Map<String, List<Double>> seconds = new LinkedHashMap<>();

    Contest way(String name, Run run) {
        ways.put(name, run);
        seconds.put(name, new ArrayList<>());
        return this;
    }

    /**
     * Runs all ways once unmeasured, then in each round once, each round beginning with another.
     */
    Contest run(int rounds) throws Exception {
        for (Run way : ways.values()) {
            way.run();
        }
        List<String> names = new ArrayList<>(ways.keySet());
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < names.size(); i++) {
                String name = names.get((i + round) % names.size());
                long start = System.nanoTime();
                ways.get(name).run();
                seconds.get(name).add((System.nanoTime() - start) / 1e9);
            }
            System.err.printf("  round %d of %d%n", round + 1, rounds);
        }
        return this;
    }

    /** How long a way took, in seconds. */
    Samples seconds(String name) {
        return Samples.of(seconds.get(name));
    }

    /** One way's time over another's, round by round. */
    Samples ratio(String name, String reference) {
        return combine(name, reference, (mine, other) -> mine / other);
    }

    /** How many seconds more one way took than another, round by round. */
    Samples difference(String name, String reference) {
        return combine(name, reference, (mine, other) -> mine - other);
    }

    List<String> names() {
        return List.copyOf(ways.keySet());
    }

    private Samples combine(
            String name, String reference, java.util.function.DoubleBinaryOperator of) {
        List<Double> mine = seconds.get(name);
        List<Double> other = seconds.get(reference);
        List<Double> combined = new ArrayList<>();
        for (int round = 0; round < mine.size(); round++) {
            combined.add(of.applyAsDouble(mine.get(round), other.get(round)));
        }
        return Samples.of(combined);
    }
}
