package org.lifeos.backup.benchmark;

/** What the service adds to a small dump: its answer, its record, its safe publish. */
final class SmallBackupBenchmark implements Benchmark {
    private static final String SERVICE = "waited POST /backups";
    private static final String OLD_SCRIPT = "pg_dump | gzip";

    @Override
    public String name() {
        return "small";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        try (Scene scene = Scene.open()) {
            Content.fill(scene.server(), scene.database(), 4);
            Contest contest =
                    new Contest()
                            .way(SERVICE, () -> scene.backup("plain"))
                            .way(
                                    OLD_SCRIPT,
                                    () -> scene.shell("pg_dump --clean --if-exists | gzip > other"))
                            .run(options.rounds(15));
            report.title(
                    "Small database (%d MB)"
                            .formatted(Content.size(scene.server(), scene.database()) / 1_000_000));
            report.atMost(
                    "seconds more than pg_dump | gzip",
                    contest.difference(SERVICE, OLD_SCRIPT),
                    0.150);
            report.figure(SERVICE + ", seconds", contest.seconds(SERVICE).spread());
            report.figure(OLD_SCRIPT + ", seconds", contest.seconds(OLD_SCRIPT).spread());
        }
    }
}
