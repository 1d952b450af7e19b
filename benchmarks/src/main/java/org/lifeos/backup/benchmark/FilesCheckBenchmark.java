package org.lifeos.backup.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.lifeos.backup.testing.CommandRun;

/** What counting, comparing and sampling a large tree takes, beside a dry run of rsync alone. */
final class FilesCheckBenchmark implements Benchmark {
    private static final String SERVICE = "waited POST /files/checks";
    private static final String RSYNC = "rsync -an";
    private static final int FILES_OF_A_FOLDER = 500;
    private static final int FILE_BYTES = 29_000;

    @Override
    public String name() {
        return "files-check";
    }

    @Override
    public void run(Report report, Options options) throws Exception {
        int files = options.count(100_000);
        Path mirror = Files.createTempDirectory("benchmark-mirror-");
        try (Scene scene = Scene.open(Map.of("SYNC_MIRROR_DIR", mirror.toString()))) {
            Path output = scene.stack().home().resolve("output");
            fill(output, files);
            scene.shell("cp -a %s %s".formatted(output, mirror));
            Contest contest =
                    new Contest()
                            .way(SERVICE, () -> scene.post("/api/v1/files/checks", Map.of()))
                            .way(
                                    RSYNC,
                                    () ->
                                            scene.shell(
                                                    "rsync -an %s/ %s/output/"
                                                            .formatted(output, mirror)))
                            .run(options.rounds(7));
            report.title("Comparing %,d files of %,d bytes".formatted(files, FILE_BYTES));
            report.atMost("check / rsync -an", contest.ratio(SERVICE, RSYNC), 1.3);
            report.figure(SERVICE + ", seconds", contest.seconds(SERVICE).spread());
            report.figure(RSYNC + ", seconds", contest.seconds(RSYNC).spread());
        } finally {
            CommandRun.of("rm", "-rf", mirror.toString()).orThrow();
        }
    }

    private static void fill(Path folder, int files) throws IOException {
        byte[] content = new byte[FILE_BYTES];
        new Random(1).nextBytes(content);
        for (int i = 0; i < files; i++) {
            Path part = folder.resolve("part-" + i / FILES_OF_A_FOLDER);
            if (i % FILES_OF_A_FOLDER == 0) {
                Files.createDirectories(part);
            }
            Files.write(part.resolve("image-%06d.png".formatted(i)), content);
        }
    }
}
