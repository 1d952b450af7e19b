package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Refuses what is too large with a problem that says so. The server's own limits lie above these:
 * it refuses without a word, before anybody could say one.
 */
@ApplicationScoped
public class RequestLimits {
    private static final int AFTER_DOORKEEPER_AND_AUDIT = 8_000;
    private static final int BEFORE_THE_DOORKEEPER = 11_000;
    private static final int LONGEST_URI = 4 << 10;
    private static final int LARGEST_HEADERS = 16 << 10;

    void install(@Observes Filters filters) {
        filters.register(RequestLimits::requireReadable, BEFORE_THE_DOORKEEPER);
        filters.register(RequestLimits::check, AFTER_DOORKEEPER_AND_AUDIT);
    }

    private static void requireReadable(RoutingContext context) {
        try {
            new URI(context.request().uri());
        } catch (URISyntaxException e) {
            refuse(context, "The path or its query is no valid URI.");
            return;
        }
        if (context.request().headers().getAll(HttpHeaders.HOST).size() > 1) {
            refuse(context, "The header Host was sent more than once.");
            return;
        }
        // the server passes a body in another coding over: the call would do what it was not asked
        if (!context.request().headers().getAll(HttpHeaders.TRANSFER_ENCODING).stream()
                .allMatch("chunked"::equalsIgnoreCase)) {
            context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
            refuse(context, "The header Transfer-Encoding may only say chunked.");
            return;
        }
        context.next();
    }

    private static void refuse(RoutingContext context, String detail) {
        ProblemWriter.write(context, new ProblemException(ProblemCode.MALFORMED_REQUEST, detail));
    }

    private static void check(RoutingContext context) {
        Optional<ProblemException> problem = problem(context.request());
        if (problem.isEmpty()) {
            context.next();
            return;
        }
        // the rest of the request is not read
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        ProblemWriter.write(context, problem.get());
    }

    private static Optional<ProblemException> problem(HttpServerRequest request) {
        if (request.uri().length() > LONGEST_URI) {
            return Optional.of(
                    new ProblemException(
                            ProblemCode.URI_TOO_LONG,
                            "The path with its query is longer than %,d characters."
                                    .formatted(LONGEST_URI)));
        }
        int headers =
                request.headers().entries().stream()
                        .mapToInt(header -> header.getKey().length() + header.getValue().length())
                        .sum();
        if (headers > LARGEST_HEADERS) {
            return Optional.of(
                    new ProblemException(
                            ProblemCode.HEADERS_TOO_LARGE,
                            "The headers are larger than %,d characters."
                                    .formatted(LARGEST_HEADERS)));
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && isTooLarge(length)) {
            return Optional.of(RequestBodies.tooLarge());
        }
        return Optional.empty();
    }

    private static boolean isTooLarge(String length) {
        try {
            return Long.parseLong(length) > RequestBodies.LARGEST;
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
