package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.stream.Stream;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Reading is all that health, metrics, the OpenAPI document and its console are for. The framework
 * would answer any method, and refuse a rendering of the metrics without a word.
 */
@ApplicationScoped
public class ServicePages {
    private static final int AFTER_THE_LIMITS = 7_000;
    private static final String METRICS = "/q/metrics";
    private static final List<String> PAGES =
            List.of("/q/health", "/q/openapi", "/q/swagger-ui", METRICS);
    private static final List<String> RENDERINGS_OF_METRICS =
            List.of("text/plain", "application/openmetrics-text", "*/*", "text/*");

    void install(@Observes Filters filters) {
        filters.register(ServicePages::check, AFTER_THE_LIMITS);
    }

    private static void check(RoutingContext context) {
        String path = context.normalizedPath();
        if (PAGES.stream().noneMatch(page -> path.equals(page) || path.startsWith(page + "/"))) {
            context.next();
            return;
        }
        HttpServerRequest request = context.request();
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            context.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            ProblemWriter.write(
                    context,
                    new ProblemException(
                            ProblemCode.METHOD_NOT_ALLOWED, "The path knows GET and HEAD alone."));
        } else if (path.startsWith(METRICS) && !acceptsMetrics(request)) {
            ProblemWriter.write(
                    context,
                    new ProblemException(
                            ProblemCode.NOT_ACCEPTABLE, "The metrics are text/plain."));
        } else {
            context.next();
        }
    }

    private static boolean acceptsMetrics(HttpServerRequest request) {
        List<String> accepted = request.headers().getAll(HttpHeaders.ACCEPT);
        return accepted.isEmpty()
                || accepted.stream()
                        .flatMap(header -> Stream.of(header.split(",")))
                        .map(type -> type.split(";", 2)[0].strip())
                        .anyMatch(RENDERINGS_OF_METRICS::contains);
    }
}
