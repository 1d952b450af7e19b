package org.lifeos.backup.worker.swap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupManifest;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.catalog.DumpFile;
import org.lifeos.backup.job.JobLog;
import org.lifeos.backup.job.JobQueue;
import org.lifeos.backup.job.JobState;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.Lease;
import org.lifeos.backup.job.LeasedJob;
import org.lifeos.backup.job.RestoreMode;
import org.lifeos.backup.job.RestoreRequest;
import org.lifeos.backup.job.RestoreResult;
import org.lifeos.backup.job.Submission;
import org.lifeos.backup.json.UuidV7;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.problem.Redaction;
import org.lifeos.backup.testing.FreePorts;
import org.lifeos.backup.testing.PostgresServer;
import org.lifeos.backup.testing.QueueBench;
import org.lifeos.backup.testing.SampleManifest;
import org.lifeos.backup.worker.backup.BackupTaker;
import org.lifeos.backup.worker.job.Attempt;
import org.lifeos.backup.worker.job.OutcomeUnknownException;
import org.lifeos.backup.worker.restore.SideDatabaseCleaner;
import org.lifeos.backup.worker.restore.SideDatabases;
import org.lifeos.backup.worker.storage.BackupFolder;
import org.lifeos.backup.worker.target.Target;
import org.lifeos.backup.worker.target.Targets;

/** Restores whose worker died, step by step. */
@Timeout(60)
class RestoreHandlerTest {
    private static final PostgresServer SERVER = PostgresServer.shared();
    private static final Set<JobType> RESTORES = EnumSet.of(JobType.POSTGRES_RESTORE);
    private static final String NAME = "handled copy";

    @AutoClose private static final QueueBench BENCH = QueueBench.create();

    private final Target target =
            new Target(
                    "lifeos",
                    SERVER.host(),
                    SERVER.port(),
                    "postgres",
                    SERVER.superuser(),
                    SERVER.password());
    private final JobQueue lost = BENCH.queue("lost");
    private final JobQueue queue = BENCH.queue("ada");
    private final Catalogue catalogue = new Catalogue(BENCH.database());

    @TempDir private Path home;

    @BeforeEach
    void emptyQueue() {
        BENCH.service().clear();
    }

    @AfterEach
    void dropAll() {
        databases().forEach(SERVER::dropDatabase);
    }

    @Test
    void databaseThatALostAttemptPublishedIsAdopted() throws Exception {
        UUID id = submit();
        LeasedJob died = claim(lost);
        publishFor(died);
        // the rename held, the word of it in the service's database did not
        BENCH.expireLease(id);

        LeasedJob reaped = queue.reap(RESTORES).orElseThrow();
        handler().cleanUp(attempt(reaped, queue));

        assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        RestoreResult result = (RestoreResult) BENCH.job(id).result();
        assertThat(result.database()).isEqualTo(NAME);
        assertThat(databases()).containsExactly(NAME);
    }

    @Test
    void sideDatabasesOfALostAttemptAreRemovedAndThoseOfOthersStay() throws Exception {
        UUID id = submit();
        LeasedJob died = claim(lost);
        SideDatabases sides = new SideDatabases(target, id);
        sides.create(SideDatabases.nameFor(died.lease()));
        String others = SideDatabases.nameFor(new Lease(UUID.randomUUID(), 1, UUID.randomUUID()));
        sides.create(others);
        BENCH.expireLease(id);

        LeasedJob reaped = queue.reap(RESTORES).orElseThrow();

        assertThat(handler().cleanUp(attempt(reaped, queue))).isFalse();
        assertThat(databases()).containsExactly(others);
    }

    @Test
    void databaseOfTheNameThatSomebodyElseMadeIsNeitherAdoptedNorDiscarded() {
        UUID id = submit();
        LeasedJob job = claim(queue);
        SERVER.createDatabase(NAME);

        ProblemException problem =
                catchThrowableOfType(
                        ProblemException.class, () -> handler().run(attempt(job, queue)));
        handler().discard(job);

        assertThat(problem.code()).isEqualTo(ProblemCode.DATABASE_EXISTS);
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(databases()).containsExactly(NAME);
    }

    @Test
    void discardedJobLeavesNoDatabaseOfItsOwn() throws Exception {
        submit();
        LeasedJob job = claim(queue);
        publishFor(job);
        new SideDatabases(target, job.job().id()).create(SideDatabases.nameFor(job.lease()));

        handler().discard(job);

        assertThat(databases()).isEmpty();
    }

