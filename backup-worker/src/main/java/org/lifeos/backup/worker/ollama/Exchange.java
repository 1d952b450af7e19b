package org.lifeos.backup.worker.ollama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One request and its answer, under a time limit that covers all of it. Closing it closes the
 * connection unless the answer was read to its end; nothing ever waits for that.
 */
final class Exchange implements AutoCloseable {
    private static final int PIECE_BYTES = 16 << 10;

    private final CompletableFuture<HttpResponse<InputStream>> call;
    private final Watchdog watchdog;
    private HttpResponse<InputStream> response;

    private Exchange(HttpClient client, HttpRequest request, Duration limit, String what) {
        this.call = client.sendAsync(request, BodyHandlers.ofInputStream());
        this.watchdog = new Watchdog(limit, what, this::breakOff);
    }

    /**
     * Sends a request; returns when the headers of the answer are there.
     *
     * @param limit for the whole answer, until {@link #until} gives another one
     * @param what takes too long when it is over, for the message
     */
    static Exchange of(HttpClient client, HttpRequest request, Duration limit, String what)
            throws CallFailure {
        Exchange exchange = new Exchange(client, request, limit, what);
        try {
            exchange.response = exchange.call.get();
            return exchange;
        } catch (InterruptedException e) {
            exchange.close();
            Thread.currentThread().interrupt();
            throw new CallFailure(CallFailure.Kind.CUT, "interrupted", e);
        } catch (CancellationException e) {
            exchange.close();
            throw exchange.failure(new IOException("broken off"));
        } catch (ExecutionException e) {
            exchange.close();
            throw exchange.failure(e.getCause());
        }
    }

    int status() {
        return response.statusCode();
    }

    String contentType() {
        return response.headers().firstValue("Content-Type").orElse("");
    }

    void until(long nanos, String what) {
        watchdog.until(nanos, what);
    }

    /** Reads some bytes; -1 at a clean end. */
    int read(byte[] into) throws CallFailure {
        try {
            return response.body().read(into);
        } catch (IOException e) {
            throw failure(e);
        }
    }

    /**
     * Reads all of the answer.
     *
     * @throws CallFailure also when it is longer than it may be
     */
    byte[] all(int mostBytes) throws CallFailure {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] piece = new byte[PIECE_BYTES];
        for (int count = read(piece); count >= 0; count = read(piece)) {
            if (all.size() + count > mostBytes) {
                throw new CallFailure(
                        CallFailure.Kind.TOO_LARGE,
                        "its answer is longer than %,d bytes".formatted(mostBytes));
            }
            all.write(piece, 0, count);
        }
        return all.toByteArray();
    }

    /** The beginning of an answer, as far as it can be had. */
    byte[] beginning(int mostBytes) throws CallFailure {
        byte[] beginning = new byte[mostBytes];
        byte[] piece = new byte[PIECE_BYTES];
        int length = 0;
        int count = read(piece);
        while (count >= 0 && length < mostBytes) {
            int taken = Math.min(count, mostBytes - length);
            System.arraycopy(piece, 0, beginning, length, taken);
            length += taken;
            count = length < mostBytes ? read(piece) : -1;
        }
        return java.util.Arrays.copyOf(beginning, length);
    }

    private CallFailure failure(Throwable cause) {
        String tooSlow = watchdog.barkedAt();
        if (tooSlow != null) {
            return new CallFailure(CallFailure.Kind.TOO_SLOW, tooSlow, cause);
        }
        boolean unreachable =
                cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
        String said =
                cause.getMessage() == null
                        ? cause.getClass().getSimpleName()
                        : "%s: %s".formatted(cause.getClass().getSimpleName(), cause.getMessage());
        return unreachable
                ? new CallFailure(CallFailure.Kind.UNREACHABLE, "nothing answers (" + said + ")")
                : new CallFailure(
                        CallFailure.Kind.CUT, "the connection broke (" + said + ")", cause);
    }

    private void breakOff() {
        call.cancel(true);
        // an answer that has begun is not ended by that
        call.thenAccept(Exchange::closeBody);
        HttpResponse<InputStream> begun = response;
        if (begun != null) {
            closeBody(begun);
        }
    }

    private static void closeBody(HttpResponse<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException e) {
            // it is closed either way
            return;
        }
    }

    @Override
    public void close() {
        watchdog.close();
        breakOff();
    }
}
