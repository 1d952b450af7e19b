package org.lifeos.backup.api.backup;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.api.request.Page;
import org.lifeos.backup.api.request.Rendering;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.catalog.BackupKind;
import org.lifeos.backup.catalog.BackupState;
import org.lifeos.backup.catalog.Catalogue;
import org.lifeos.backup.job.BackupDeletionRequest;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.ManifestUpdateRequest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.sql.Database;
import org.lifeos.backup.target.RetentionPolicy;
import org.lifeos.backup.target.TargetNames;

/** The backups: taking one, and finding those that are there. */
@Path("/api/v1/backups")
@Tag(name = "Backups")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class BackupResource {
    private static final String LIST = "backups";

    /** Later ones are no instants to the database. */
    private static final Instant LAST_SNAPSHOT = Instant.parse("9999-12-31T00:00:00Z");

    private final Catalogue catalogue;
    private final BackupFinder backups;
    private final JobDesk desk;
    private final TargetNames targets;
    private final RequestBodies bodies;
    private final Database database;
    private final Call call;
    private final RetentionPolicy policy;

    BackupResource(
            Catalogue catalogue,
            BackupFinder backups,
            JobDesk desk,
            TargetNames targets,
            RequestBodies bodies,
            Database database,
            Call call,
            ApiSettings settings) {
        this.catalogue = catalogue;
        this.backups = backups;
        this.desk = desk;
        this.targets = targets;
        this.bodies = bodies;
        this.database = database;
        this.call = call;
        this.policy = settings.retention();
    }

    @POST
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.POSTGRES_BACKUP)
    @RefusesWith(ProblemCode.UNKNOWN_TARGET)
    @Operation(
            operationId = "createBackup",
            summary = "Take a backup",
            description =
                    "Records a job and answers 202. With 'Prefer: wait=SECONDS' the answer waits: 200 is then a finished"
                            + " success, everything else a problem, so that 'curl --fail' is a safe gate.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = BackupBody.class),
                            examples =
                                    @ExampleObject(
                                            name = "before a migration",
                                            value =
                                                    "{\"label\": \"before-42\", \"reason\": \"before migration 42\"}")))
    public Response create(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<BackupBody> request = bodies.read(body, contentType, BackupBody.class);
        return desk.start(
                request.value().toRequest(targets, BackupKind.MANUAL),
                request.value().reason(),
                request.canonical());
    }

    @GET
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "listBackups", summary = "The backups, newest first")
    @APIResponse(
            responseCode = "200",
            description = "A page of backups",
            content = @Content(schema = @Schema(implementation = BackupPage.class)))
    public Response list(
            @QueryParam("target") String target,
            @Parameter(schema = @Schema(implementation = BackupKind.class)) @QueryParam("kind")
                    String kind,
            @Parameter(schema = @Schema(implementation = BackupState.class)) @QueryParam("state")
                    String state,
            @QueryParam("limit") String limit,
            @QueryParam("cursor") String cursor,
            @Context HttpHeaders headers) {
        int most = Page.limit(limit);
        Catalogue.Query query =
                new Catalogue.Query(
                        Fields.targetParameter(target),
                        Fields.parameter("kind", kind, BackupKind.values(), BackupKind::code),
                        Fields.parameter("state", state, BackupState.values(), BackupState::name),
                        Page.place(LIST, cursor, BackupResource::place),
                        most + 1);
        Page<Backup> page =
                Page.of(
                        LIST,
                        catalogue.list(query),
                        most,
                        backup -> backup.snapshotAt() + " " + backup.id(),
                        backup -> backup.under(policy));
        return Rendering.accepted(headers).of(200, page, BackupText::of).build();
    }

    /** The shape of the list in the OpenAPI document. */
    @Schema(name = "BackupPage")
    public record BackupPage(List<Backup> items, String nextCursor) {}

    private static Catalogue.Place place(String text) {
        String[] parts = text.split(" ", 2);
        Instant snapshotAt = Instant.parse(parts[0]);
        if (snapshotAt.isBefore(Instant.EPOCH) || snapshotAt.isAfter(LAST_SNAPSHOT)) {
            throw new DateTimeException("no backup was taken then");
        }
        return new Catalogue.Place(snapshotAt, UUID.fromString(parts[1]));
    }

    @GET
    @Path("/latest")
    @RequiresRole(Role.VIEWER)
    @RefusesWith(ProblemCode.NOT_FOUND)
    @Operation(
            operationId = "getLatestBackup",
            summary = "The newest good backup of a target",
            description = "By its snapshot; never a safety backup.")
    @APIResponse(
            responseCode = "200",
            description = "The backup",
            content = @Content(schema = @Schema(implementation = Backup.class)))
    public Backup latest(@QueryParam("target") String target) {
        String name = target == null ? TargetNames.DEFAULT : Fields.targetParameter(target);
        return backups.latest(name).under(policy);
    }

    @GET
    @Path("/{id}")
    @RequiresRole(Role.VIEWER)
    @Operation(operationId = "getBackup", summary = "One backup, with what it holds of each table")
    @APIResponse(
            responseCode = "200",
            description = "The backup",
            content = @Content(schema = @Schema(implementation = Backup.class)))
    public Backup get(@PathParam("id") String id) {
        return Fields.uuid(id)
                .flatMap(catalogue::find)
                .map(backup -> backup.under(policy))
                .orElseThrow(() -> BackupFinder.none(id));
    }

    @PATCH
    @Path("/{id}")
    @Consumes(MediaType.WILDCARD)
    @RequiresRole(Role.OPERATOR)
    @Operation(
            operationId = "describeBackup",
            summary = "Pin or unpin a backup, or change its reason")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = DescribeBody.class),
                            examples = @ExampleObject(name = "pin", value = "{\"pinned\": true}")))
    @APIResponse(
            responseCode = "200",
            description = "The backup as it now is; a worker rewrites its manifest",
            content = @Content(schema = @Schema(implementation = Backup.class)))
    public Backup describe(
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            InputStream body) {
        DescribeBody change = bodies.read(body, contentType, DescribeBody.class).value();
        Backup backup = backups.get(id);
        database.inTransaction(session -> {
            catalogue.describe(session, backup.id(), change.pinned(), change.reason());
            desk.follow(session, new ManifestUpdateRequest(backup.id(), backup.target()), 200);
            return null;
        });
        call.audited();
        return backups.get(id).under(policy);
    }

    @DELETE
    @Path("/{id}")
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.BACKUP_DELETION)
    @RefusesWith({ProblemCode.LAST_GOOD_BACKUP, ProblemCode.PINNED, ProblemCode.IN_USE})
    @Operation(
            operationId = "deleteBackup",
            summary = "Remove a backup",
            description =
                    "Refused for the last good backup of a target, a pinned one, and one that a job needs.")
    public Response delete(@PathParam("id") String id) {
        Backup backup = backups.get(id);
        return desk.start(
                new BackupDeletionRequest(backup.id(), backup.target()),
                null,
                "{}",
                session -> {
                    Backup locked = catalogue.lock(session, backup.id()).orElseThrow();
                    catalogue.requireRemovable(session, locked, null);
                });
    }
}
