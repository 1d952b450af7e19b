package org.lifeos.backup.api.request;

import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.RequestScoped;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.lifeos.backup.api.access.Caller;
import org.lifeos.backup.api.access.Doorkeeper;
import org.lifeos.backup.job.IdempotencyKey;
import org.lifeos.backup.problem.ProblemException;

/** The request under way, as far as every feature needs it. */
@RequestScoped
public class Call {
    private static final Pattern KEY = Pattern.compile("[\\x20-\\x7e]{1,128}");

    private static final String AUDITED = "audited";

    private final RoutingContext routing;

    Call(RoutingContext routing) {
        this.routing = routing;
    }

    public Caller caller() {
        return Doorkeeper.callerOf(routing);
    }

    public String method() {
        return routing.request().method().name();
    }

    public String path() {
        return routing.normalizedPath();
    }

    /** The type of the body as the caller wrote it; null where none was given. */
    String contentTypeAsSent() {
        return UnreadableContentType.asSent(routing);
    }

    public Preference preference() {
        return Preference.of(routing.request().headers().getAll("Prefer"));
    }

    /** The caller's idempotency key with what it is valid for. */
    public Optional<IdempotencyKey> idempotencyKey(String canonicalBody) {
        List<String> keys = routing.request().headers().getAll("Idempotency-Key");
        if (keys.isEmpty()) {
            return Optional.empty();
        }
        String key = keys.getFirst().strip();
        if (keys.size() > 1 || !KEY.matcher(key).matches()) {
            throw ProblemException.header(
                    "Idempotency-Key", "must be sent once, with 1 to 128 printable characters.");
        }
        return Optional.of(
                new IdempotencyKey(caller().name(), method(), path(), key, hash(canonicalBody)));
    }

    private static String hash(String text) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Whether the caller has hung up: then nobody waits for the answer any more. */
    public boolean isHungUp() {
        return routing.response().closed();
    }

    /** Remembers that the call stands in the audit already, in the transaction of what it did. */
    public void audited() {
        routing.put(AUDITED, true);
    }

    public static boolean isAudited(RoutingContext routing) {
        return routing.get(AUDITED) != null;
    }
}
