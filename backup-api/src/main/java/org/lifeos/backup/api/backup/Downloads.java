package org.lifeos.backup.api.backup;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.jboss.resteasy.reactive.PathPart;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.catalog.Backup;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Hands out dumps. The entity tag is the SHA-256, so a file that was fetched in parts is whole when
 * its hash says so.
 */
@ApplicationScoped
public class Downloads {
    private final Path folder;

    Downloads(ApiSettings settings) {
        this.folder = settings.home().resolve("backups").resolve("postgres");
    }

    Response answer(Backup backup, String ifNoneMatch, String ifRange, String range) {
        String tag = '"' + backup.file().sha256() + '"';
        if (ifNoneMatch != null && (ifNoneMatch.equals("*") || ifNoneMatch.contains(tag))) {
            return Response.notModified().header(HttpHeaders.ETAG, tag).build();
        }
        Path file = file(backup);
        long size = backup.file().sizeBytes();
        boolean rangeHolds = ifRange == null || ifRange.equals(tag);
        Optional<ByteRange> part = rangeHolds ? ByteRange.of(range, size) : Optional.empty();
        Response.ResponseBuilder response =
                part.map(bytes ->
                                Response.status(Response.Status.PARTIAL_CONTENT)
                                        .header("Content-Range", bytes.contentRange(size))
                                        .entity(new PathPart(file, bytes.first(), bytes.length())))
                        .orElseGet(() -> Response.ok(new PathPart(file, 0, size)));
        return response.type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header(HttpHeaders.ETAG, tag)
                .header("Accept-Ranges", "bytes")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "attachment; filename=\"%s\"".formatted(shown(file)))
                .build();
    }

    /** A file that somebody else named may be called what no header can hold. */
    private static String shown(Path file) {
        return file.getFileName().toString().replaceAll("[^ !#-\\[\\]-~]", "_");
    }

    /**
     * The file as the catalogue knows it; a link, or one of another size, is not handed out under
     * its hash.
     */
    private Path file(Backup backup) {
        Path file = folder.resolve(backup.file().name());
        try {
            if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    && Files.size(file) == backup.file().sizeBytes()) {
                return file;
            }
        } catch (IOException e) {
            // said below: it cannot be handed out
        }
        throw new ProblemException(
                ProblemCode.NOT_FOUND,
                "The file of backup %s is not there as the catalogue knows it: %s."
                        .formatted(backup.id(), backup.file().name()));
    }
}
