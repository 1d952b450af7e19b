package org.lifeos.backup.api.alert;

import java.util.UUID;

/** A sign around a backup for a dead-man's switch. */
record Ping(Event event, UUID job, String target) {
    enum Event {
        START("/start"),
        SUCCESS(""),
        FAIL("/fail");

        private final String path;

        Event(String path) {
            this.path = path;
        }

        /** What comes after the switch's address, as healthchecks.io and its kin want it. */
        String path() {
            return path;
        }
    }
}
