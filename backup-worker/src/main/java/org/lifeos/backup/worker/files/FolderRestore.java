package org.lifeos.backup.worker.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.lifeos.backup.files.SyncedFolders;
import org.lifeos.backup.job.FileConflict;
import org.lifeos.backup.job.FilesRestoreResult;
import org.lifeos.backup.job.FilesRestoreResult.Folder;
import org.lifeos.backup.job.Progress;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.tool.RsyncTool;
import org.lifeos.backup.worker.tool.ToolProcess;

/**
 * Copies folders from the mirror to where they belong. First it is planned, then exactly the plan
 * is copied, then it is looked whether anything is missing still. Nothing is ever removed, nothing
 * is written outside of the folders, and a file has its name only when it is whole; what was copied
 * when it broke off is not copied again.
 */
public final class FolderRestore {
    private static final int NAMED = 3;
    private static final long SPARE_BYTES = 64L << 20;

    private final Attempt attempt;
    private final Mirror mirror;
    private final Path home;
    private long doneBytes;
    private long totalBytes;

    /**
     * @param mirror holds the folders
     * @param home gets them; it need not be LIFEOS_HOME
     */
    public FolderRestore(Attempt attempt, Path mirror, Path home) {
        this.attempt = attempt;
        this.mirror = new Mirror(mirror);
        this.home = home;
    }

    /**
     * A folder, from where to where, with what is to be copied; no plan where the mirror has none.
     */
    private record Job(String name, Path from, Path to, Optional<CopyPlan> plan) {}

    /**
     * @param names of synced folders; empty for all
     * @throws ProblemException when the mirror cannot be read, a folder is a link, the disk has no
     *     room or something could not be copied; what was copied then stays, and what can be copied
     *     of other folders is
     */
    public FilesRestoreResult run(List<String> names, FileConflict conflict, boolean dryRun) {
        mirror.requireUsable(home);
        List<Job> jobs = new ArrayList<>();
        for (String name : names.isEmpty() ? SyncedFolders.NAMES : names) {
            attempt.phase("plan", name);
            jobs.add(plan(name, conflict));
        }
        FilesRestoreResult planned =
                FilesRestoreResult.of(jobs.stream().map(FolderRestore::result).toList(), dryRun);
        if (dryRun) {
            jobs.forEach(FolderRestore::requireAllRead);
        } else {
            totalBytes = planned.bytes();
            requireSpace();
            copyAll(jobs, conflict);
        }
        return planned;
    }

    /** What cannot be copied of one folder keeps no other from coming back. */
    private void copyAll(List<Job> jobs, FileConflict conflict) {
        List<String> failures = new ArrayList<>();
        for (Job job : jobs) {
            try {
                copy(job, conflict);
            } catch (ProblemException e) {
                if (e.code() != ProblemCode.FILES_COPY_FAILED) {
                    throw e;
                }
                attempt.log(e.detail());
                failures.add(e.detail());
            }
        }
        if (!failures.isEmpty()) {
            throw new ProblemException(ProblemCode.FILES_COPY_FAILED, String.join(" ", failures));
        }
    }

    private static void requireAllRead(Job job) {
        job.plan().ifPresent(plan -> plan.requireAllRead(job.name()));
    }

    private Job plan(String name, FileConflict conflict) {
        Path to = destination(name);
        Optional<Path> from = mirror.folder(name);
        return new Job(
                name,
                from.orElse(null),
                to,
                from.map(path -> CopyPlan.of(attempt, path, to, conflict, options(name))));
    }

    /** What is left to be copied. */
    private CopyPlan plan(Job job, FileConflict conflict) {
        return CopyPlan.of(attempt, job.from(), job.to(), conflict, options(job.name()));
    }

    /** Dumps hold everything, whatever the mirror's modes are. */
    private static List<String> options(String name) {
        return name.equals(SyncedFolders.BACKUPS) ? List.of("--chmod=D700,F600") : List.of();
    }

