package org.lifeos.backup.api.request;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Takes little at a time from each connection. The server reads 16 buffers in a row before it looks
 * whether anybody wants them, and of 64 KiB each, its own choice, two hundred callers who never
 * stop sending fill the heap.
 */
@ApplicationScoped
public class ReceiveBuffers implements HttpServerOptionsCustomizer {
    private static final int BYTES = 8 << 10;

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setReceiveBufferSize(BYTES);
    }
}
