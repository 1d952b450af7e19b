package org.lifeos.backup.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The clock that processes see which are started with its environment (libfaketime, README). */
final class FaultyClock implements AutoCloseable {
    private final Path file;

    FaultyClock() {
        try {
            file = Files.createTempFile("clock", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        set("+0");
    }

    /** In seconds, minutes, hours or days from the real time. */
    void set(String offset) {
        try {
            Files.writeString(file, offset + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a process that lives by it; empty where clocks cannot be faked. */
    Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        Fault.fakeClock()
                .ifPresent(library -> {
                    environment.put("LD_PRELOAD", library.toString());
                    environment.put("FAKETIME_TIMESTAMP_FILE", file.toString());
                    environment.put("FAKETIME_CACHE_DURATION", "1");
                    environment.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
                    // else each wait of the JVM ends at once
                    environment.put("FAKETIME_FORCE_MONOTONIC_FIX", "0");
                });
        return environment;
    }

    @Override
    public void close() {
        FaultyDisk.delete(file);
    }
}
