package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.core.MediaType;

/**
 * Lets a request through whose Content-Type is no media type: whether that matters is known only
 * when its body is read, and the framework would refuse it before.
 */
@ApplicationScoped
public class UnreadableContentType {
    private static final int AFTER_THE_LIMITS = 7_000;
    private static final String AS_SENT = UnreadableContentType.class.getName();

    void install(@Observes Filters filters) {
        filters.register(UnreadableContentType::replace, AFTER_THE_LIMITS);
    }

    private static void replace(RoutingContext context) {
        String sent = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (sent != null && !isMediaType(sent)) {
            context.put(AS_SENT, sent);
            context.request()
                    .headers()
                    .set(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_OCTET_STREAM);
        }
        context.next();
    }

    private static boolean isMediaType(String text) {
        try {
            return MediaType.valueOf(text) != null;
        } catch (RuntimeException e) {
            // whatever it is that the framework's parser stumbles over, it would refuse it too
            return false;
        }
    }

    static String asSent(RoutingContext context) {
        String replaced = context.get(AS_SENT);
        return replaced == null ? context.request().getHeader(HttpHeaders.CONTENT_TYPE) : replaced;
    }
}
