package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/** What a fault has left behind: files, databases, rows; and whether all of it is whole. */
final class Remains {
    private static final Duration AT_ONCE = Duration.ofSeconds(8);
    private static final Duration SOON = Duration.ofSeconds(30);

    /** A marker and rows that must fit together. */
    private static final String QUESTION =
            """
            select case when content = 'current' and (select max(n) from public.noise where n < 0) = -1 then 'current'
                        when content = 'backed up' and not exists (select from public.noise where n < 0) then 'backed up'
                        else 'a mixture' end
            from public.marker
            """;

    private final FaultScene scene;
    private final Stack stack;
    private final PostgresServer target;
    private final String backup;
    private final Runnable startAll;

    /**
     * @param backup that stays
     * @param startAll starts again what has ended
     */
    Remains(FaultScene scene, PostgresServer target, String backup, Runnable startAll) {
        this.scene = scene;
        this.stack = scene.stack();
        this.target = target;
        this.backup = backup;
        this.startAll = startAll;
    }

    /**
     * @param accepted how many calls were, each of which has its audit row
     * @throws AssertionError when anything is lost
     */
    void nothingIsLost(String what, String id, JsonPath job, boolean restore, int accepted) {
        boolean succeeded = job.getString("state").equals("SUCCEEDED");
        String content = target.rows(stack.targetDatabase(), QUESTION).getFirst().getFirst();
        assertThat(content)
                .as(what)
                .isEqualTo(restore && succeeded ? FaultyDays.BACKED_UP : FaultyDays.CURRENT);
        nothingOutlivesTheNextStart();
        List<Path> dumps =
                Stack.filesIn(stack.backupFolder()).stream()
                        .filter(file -> file.endsWith(".sql.gz"))
                        .map(stack.backupFolder()::resolve)
                        .toList();
        dumps.forEach(dump -> isWhole(what, dump));
        if (!restore) {
            assertThat(scene.dumpsOf(id)).as(what).hasSize(succeeded ? 1 : 0);
        }
        assertThat(scene.rows("select file_name from backup where state = 'AVAILABLE'"))
                .as("%s: the catalogue", what)
                .hasSameSizeAs(dumps);
        assertThat(scene.rows("select 1 from audit where job_id is not null"))
                .as("%s: the audit", what)
                .hasSize(accepted);
        assertThat(
                        scene.rows(
                                """
                                select id from job
                                where requested_by = 'schedule:%s'
                                  and not exists (select from schedule_run where job_id = job.id)
                                """
                                        .formatted(FaultyDays.EACH_MINUTE)))
                .as("%s: runs of the schedule that nothing was due for", what)
                .isEmpty();
        forgetOthers();
    }

    /** Else each look would take longer than the one before. */
    private void forgetOthers() {
        for (List<String> row :
                scene.rows("select id, file_name from backup where id <> '%s'".formatted(backup))) {
            for (String suffix : List.of("", ".manifest.json", ".sha256", ".roles.sql")) {
                FaultyDisk.delete(stack.backupFolder().resolve(row.getLast() + suffix));
            }
            scene.rows(
                    "with gone as (delete from backup where id = '%s' returning 1) select count(*) from gone"
                            .formatted(row.getFirst()));
        }
    }

    /** As a reader without the service finds out: its checksum file, and its end marker. */
    private static void isWhole(String what, Path dump) {
        try {
            assertThat(dump.resolveSibling(dump.getFileName() + ".sha256"))
                    .as(what)
                    .content()
                    .startsWith(Aftermath.sha256(dump));
            assertThat(dump.resolveSibling(dump.getFileName() + ".manifest.json"))
                    .as(what)
                    .content()
                    .contains(Aftermath.sha256(dump));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(Aftermath.content(dump).endMarker()).as("%s: %s", what, dump).isTrue();
    }

    /** What an attempt could not remove, as on a disk that was read-only, the next worker does. */
    private void nothingOutlivesTheNextStart() {
        try {
            Eventually.eventually(AT_ONCE, this::unfinished, List::isEmpty);
        } catch (AssertionError left) {
            scene.livingWorkers().getFirst().process().terminate();
            startAll.run();
            Eventually.eventually(SOON, this::unfinished, List::isEmpty);
        }
    }

    /** Partial files, side databases and jobs that have not ended. */
    private List<String> unfinished() {
        return Stream.of(
                        Stack.filesIn(stack.backupFolder()).stream()
                                .filter(file ->
                                        Path.of(file).getFileName().toString().startsWith(".")),
                        target
                                .rows(
                                        "postgres",
                                        "select datname from pg_database where datname like 'lifeos\\_restore\\_%'")
                                .stream()
                                .map(List::getFirst),
                        scene.rows("select id from job where finished_at is null").stream()
                                .map(List::getFirst))
                .flatMap(names -> names)
                .toList();
    }
}
