package org.lifeos.backup.system;

/** What may happen to a backup or a restore from outside. */
enum Fault {
    WORKER_KILLED("`kill -9` of the worker", true, true),
    API_KILLED("`kill -9` of the API", true, true),
    DUMP_KILLED("`kill -9` of pg_dump", true, false),
    PSQL_KILLED("`kill -9` of psql", false, true),
    COMPRESSOR_KILLED("`kill -9` of the compressor", true, false),
    SERVICE_SERVER_KILLED("`kill -9` of the service's PostgreSQL", true, true),
    TARGET_SERVER_KILLED("`kill -9` of the target's PostgreSQL", true, true),
    ALL_KILLED("`kill -9` of all of these at once", true, true),
    WORKER_TOLD_TO_GO("SIGTERM to the worker", true, true),
    WORKER_ASLEEP("SIGSTOP of the worker beyond its lease, then SIGCONT", true, true);

    private final String title;
    private final boolean meetsBackups;
    private final boolean meetsRestores;

    Fault(String title, boolean meetsBackups, boolean meetsRestores) {
        this.title = title;
        this.meetsBackups = meetsBackups;
        this.meetsRestores = meetsRestores;
    }

    String title() {
        return title;
    }

    boolean meetsBackups() {
        return meetsBackups;
    }

    boolean meetsRestores() {
        return meetsRestores;
    }
}
