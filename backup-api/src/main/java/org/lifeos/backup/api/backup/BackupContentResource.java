package org.lifeos.backup.api.backup;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.problem.ProblemCode;

/** The dumps themselves. */
@Path("/api/v1/backups/{id}/content")
@Tag(name = "Backups")
@Produces(MediaType.APPLICATION_OCTET_STREAM)
@RunOnVirtualThread
public class BackupContentResource {
    private final BackupFinder backups;
    private final Downloads downloads;

    BackupContentResource(BackupFinder backups, Downloads downloads) {
        this.backups = backups;
        this.downloads = downloads;
    }

    @GET
    @RequiresRole(Role.ADMIN)
    @RefusesWith(ProblemCode.RANGE_NOT_SATISFIABLE)
    @Operation(
            operationId = "downloadBackup",
            summary = "The dump itself; Range and If-None-Match work")
    @APIResponse(
            responseCode = "200",
            description = "The file",
            headers = @Header(name = "ETag", description = "The file's SHA-256, in quotes"),
            content = @Content(schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(
            responseCode = "206",
            description = "The part of the file that Range asks for",
            headers = @Header(name = "Content-Range", description = "Which part of how much"),
            content = @Content(schema = @Schema(type = SchemaType.STRING, format = "binary")))
    @APIResponse(responseCode = "304", description = "The caller has it already")
    public Response content(
            @PathParam("id") String id,
            @HeaderParam(HttpHeaders.IF_NONE_MATCH) String ifNoneMatch,
            @HeaderParam("If-Range") String ifRange,
            @HeaderParam("Range") String range) {
        return downloads.answer(backups.get(id), ifNoneMatch, ifRange, range);
    }
}
