package org.lifeos.backup.worker.target;

import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.lifeos.backup.problem.ProblemException;
import org.lifeos.backup.sql.SqlFailure;
import org.lifeos.backup.target.TargetRegister;
import org.lifeos.backup.worker.WorkerSettings;

/** Looks every minute whether the targets can be reached, for those who ask the API. */
@ApplicationScoped
public class TargetWatch {
    private static final Logger LOG = Logger.getLogger(TargetWatch.class);

    private final WorkerSettings settings;
    private final TargetRegister register;
    private final UUID session = UUID.randomUUID();

    TargetWatch(WorkerSettings settings, TargetRegister register) {
        this.settings = settings;
        this.register = register;
    }

    @Scheduled(every = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        settings.targets().byName().values().forEach(this::look);
    }

    private void look(Target target) {
        String version = null;
        String problem = null;
        try {
            version = new TargetServer(target).facts(session).version();
        } catch (ProblemException e) {
            problem = settings.redaction().apply(e.detail());
        }
        try {
            register.saw(
                    target.name(),
                    target.database(),
                    target.host(),
                    target.port(),
                    version,
                    problem);
        } catch (SqlFailure e) {
            LOG.debugf("the look at %s was not noted: %s", target, e.getMessage());
        }
    }
}