    @Test
    void swapThatCannotBeAskedAboutIsLeftForALaterLook() throws Exception {
        UUID id = submit(RestoreMode.SWAP, "postgres");
        claim(lost);
        BENCH.cancel(id, "somebody");
        BENCH.expireLease(id);
        LeasedJob reaped = queue.reap(RESTORES).orElseThrow();
        Target away = new Target("lifeos", "127.0.0.1", FreePorts.next(), "postgres", "ada", null);

        assertThatThrownBy(() -> handler(away).cleanUp(attempt(reaped, queue)))
                .isInstanceOf(OutcomeUnknownException.class)
                .hasMessageContaining("not known");
        assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);

        assertThat(handler().cleanUp(attempt(reaped, queue))).isFalse();
    }

    @Test
    void swapThatCameAboutIsNeverDiscardedAndTheReaperSaysSo() throws Exception {
        UUID id = submit(RestoreMode.SWAP, "postgres");
        LeasedJob job = claim(queue);
        SERVER.execute(
                "postgres",
                "COMMENT ON DATABASE postgres IS 'restored by life-os backup, job %s'"
                        .formatted(id));
        try {
            assertThatThrownBy(() -> queue.cancelled(job.lease(), () -> handler().discard(job)))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(BENCH.job(id).state()).isEqualTo(JobState.RUNNING);

            BENCH.expireLease(id);
            handler().cleanUp(attempt(queue.reap(RESTORES).orElseThrow(), queue));
            assertThat(BENCH.job(id).state()).isEqualTo(JobState.SUCCEEDED);
        } finally {
            SERVER.execute("postgres", "COMMENT ON DATABASE postgres IS NULL");
        }
    }

    @Test
    void workerThatStartsRemovesWhatIsLeftOfAttemptsThatAreOver() throws Exception {
        UUID id = submit();
        LeasedJob job = claim(queue);
        SideDatabases sides = new SideDatabases(target, id);
        String mine = SideDatabases.nameFor(job.lease());
        UUID strange = UuidV7.next(InstantSource.system());
        UUID old = UuidV7.next(InstantSource.fixed(Instant.now().minusSeconds(3 * 86_400)));
        String ofStrange = SideDatabases.nameFor(new Lease(strange, 1, UUID.randomUUID()));
        for (String name :
                List.of(
                        mine,
                        ofStrange,
                        SideDatabases.nameFor(new Lease(old, 1, UUID.randomUUID())))) {
            sides.create(name);
        }

        handler().cleanLeftovers(queue::mayBeAtWork);
        assertThat(databases()).containsExactlyInAnyOrder(mine, ofStrange);

        handler().cleanLeftovers((_, _) -> false);
        assertThat(databases()).containsExactly(ofStrange);
    }

    private void publishFor(LeasedJob job) throws Exception {
        SideDatabases sides = new SideDatabases(target, job.job().id());
        String side = SideDatabases.nameFor(job.lease());
        sides.create(side);
        sides.publish(side, NAME);
    }

    private RestoreHandler handler() {
        return handler(target);
    }

    private RestoreHandler handler(Target asked) {
        Targets targets = new Targets(Map.of("lifeos", asked));
        BackupFolder folder = new BackupFolder(home);
        long largest = 1L << 30;
        return new RestoreHandler(
                targets,
                folder,
                catalogue,
                new SideDatabaseCleaner(targets, queue),
                new BackupTaker(
                        folder,
                        catalogue,
                        queue,
                        InstantSource.system(),
                        ZoneOffset.UTC,
                        largest,
                        0),
                largest);
    }

    private static Attempt attempt(LeasedJob job, JobQueue queue) {
        return new Attempt(job, queue, new JobLog(BENCH.database()), new Redaction(List.of()));
    }

    private static LeasedJob claim(JobQueue by) {
        return by.claim(RESTORES).orElseThrow();
    }

    private UUID submit() {
        return submit(RestoreMode.NEW_DATABASE, NAME);
    }

    private UUID submit(RestoreMode mode, String database) {
        BackupManifest manifest =
                SampleManifest.of(
                        UUID.randomUUID(),
                        "lifeos",
                        BackupKind.MANUAL,
                        new DumpFile("manual_%s.sql.gz".formatted(UUID.randomUUID()), 6, "ab"),
                        queue.now());
        Submission submission =
                new Submission(
                        UuidV7.next(InstantSource.system()),
                        new RestoreRequest(manifest.backupId(), "lifeos", mode, database, false),
                        "ci-token",
                        null);
        return BENCH.database()
                .inTransaction(session -> {
                    catalogue.add(session, manifest);
                    return BENCH.jobs().submit(session, submission);
                })
                .id();
    }

    private static List<String> databases() {
        return SERVER
                .rows(
                        "postgres",
                        "SELECT datname FROM pg_database WHERE datname LIKE 'lifeos\\_restore\\_%' OR datname LIKE 'handled %' ORDER BY 1")
                .stream()
                .map(List::getFirst)
                .toList();
    }
}
