package org.lifeos.backup.api.alert;

import java.io.IOException;
import java.time.Duration;

/** A way by which notices go. */
interface Channel {
    /** No channel takes longer to send, or to fail. */
    Duration LIMIT = Duration.ofSeconds(10);

    /** As the outbox knows it. */
    String name();

    /** For how long it is worth being told. */
    Duration patience();

    /**
     * Sends it, or fails within {@link #LIMIT}.
     *
     * @throws IOException with what went wrong, and no secret, when it did not arrive
     */
    void send(Notice notice) throws IOException, InterruptedException;
}
