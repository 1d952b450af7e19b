package org.lifeos.backup.api.ollama;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.ExampleObject;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.lifeos.backup.access.Role;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.access.RequiresRole;
import org.lifeos.backup.api.contract.RefusesWith;
import org.lifeos.backup.api.contract.StartsJob;
import org.lifeos.backup.api.job.JobDesk;
import org.lifeos.backup.api.request.Rendering;
import org.lifeos.backup.api.request.RequestBodies;
import org.lifeos.backup.job.JobType;
import org.lifeos.backup.job.OllamaManifestRequest;
import org.lifeos.backup.ollama.ManifestFolder;
import org.lifeos.backup.ollama.OllamaManifest;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** The models of Ollama: the list of them that is saved, and pulling them again. */
@Path("/api/v1/ollama")
@Tag(name = "Ollama")
@RunOnVirtualThread
public class OllamaResource {
    private final ManifestFolder folder;
    private final RequestBodies bodies;
    private final JobDesk desk;

    OllamaResource(ApiSettings settings, RequestBodies bodies, JobDesk desk) {
        this.folder = ManifestFolder.in(settings.home());
        this.bodies = bodies;
        this.desk = desk;
    }

    /** What {@code POST /ollama/manifests} takes: nothing. */
    @Schema(name = "OllamaManifestRequest")
    public record OllamaManifestBody() {}

    /** A manifest with its text, of which a caller gets one. */
    private record Written(String text, ManifestView view) {}

    @GET
    @Path("/manifest")
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.VIEWER)
    @RefusesWith({ProblemCode.NOT_CHECKED_YET, ProblemCode.OLLAMA_MANIFEST_MISSING})
    @Operation(
            operationId = "getOllamaManifest",
            summary = "The models that were saved last",
            description = "As text it is the file as it was written.")
    @APIResponse(
            responseCode = "200",
            description = "The manifest",
            content = @Content(schema = @Schema(implementation = ManifestView.class)))
    public Response manifest(@Context HttpHeaders headers) {
        try {
            String text =
                    folder.text(OllamaManifest.FILE)
                            .orElseThrow(() ->
                                    new ProblemException(
                                            ProblemCode.NOT_CHECKED_YET,
                                            "No manifest of Ollama's models was saved yet."));
            List<String> kept = folder.kept();
            Written written = new Written(text, ManifestView.of(OllamaManifest.read(text), kept));
            Rendering rendering = Rendering.accepted(headers);
            return rendering == Rendering.TEXT
                    ? rendering.of(200, written, Written::text).build()
                    : rendering.of(200, written.view(), ManifestView::toString).build();
        } catch (IOException e) {
            throw new ProblemException(
                    ProblemCode.OLLAMA_MANIFEST_MISSING,
                    "%s cannot be read: %s"
                            .formatted(folder.path().resolve(OllamaManifest.FILE), e.getMessage()),
                    e);
        }
    }

    @POST
    @Path("/manifests")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.OPERATOR)
    @StartsJob(JobType.OLLAMA_MANIFEST)
    @Operation(
            operationId = "saveOllamaManifest",
            summary = "Save the list of Ollama's models",
            description =
                    "Writes LIFEOS_HOME/data/ollama_models_manifest.txt, in the form of the old script. A list that may be"
                            + " wrong, or the rest after a re-pull that left models missing, replaces nothing.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = OllamaManifestBody.class),
                            examples = @ExampleObject(name = "save it", value = "{}")))
    public Response save(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<OllamaManifestBody> read =
                bodies.read(body, contentType, OllamaManifestBody.class);
        return desk.start(new OllamaManifestRequest(), null, read.canonical());
    }

    @POST
    @Path("/restores")
    @Consumes(MediaType.WILDCARD)
    @Produces({MediaType.APPLICATION_JSON, MediaType.TEXT_PLAIN})
    @RequiresRole(Role.ADMIN)
    @StartsJob(JobType.OLLAMA_RESTORE)
    @Operation(
            operationId = "restoreOllamaModels",
            summary = "Pull the models of the manifest again",
            description =
                    "One after the other; what is there as it was saved is left alone. The result tells the outcome of each"
                            + " model. The job fails only when it had to stop: the disk is full, the server is gone.")
    @RequestBody(
            required = false,
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = OllamaRestoreBody.class),
                            examples =
                                    @ExampleObject(name = "dry run", value = "{\"dryRun\": true}")))
    public Response restore(
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType, InputStream body) {
        RequestBodies.Body<OllamaRestoreBody> read =
                bodies.read(body, contentType, OllamaRestoreBody.class);
        return desk.start(read.value().toRequest(), null, read.canonical());
    }
}
