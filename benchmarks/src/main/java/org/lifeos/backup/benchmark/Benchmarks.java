package org.lifeos.backup.benchmark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Measures the service beside the tools it uses; see {@code benchmarks/run}.
 *
 * <p>Arguments: {@code [--quick] [--out FOLDER] [NAME…]}; without names all. Exits with 0 when
 * every target held, 1 when one did not, 2 for wrong arguments.
 */
public final class Benchmarks {
    private static final List<Benchmark> ALL =
            List.of(
                    new BackupBenchmark(),
                    new ScalingBenchmark(),
                    new RestoreBenchmark(),
                    new SmallBackupBenchmark(),
                    new PickUpBenchmark(),
                    new QueueBenchmark(),
                    new CatalogueBenchmark(),
                    new MemoryBenchmark(),
                    new FilesCheckBenchmark(),
                    new StartBenchmark(),
                    new SlowdownBenchmark());

    private Benchmarks() {}

    public static void main(String[] arguments) throws Exception {
        boolean quick = false;
        Path folder = Path.of("benchmarks/target/report");
        List<String> names = new ArrayList<>();
        for (var rest = Arrays.asList(arguments).iterator(); rest.hasNext(); ) {
            String argument = rest.next();
            switch (argument) {
                case "--quick" -> quick = true;
                case "--out" -> folder = Path.of(rest.hasNext() ? rest.next() : "");
                default -> names.add(argument);
            }
        }
        List<String> known = ALL.stream().map(Benchmark::name).toList();
        if (!known.containsAll(names)) {
            System.err.println(
                    "Usage: benchmarks/run [--quick] [--out FOLDER] [NAME…]; names: "
                            + String.join(" ", known));
            System.exit(2);
        }
        Options options = new Options(quick, folder);
        Report report = new Report();
        for (Benchmark benchmark : ALL) {
            if (names.isEmpty() || names.contains(benchmark.name())) {
                System.err.println(benchmark.name() + " …");
                benchmark.run(report, options);
            }
        }
        Path file = folder.resolve("report.md");
        report.write(file);
        System.err.println("Report: " + file.toAbsolutePath());
        System.exit(report.allHeld() || quick ? 0 : 1);
    }
}
