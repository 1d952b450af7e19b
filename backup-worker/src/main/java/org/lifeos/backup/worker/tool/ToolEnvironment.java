package org.lifeos.backup.worker.tool;

import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.lifeos.backup.worker.target.Target;

/**
 * What a PostgreSQL tool gets to know of its server. The password goes by environment, which only
 * the same user can read, never by argument. Nothing else of the worker's environment is handed on.
 */
final class ToolEnvironment {
    private ToolEnvironment() {}

    /**
     * @param tool its name; with the job's id it names the server session
     */
    static Map<String, String> of(Target target, String tool, UUID jobId) {
        return of(target, tool, jobId, DumpStyle.OWN.byteaOutput());
    }

    /**
     * @param byteaOutput as in {@link DumpStyle}
     */
    static Map<String, String> of(Target target, String tool, UUID jobId, String byteaOutput) {
        Map<String, String> environment = plain();
        environment.put("PGAPPNAME", tool + " " + jobId);
        environment.put("PGTZ", "UTC");
        // equal content is equal text, whatever the server's settings are
        environment.put("PGOPTIONS", "-c bytea_output=" + byteaOutput);
        if (target.password() != null) {
            environment.put("PGPASSWORD", target.password());
        }
        return environment;
    }

    static Map<String, String> plain() {
        Map<String, String> environment = new TreeMap<>();
        environment.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
        // messages are read by us: English, whatever the machine speaks
        environment.put("LC_ALL", "C");
        return environment;
    }

    /**
     * The connection as a libpq string (PostgreSQL manual, 34.1.1), with keepalives that notice a
     * dead network. Without a password.
     */
    static String connection(Target target) {
        return "host=%s port=%d user=%s dbname=%s connect_timeout=10 keepalives=1 keepalives_idle=30 keepalives_interval=10 keepalives_count=3"
                .formatted(
                        quoted(target.host()),
                        target.port(),
                        quoted(target.user()),
                        quoted(target.database()));
    }

    private static String quoted(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
