package org.lifeos.backup.config;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Where a service listens. */
public record HttpAddress(String host, int port) {

    /**
     * Tries it, so that a port that is taken is said in one line, before anything is started.
     *
     * @param variable that sets the port
     * @throws ConfigurationException when the service cannot listen here
     */
    public void requireFree(String variable) throws ConfigurationException {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw new ConfigurationException(
                    "%s: nobody can listen on %s:%d (%s)"
                            .formatted(variable, host, port, e.getMessage()));
        }
    }
}
