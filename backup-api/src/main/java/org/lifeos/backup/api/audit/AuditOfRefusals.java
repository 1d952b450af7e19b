package org.lifeos.backup.api.audit;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;
import org.jboss.logging.Logger;
import org.lifeos.backup.api.access.Caller;
import org.lifeos.backup.api.access.Doorkeeper;
import org.lifeos.backup.api.problem.ProblemWriter;
import org.lifeos.backup.api.request.Call;
import org.lifeos.backup.sql.SqlFailure;

/**
 * Keeps the mutating calls that were refused; those that did something are kept with what they did.
 */
@ApplicationScoped
public class AuditOfRefusals {
    private static final Logger LOG = Logger.getLogger(AuditOfRefusals.class);
    private static final int AFTER_THE_DOORKEEPER = 9_000;
    private static final Set<HttpMethod> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final Audit audit;

    AuditOfRefusals(Audit audit) {
        this.audit = audit;
    }

    void install(@Observes Filters filters) {
        filters.register(this::watch, AFTER_THE_DOORKEEPER);
    }

    private void watch(RoutingContext context) {
        if (!READING.contains(context.request().method()) && Doorkeeper.hasCaller(context)) {
            context.addEndHandler(_ -> keep(context));
        }
        context.next();
    }

    private void keep(RoutingContext context) {
        if (Call.isAudited(context)) {
            return;
        }
        Caller caller = Doorkeeper.callerOf(context);
        Audit.Entry entry =
                new Audit.Entry(
                        caller,
                        context.request().method().name(),
                        context.normalizedPath(),
                        context.response().getStatusCode(),
                        ProblemWriter.codeOf(context),
                        null);
        // this is the event loop, which must not wait for a database
        Thread.ofVirtual().start(() -> write(entry));
    }

    private void write(Audit.Entry entry) {
        try {
            audit.record(entry);
        } catch (SqlFailure e) {
            LOG.warnf("not in the audit: %s (%s)", entry, e.getMessage());
        }
    }
}
