package org.lifeos.backup.benchmark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.lifeos.backup.system.Stack;

/** What the JVMs of both services learned in one start (JEP 514), as the images bring it along. */
record AotCaches(Path api, Path worker) {
    /** Ends the scene's services, starts others that learn, and ends those. */
    static AotCaches train(Scene scene) {
        Stack stack = scene.stack();
        stack.worker(0).process().close();
        stack.api(0).process().close();
        Path api = scene.file("api.aot");
        Path worker = scene.file("worker.aot");
        Stack.Service trainedApi = stack.startApi(option("-XX:AOTCacheOutput=" + api));
        Stack.Service trainedWorker = stack.startWorker(option("-XX:AOTCacheOutput=" + worker));
        trainedWorker.process().terminate();
        trainedApi.process().terminate();
        if (!Files.exists(api) || !Files.exists(worker)) {
            throw new IllegalStateException(
                    "no AOT cache was made: "
                            + trainedApi.process().logTail()
                            + trainedWorker.process().logTail());
        }
        return new AotCaches(api, worker);
    }

    Stack.Service startApi(Scene scene) {
        return scene.stack().startApi(option("-XX:AOTCache=" + api));
    }

    Stack.Service startWorker(Scene scene) {
        return scene.stack().startWorker(option("-XX:AOTCache=" + worker));
    }

    private static Map<String, String> option(String option) {
        return Map.of("JAVA_TOOL_OPTIONS", option);
    }
}
