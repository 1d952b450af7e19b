package org.lifeos.backup.api.contract;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.smallrye.openapi.runtime.io.Format;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.EnumMap;
import java.util.Map;

/**
 * Answers with the OpenAPI document out of one piece of memory that all answers share. The
 * framework makes a copy for each; the document is large, and open to everybody, so some hundred
 * callers who do not read their answers would take all memory.
 */
@ApplicationScoped
public class SharedDocument {
    private static final int AFTER_THE_METHODS = 6_800;
    private static final String PATH = "/q/openapi";
    private static final String ONLY_DOCUMENT = "<default>";

    private final OpenApiDocumentService documents;
    private final Map<Format, Buffer> buffers = new EnumMap<>(Format.class);

    SharedDocument(OpenApiDocumentService documents) {
        this.documents = documents;
    }

    void install(@Observes Filters filters) {
        filters.register(this::answer, AFTER_THE_METHODS);
    }

    private void answer(RoutingContext context) {
        String path = context.normalizedPath();
        if (!path.equals(PATH)) {
            context.next();
            return;
        }
        Format format = wanted(context);
        context.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, format.getMimeType() + ";charset=UTF-8")
                .end(buffer(format));
    }

    private static Format wanted(RoutingContext context) {
        String accepted = context.request().getHeader(HttpHeaders.ACCEPT);
        String asked = context.request().getParam("format");
        boolean json =
                accepted != null && accepted.contains(Format.JSON.getMimeType())
                        || Format.JSON.name().equalsIgnoreCase(asked);
        return json ? Format.JSON : Format.YAML;
    }

    /** Outside the heap, because what lies in it is copied out of it for each connection. */
    @SuppressWarnings("deprecation") // the only way into a buffer that makes no copy
    private synchronized Buffer buffer(Format format) {
        return buffers.computeIfAbsent(
                format,
                it -> {
                    byte[] document = documents.getDocument(ONLY_DOCUMENT, it);
                    ByteBuf bytes = Unpooled.directBuffer(document.length);
                    bytes.writeBytes(document);
                    return Buffer.buffer(Unpooled.unreleasableBuffer(bytes.asReadOnly()));
                });
    }
}
