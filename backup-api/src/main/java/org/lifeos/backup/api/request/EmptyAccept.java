package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Takes empty elements out of the header Accept, which a recipient has to ignore and the framework
 * stumbles over; a header that says nothing at all is none (RFC 9110, sections 5.6.1 and 12.5.1).
 */
@ApplicationScoped
public class EmptyAccept {
    private static final int AFTER_THE_LIMITS = 6_900;

    void install(@Observes Filters filters) {
        filters.register(EmptyAccept::replace, AFTER_THE_LIMITS);
    }

    private static void replace(RoutingContext context) {
        List<String> sent = context.request().headers().getAll(HttpHeaders.ACCEPT);
        if (sent.stream().flatMap(EmptyAccept::elements).anyMatch(String::isBlank)) {
            String rest =
                    sent.stream()
                            .flatMap(EmptyAccept::elements)
                            .filter(element -> !element.isBlank())
                            .collect(Collectors.joining(","));
            if (rest.isEmpty()) {
                context.request().headers().remove(HttpHeaders.ACCEPT);
            } else {
                context.request().headers().set(HttpHeaders.ACCEPT, rest);
            }
        }
        context.next();
    }

    private static Stream<String> elements(String header) {
        return Arrays.stream(header.split(",", -1));
    }
}
