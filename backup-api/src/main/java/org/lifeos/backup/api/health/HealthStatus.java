package org.lifeos.backup.api.health;

import java.util.Collection;

/** How it stands, the worst last. */
public enum HealthStatus {
    OK,
    /** Somebody should look, soon. */
    WARNING,
    /** What is lost now may be lost for good. */
    CRITICAL;

    /** The worst of them; OK where there is none. */
    static HealthStatus worst(Collection<HealthStatus> all) {
        return all.stream().max(HealthStatus::compareTo).orElse(OK);
    }
}
