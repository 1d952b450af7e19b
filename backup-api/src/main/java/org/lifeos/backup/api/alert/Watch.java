package org.lifeos.backup.api.alert;

import java.time.Duration;
import java.util.UUID;
import org.lifeos.backup.sql.Database;

/**
 * Which instance watches. The others leave it to that one until its time is over, so that two that
 * see the world in different ways do not contradict each other again and again.
 */
final class Watch {
    private final Database database;
    private final UUID instance;
    private final Duration duration;

    /**
     * @param duration for which it lasts; longer than the time between two looks
     */
    Watch(Database database, UUID instance, Duration duration) {
        this.database = database;
        this.instance = instance;
        this.duration = duration;
    }

    /** Takes or prolongs it; false while another instance has it. */
    boolean take() {
        return database.update(
                        """
                        insert into health_watch as kept (instance, until)
                        values (?, now() + ? * interval '1 millisecond')
                        on conflict (single) do update
                        set instance = excluded.instance, until = excluded.until
                        where kept.instance = excluded.instance or kept.until < now()
                        """,
                        instance,
                        duration)
                == 1;
    }

    /** Leaves it to others. */
    void release() {
        database.update("delete from health_watch where instance = ?", instance);
    }
}
