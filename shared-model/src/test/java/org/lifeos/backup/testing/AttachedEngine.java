package org.lifeos.backup.testing;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The shared server as another class loader of this JVM sees it (Quarkus loads the tests of each
 * profile anew): it can be used, not stopped.
 */
record AttachedEngine(String host, int port, String password, Optional<Path> bin)
        implements ServerEngine {
    private static final String SEPARATOR = "\t";

    /** Reads what {@link #published} wrote. */
    static AttachedEngine parse(String text) {
        String[] parts = text.split(SEPARATOR, -1);
        Optional<Path> bin = parts[3].isEmpty() ? Optional.empty() : Optional.of(Path.of(parts[3]));
        return new AttachedEngine(parts[0], Integer.parseInt(parts[1]), parts[2], bin);
    }

    /** Where a server is, as text: class loaders share strings, not our classes. */
    static String published(ServerEngine engine) {
        return String.join(
                SEPARATOR,
                engine.host(),
                Integer.toString(engine.port()),
                engine.password(),
                engine.bin().map(Path::toString).orElse(""));
    }

    @Override
    public void stopImmediately() {
        throw shared();
    }

    @Override
    public void kill9() {
        throw shared();
    }

    @Override
    public void startAgain() {
        throw shared();
    }

    @Override
    public void close() {
        throw shared();
    }

    private static IllegalStateException shared() {
        return new IllegalStateException("this server belongs to another class loader");
    }
}
