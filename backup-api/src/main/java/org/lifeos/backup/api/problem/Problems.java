package org.lifeos.backup.api.problem;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.lifeos.backup.api.request.Fields;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.SqlFailure;

/** Renders every failure of a resource as a problem. */
public class Problems {
    private static final Logger LOG = Logger.getLogger(Problems.class);

    @Inject RoutingContext routing;
    @Inject KnownPaths paths;

    @ServerExceptionMapper
    public Response problem(ProblemException problem, UriInfo uri) {
        ProblemWriter.remember(routing, problem.code());
        return response(ProblemBody.of(problem, uri.getRequestUri().getRawPath())).build();
    }

    @ServerExceptionMapper
    public Response database(SqlFailure failure, UriInfo uri, HttpServerRequest request) {
        if (failure.isUnavailable()) {
            LOG.warnf(
                    "%s %s: %s",
                    request.method(), uri.getRequestUri().getRawPath(), failure.getMessage());
            return problem(
                    new ProblemException(
                            ProblemCode.SERVICE_DATABASE_UNAVAILABLE,
                            "The service's own database cannot be asked right now."),
                    uri);
        }
        return mistake(failure, uri, request);
    }

    /** What the framework refuses by itself: unknown paths, methods, types. */
    @ServerExceptionMapper
    public Response refused(
            WebApplicationException refused, UriInfo uri, HttpServerRequest request) {
        String path = uri.getRequestUri().getRawPath();
        String what = "%s %s".formatted(request.method(), Fields.shown(path));
        Set<String> methods = paths.methods(path);
        return switch (refused.getResponse().getStatus()) {
            case 400 ->
                    problem(
                            new ProblemException(
                                    ProblemCode.MALFORMED_REQUEST, what + " could not be read."),
                            uri);
            case 404, 405 ->
                    methods.isEmpty() || methods.contains(request.method().name())
                            ? problem(
                                    new ProblemException(
                                            ProblemCode.NOT_FOUND, what + " leads nowhere."),
                                    uri)
                            : unknownMethod(what, methods, uri);
            case 406 ->
                    problem(
                            new ProblemException(
                                    ProblemCode.NOT_ACCEPTABLE,
                                    "%s has no rendering as %s."
                                            .formatted(what, header(request, HttpHeaders.ACCEPT))),
                            uri);
            case 413 ->
                    problem(
                            new ProblemException(
                                    ProblemCode.PAYLOAD_TOO_LARGE,
                                    what + ": the body is too large."),
                            uri);
            case 415 ->
                    problem(
                            new ProblemException(
                                    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                                    "%s takes no body of type %s."
                                            .formatted(
                                                    what,
                                                    header(request, HttpHeaders.CONTENT_TYPE))),
                            uri);
            default -> mistake(refused, uri, request);
        };
    }

    private Response unknownMethod(String what, Set<String> methods, UriInfo uri) {
        String allow = String.join(", ", methods);
        ProblemException problem =
                new ProblemException(
                        ProblemCode.METHOD_NOT_ALLOWED,
                        "%s: the path knows %s.".formatted(what, allow));
        return Response.fromResponse(problem(problem, uri))
                .header(HttpHeaders.ALLOW, allow)
                .build();
    }

    private static String header(HttpServerRequest request, String name) {
        String value = request.getHeader(name);
        return value == null ? "none" : Fields.shown(value);
    }

    @ServerExceptionMapper
    public Response mistake(Throwable thrown, UriInfo uri, HttpServerRequest request) {
        String what = "%s %s".formatted(request.method(), uri.getRequestUri().getRawPath());
        LOG.errorf(thrown, "%s failed", what);
        return problem(
                new ProblemException(
                        ProblemCode.INTERNAL_ERROR, what + " met a mistake of the service."),
                uri);
    }

    /** The problem that a job ended with, or a problem about a job that goes on. */
    public static Response.ResponseBuilder of(Failure failure, String instance, Job job) {
        return response(ProblemBody.of(failure, instance, job));
    }

    public static Response.ResponseBuilder of(
            ProblemCode code, String detail, String instance, Job job) {
        return response(ProblemBody.of(code, detail, instance, job));
    }

    private static Response.ResponseBuilder response(ProblemBody body) {
        return Response.status(body.status()).type(ProblemBody.MEDIA_TYPE).entity(body);
    }
}