    /**
     * @throws ProblemException when a part of its path is a link or no folder
     */
    private Path destination(String name) {
        Path folder = home;
        for (Path part : Path.of(name)) {
            folder = folder.resolve(part);
            if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new ProblemException(
                        ProblemCode.FOLDER_NOT_WRITABLE,
                        "%s is a link or a file; folders are restored into folders."
                                .formatted(folder));
            }
        }
        return folder;
    }

    private static Folder result(Job job) {
        return new Folder(
                job.name(),
                job.plan().isPresent(),
                job.plan().map(CopyPlan::files).orElse(0L),
                job.plan().map(CopyPlan::bytes).orElse(0L),
                job.plan().map(CopyPlan::keptNewer).orElse(0L));
    }

    private void requireSpace() {
        try {
            long free = Files.getFileStore(home).getUsableSpace();
            if (totalBytes > 0 && free < totalBytes + SPARE_BYTES) {
                throw new ProblemException(
                        ProblemCode.DISK_FULL,
                        "%s has %,d bytes free, the files need %,d."
                                .formatted(home, free, totalBytes));
            }
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be looked at: %s".formatted(home, e.getMessage()),
                    e);
        }
    }

    private void copy(Job job, FileConflict conflict) {
        if (job.plan().filter(plan -> !plan.items().isEmpty()).isEmpty()) {
            requireAllRead(job);
            return;
        }
        make(job.to());
        attempt.phase("copy", job.name());
        Path unfinished = UnfinishedFiles.in(job.to(), attempt.lease());
        try {
            if (job.name().equals(SyncedFolders.BACKUPS)) {
                copyBackups(job, conflict, unfinished);
            } else {
                copy(job, conflict, unfinished, _ -> true);
            }
        } finally {
            FolderRemoval.remove(unfinished);
        }
        requireWhole(job, conflict);
    }

    /**
     * A dump's name is the sign that all that belongs to it is there: dumps come last, and one of
     * which something could not be copied does not come.
     */
    private void copyBackups(Job job, FileConflict conflict, Path unfinished) {
        Optional<ProblemException> failure = Optional.empty();
        try {
            copy(job, conflict, unfinished, item -> !isDump(item));
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.FILES_COPY_FAILED) {
                throw e;
            }
            attempt.log(e.detail());
            failure = Optional.of(e);
        }
        List<String> lacking = lackingBesideDumps(job, conflict);
        copy(job, conflict, unfinished, item -> isDump(item) && !lacksOne(item.text(), lacking));
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private static boolean lacksOne(String dump, List<String> lacking) {
        return lacking.stream().anyMatch(file -> file.startsWith(dump + "."));
    }

    /**
     * What is not as the mirror now has it, and what should have come and is not there: the mirror
     * may have lost it, or be away by now.
     */
    private List<String> lackingBesideDumps(Job job, FileConflict conflict) {
        List<String> lacking = new ArrayList<>(plan(job, conflict).names());
        job.plan().orElseThrow().items().stream()
                .filter(item -> !isDump(item))
                .filter(item -> !Files.exists(item.in(job.to()), LinkOption.NOFOLLOW_LINKS))
                .map(PlannedCopy::text)
                .forEach(lacking::add);
        return lacking;
    }

    private static boolean isDump(PlannedCopy item) {
        return item.text().endsWith(".sql.gz") || item.text().endsWith(".dump");
    }

    private static void make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE, "%s is no folder.".formatted(folder), e);
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.FOLDER_NOT_WRITABLE,
                    "%s cannot be made: %s".formatted(folder, e.getMessage()),
                    e);
        }
    }

    private void copy(
            Job job, FileConflict conflict, Path unfinished, Predicate<PlannedCopy> which) {
        List<PlannedCopy> items = job.plan().orElseThrow().items().stream().filter(which).toList();
        if (items.isEmpty()) {
            return;
        }
        List<String> options = new ArrayList<>(options(job.name()));
        if (conflict == FileConflict.KEEP_NEWER) {
            options.add("--update");
        }
        try (ToolProcess rsync =
                RsyncTool.copy(attempt, job.from(), job.to(), unfinished, options)) {
            Thread names = Thread.ofVirtual().start(() -> hand(items, rsync));
            follow(job.name(), rsync);
            int exitCode = rsync.await();
            names.join();
            CopyFailure.checkCopy(attempt, rsync, exitCode);
        } catch (IOException e) {
            throw CopyFailure.of(attempt, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while copying " + job.name(), e);
        }
    }

    /** rsync that ends early says itself why. */
    private static void hand(List<PlannedCopy> items, ToolProcess rsync) {
        try (OutputStream input = rsync.input()) {
            for (PlannedCopy item : items) {
                input.write(item.name());
                input.write(0);
            }
        } catch (IOException e) {
            // its exit code tells
        }
    }

    /** It writes {@code BYTES PERCENT% SPEED TIME} again and again over one line. */
    private void follow(String folder, ToolProcess rsync) throws IOException {
        InputStream output = rsync.output();
        long before = doneBytes;
        long number = 0;
        boolean reading = true;
        int c;
        while ((c = output.read()) >= 0) {
            if (c == '\r' || c == '\n') {
                number = 0;
                reading = true;
            } else if (reading && c >= '0' && c <= '9') {
                number = 10 * number + c - '0';
            } else if (reading && c == ' ' && number > 0) {
                reading = false;
                doneBytes = before + number;
                attempt.progress(progress(folder));
            } else if (c != ' ') {
                reading = false;
            }
        }
    }

    private Progress progress(String folder) {
        return new Progress(
                "copy",
                doneBytes,
                totalBytes,
                totalBytes == 0 ? null : (int) Math.min(100, 100 * doneBytes / totalBytes),
                folder);
    }

    private void requireWhole(Job job, FileConflict conflict) {
        attempt.phase("compare", job.name());
        CopyPlan left = plan(job, conflict);
        left.requireAllRead(job.name());
        List<String> missing = left.names();
        if (!missing.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.FILES_COPY_FAILED,
                    "%d files of %s are not as in the mirror, for example %s."
                            .formatted(
                                    missing.size(),
                                    job.name(),
                                    String.join(
                                            ", ",
                                            missing.subList(0, Math.min(NAMED, missing.size())))));
        }
    }
}
