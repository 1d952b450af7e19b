package org.lifeos.backup.system;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lifeos.backup.testing.Eventually;
import org.lifeos.backup.testing.PostgresServer;

/** Three workers, two APIs and their servers, which somebody starts again when they have ended. */
final class Fleet {
    static final int APIS = 2;

    private static final int WORKERS = 3;
    private static final Duration SOON = Duration.ofSeconds(30);

    private final FaultScene scene;
    private final List<PostgresServer> servers;
    private final List<Stack.Service> apis = new ArrayList<>();
    private final Map<Stack.Service, String> names = new HashMap<>();
    private int workers;

    /**
     * @param scene a stack with {@link #APIS} of them
     */
    Fleet(FaultScene scene, PostgresServer... servers) {
        this.scene = scene;
        this.servers = List.of(servers);
        for (int i = 0; i < APIS; i++) {
            apis.add(scene.stack().api(i));
        }
    }

    /** The worker that has a job, or any other when it has ended. */
    Stack.Service workerOf(String id) {
        String name = scene.jobFact(id, "worker");
        return scene.livingWorkers().stream()
                .filter(worker -> name.equals(names.get(worker)))
                .findFirst()
                .orElseGet(() -> scene.livingWorkers().getFirst());
    }

    void killApis() {
        apis.forEach(api -> api.process().kill9());
    }

    /** Starts again whatever has ended. */
    void allAreThere() {
        for (PostgresServer server : servers) {
            Eventually.eventually(SOON, () -> answers(server) || startsAgain(server), up -> up);
        }
        apis.removeIf(api -> !api.process().alive());
        while (apis.size() < APIS) {
            apis.add(scene.stack().startApi(Map.of()));
        }
        while (scene.livingWorkers().size() < WORKERS) {
            String name = "worker-" + ++workers;
            names.put(scene.worker(name), name);
        }
    }

    /** False while it has not ended yet, or its sessions have not. */
    private static boolean startsAgain(PostgresServer server) {
        try {
            server.startAgain();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    static boolean answers(PostgresServer server) {
        try {
            server.rows("postgres", "select 1");
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    void killAll() {
        scene.livingWorkers().forEach(worker -> worker.process().kill9());
        killApis();
        servers.forEach(PostgresServer::kill9);
    }
}
