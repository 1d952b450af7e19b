package org.lifeos.backup.api.problem;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;
import org.lifeos.backup.job.Failure;
import org.lifeos.backup.job.Job;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.SqlFailure;

/** Renders every failure of a resource as a problem. */
public class Problems {
    private static final Logger LOG = Logger.getLogger(Problems.class);

    @Inject RoutingContext routing;

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
        int status = refused.getResponse().getStatus();
        String what = "%s %s".formatted(request.method(), uri.getRequestUri().getRawPath());
        ProblemException problem =
                switch (status) {
                    case 400 ->
                            new ProblemException(
                                    ProblemCode.MALFORMED_REQUEST, what + " could not be read.");
                    case 404 ->
                            new ProblemException(ProblemCode.NOT_FOUND, what + " leads nowhere.");
                    case 405 ->
                            new ProblemException(
                                    ProblemCode.METHOD_NOT_ALLOWED,
                                    what + ": the path knows other methods.");
                    case 406 ->
                            new ProblemException(
                                    ProblemCode.NOT_ACCEPTABLE,
                                    "%s has no rendering as %s."
                                            .formatted(
                                                    what, request.getHeader(HttpHeaders.ACCEPT)));
                    case 413 ->
                            new ProblemException(
                                    ProblemCode.PAYLOAD_TOO_LARGE,
                                    what + ": the body is too large.");
                    case 415 ->
                            new ProblemException(
                                    ProblemCode.UNSUPPORTED_MEDIA_TYPE,
                                    "%s takes no body of type %s."
                                            .formatted(
                                                    what,
                                                    request.getHeader(HttpHeaders.CONTENT_TYPE)));
                    default -> null;
                };
        if (problem == null) {
            return mistake(refused, uri, request);
        }
        ProblemWriter.remember(routing, problem.code());
        Response.ResponseBuilder response =
                response(ProblemBody.of(problem, uri.getRequestUri().getRawPath()));
        Object allow = refused.getResponse().getHeaders().getFirst(HttpHeaders.ALLOW);
        return (allow == null ? response : response.header(HttpHeaders.ALLOW, allow)).build();
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
