package org.lifeos.backup.worker.tool;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.lifeos.backup.worker.job.Attempt;

/** The calls of rsync (its manual page, version 3). Names go in and out as bytes. */
public final class RsyncTool {
    /** Times of a share are as coarse as those of FAT. */
    public static final Duration SAME_TIME_WINDOW = Duration.ofSeconds(2);

    private static final String SAME_TIME = "--modify-window=" + SAME_TIME_WINDOW.toSeconds();

    private static final String OUTPUT = "--out-format=%i %l %n";

    private RsyncTool() {}

    /**
     * Tells what a copy would change, a line each: what would happen as {@code --itemize-changes}
     * writes it, the size, and the name with unprintable bytes as {@code \#ooo}.
     *
     * @param options what else decides about it
     */
    public static ToolProcess plan(Attempt attempt, Path from, Path to, List<String> options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "rsync",
                                "--recursive",
                                "--links",
                                "--perms",
                                "--times",
                                SAME_TIME,
                                "--dry-run",
                                // without it a folder in the way is a failure, and the plan not
                                // whole
                                "--force",
                                "--info=skip1",
                                OUTPUT));
        command.addAll(options);
        command.addAll(List.of("--", inside(from), inside(to)));
        return ToolProcess.start(attempt, command, ToolEnvironment.plain());
    }

    /**
     * As {@link #plan}, of names, kinds, sizes and times alone: owners and modes are a share's own.
     */
    public static ToolProcess compare(Attempt attempt, Path from, Path to, List<String> options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "rsync",
                                "--recursive",
                                "--links",
                                "--times",
                                SAME_TIME,
                                "--dry-run",
                                "--force",
                                OUTPUT));
        command.addAll(options);
        command.addAll(List.of("--", inside(from), inside(to)));
        return ToolProcess.start(attempt, command, ToolEnvironment.plain());
    }

    /**
     * Copies the names that come by standard input, each ended by NUL, and tells how many bytes it
     * has copied.
     *
     * @param unfinished an empty folder beside the files, for those that are not whole yet
     */
    public static ToolProcess copy(
            Attempt attempt, Path from, Path to, Path unfinished, List<String> options) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "rsync",
                                "--links",
                                "--perms",
                                "--times",
                                SAME_TIME,
                                "--from0",
                                "--files-from=-",
                                "--temp-dir=" + unfinished,
                                "--fsync",
                                "--no-human-readable",
                                "--info=progress2,flist0"));
        command.addAll(options);
        command.addAll(List.of("--", inside(from), inside(to)));
        return ToolProcess.start(attempt, command, ToolEnvironment.plain());
    }

    /** The slash means what is in the folder; an absolute path is no option and no host. */
    private static String inside(Path folder) {
        return folder.toAbsolutePath() + "/";
    }
}
