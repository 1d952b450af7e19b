package org.lifeos.backup.worker.files;

import io.quarkus.scheduler.Scheduled;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import org.lifeos.backup.worker.WorkerSettings;

/** Looks every minute what the mirror shows. */
@ApplicationScoped
public class NonceWatch {
    private final MirrorNonce nonce;

    NonceWatch(WorkerSettings settings) {
        this.nonce = new MirrorNonce(settings.files(), InstantSource.system());
    }

    @Scheduled(every = "1m", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
    void look() {
        nonce.look();
    }
}
