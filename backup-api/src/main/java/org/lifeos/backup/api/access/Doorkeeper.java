package org.lifeos.backup.api.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.api.ApiSettings;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * The first to see every request, whatever it is for: without a valid token it goes no further.
 * Open are only paths that hold no data: health, the OpenAPI document and its console.
 */
@ApplicationScoped
public class Doorkeeper {
    /** Before every other handler of the router. */
    private static final int FIRST = 10_000;

    private static final String CALLER = Caller.class.getName();
    private static final Pattern BEARER = Pattern.compile("(?i)bearer +([\\x21-\\x7e]+) *");
    private static final List<String> OPEN = List.of("/q/health", "/q/openapi", "/q/swagger-ui");

    private final TokenSource tokens;
    private final FailedAttempts failedAttempts = new FailedAttempts(InstantSource.system());

    Doorkeeper(ApiSettings settings) {
        this.tokens = settings.tokens();
    }

    void install(@Observes Filters filters) {
        filters.register(this::check, FIRST);
    }

    private void check(RoutingContext context) {
        if (isOpen(context.normalizedPath())) {
            context.next();
            return;
        }
        String remote =
                context.request().remoteAddress() == null
                        ? "unknown"
                        : context.request().remoteAddress().hostAddress();
        String header = context.request().getHeader(HttpHeaders.AUTHORIZATION);
        Optional<Tokens.Token> token = presented(header).flatMap(tokens.current()::find);
        if (token.isPresent()) {
            context.put(CALLER, new Caller(token.get().name(), token.get().role(), remote));
            context.next();
        } else if (header == null) {
            refuse(context, "The request has no Authorization header.");
        } else if (failedAttempts.isOneTooMany(remote)) {
            context.response()
                    .putHeader(
                            HttpHeaders.RETRY_AFTER,
                            Long.toString(failedAttempts.retryAfterSeconds()));
            ProblemWriter.write(
                    context,
                    new ProblemException(
                            ProblemCode.TOO_MANY_ATTEMPTS,
                            "Too many requests with a wrong token came from %s."
                                    .formatted(remote)));
        } else {
            refuse(context, "The Authorization header holds no token that is let in.");
        }
    }

    private static void refuse(RoutingContext context, String detail) {
        context.response().putHeader("WWW-Authenticate", "Bearer");
        ProblemWriter.write(context, new ProblemException(ProblemCode.UNAUTHORIZED, detail));
    }

    private static boolean isOpen(String path) {
        return OPEN.stream().anyMatch(open -> path.equals(open) || path.startsWith(open + "/"));
    }

    private static Optional<String> presented(String header) {
        return Optional.ofNullable(header)
                .map(BEARER::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1));
    }

    /** Whether the request needed a token, and so has a caller. */
    public static boolean hasCaller(RoutingContext context) {
        return context.get(CALLER) != null;
    }

    /** Who sent the request that is under way. */
    public static Caller callerOf(RoutingContext context) {
        Caller caller = context.get(CALLER);
        if (caller == null) {
            throw new IllegalStateException("a request came past the doorkeeper");
        }
        return caller;
    }
}
