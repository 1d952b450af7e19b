package org.lifeos.backup.job;

import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.lifeos.backup.sql.Row;

/** How a row of table {@code job} becomes a {@link Job}. */
final class JobRows {
    /** The columns that {@link #job} and {@link #leased} read. */
    static final String COLUMNS =
            """
            job.id, job.type, job.state, job.target, job.requested_by, job.reason, job.attempt, job.max_attempts, \
            job.created_at, job.started_at, job.finished_at, job.progress, job.result, job.failure, job.worker, \
            job.position, job.request, job.claims, job.lease_token, job.file, job.cancel_requested_at is not null as cancel_requested\
            """;

    private JobRows() {}

    static Job job(Row row) throws SQLException {
        JobType type = type(row);
        String result = row.text("result");
        return new Job(
                row.uuid("id"),
                type,
                JobState.valueOf(row.text("state")),
                row.text("target"),
                row.text("requested_by"),
                row.text("reason"),
                row.integer("attempt"),
                row.integer("max_attempts"),
                row.instant("created_at"),
                row.instant("started_at"),
                row.instant("finished_at"),
                row.json("progress", Progress.class),
                result == null ? null : JobResult.read(type, result),
                row.json("failure", Failure.class),
                row.text("worker"));
    }

    static LeasedJob leased(Row row) throws SQLException {
        Job job = job(row);
        UUID token = row.uuid("lease_token");
        return new LeasedJob(
                job,
                row.text("request"),
                new Lease(job.id(), row.integer("claims"), token),
                row.text("file"),
                row.bool("cancel_requested"));
    }

    private static JobType type(Row row) throws SQLException {
        String code = row.text("type");
        return Optional.of(code)
                .flatMap(JobType::byCode)
                .orElseThrow(() ->
                        new IllegalStateException(
                                "a newer version recorded a job of type " + code));
    }
}
