package org.lifeos.backup.api.problem;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;
import org.lifeos.backup.json.Json;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/** Writes problems where no resource does: for requests that the HTTP server itself refuses. */
@ApplicationScoped
public class ProblemWriter {
    private static final Logger LOG = Logger.getLogger(ProblemWriter.class);
    private static final String CODE = ProblemCode.class.getName();

    void install(@Observes Router router) {
        // a request without a host, or without a path, fails before any handler sees it
        router.route().order(Integer.MIN_VALUE).failureHandler(ProblemWriter::refuseUnreadable);
        handle(router, 400, ProblemCode.MALFORMED_REQUEST, "The request is not valid HTTP.");
        handle(router, 404, ProblemCode.NOT_FOUND, "There is no such path.");
        handle(router, 405, ProblemCode.METHOD_NOT_ALLOWED, "The path does not know this method.");
        handle(router, 406, ProblemCode.NOT_ACCEPTABLE, "None of the accepted types can be had.");
        handle(
                router,
                413,
                ProblemCode.PAYLOAD_TOO_LARGE,
                "The request body is larger than the server takes.");
        handle(
                router,
                414,
                ProblemCode.URI_TOO_LONG,
                "The request line is longer than the server takes.");
        handle(
                router,
                415,
                ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                "The body's type is not supported.");
        handle(
                router,
                431,
                ProblemCode.HEADERS_TOO_LARGE,
                "The request headers are larger than the server takes.");
        handle(
                router,
                500,
                ProblemCode.INTERNAL_ERROR,
                "The request met a mistake of the service.");
    }

    private static void refuseUnreadable(RoutingContext context) {
        String path = context.request().path();
        if (context.statusCode() == 400) {
            write(
                    context,
                    new ProblemException(ProblemCode.MALFORMED_REQUEST, unreadable(context)));
        } else if (context.statusCode() == 404 && (path == null || !path.startsWith("/"))) {
            write(
                    context,
                    new ProblemException(
                            ProblemCode.NOT_FOUND, "The request does not name a path."));
        } else {
            context.next();
        }
    }

    private static String unreadable(RoutingContext context) {
        if (context.request().authority() != null) {
            return "The request is not valid HTTP.";
        }
        return context.request().headers().contains(HttpHeaders.HOST)
                ? "The header Host holds no name of a host."
                : "The request has no header Host.";
    }

    private static void handle(Router router, int status, ProblemCode code, String detail) {
        router.errorHandler(
                status,
                context -> {
                    if (context.failure() != null && status >= 500) {
                        LOG.errorf(
                                context.failure(),
                                "%s %s failed",
                                context.request().method(),
                                context.normalizedPath());
                    }
                    write(context, new ProblemException(code, detail));
                });
    }

    /** Keeps the code with the request, for the audit. */
    static void remember(RoutingContext context, ProblemCode code) {
        context.put(CODE, code.code());
    }

    /** The code of the problem that the request was answered with; null where it was none. */
    public static String codeOf(RoutingContext context) {
        return context.get(CODE);
    }

    /** Answers with the problem and ends the request. */
    public static void write(RoutingContext context, ProblemException problem) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        remember(context, problem.code());
        ProblemBody body = ProblemBody.of(problem, context.request().path());
        context.response()
                .setStatusCode(body.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, ProblemBody.MEDIA_TYPE)
                .end(Json.write(body));
    }
}
