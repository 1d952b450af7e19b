package org.lifeos.backup.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.lifeos.backup.json.Json;

/** The answer to one pull, in chunks, as its script wants it. */
public final class PullAnswer {
    private static final int LONGEST_HANG_SECONDS = 120;

    private final OllamaStandIn server;
    private final Socket client;
    private final String name;
    private final OutputStream out;
    private final CountDownLatch gone = new CountDownLatch(1);
    private boolean begun;
    private boolean ended;

    PullAnswer(OllamaStandIn server, Socket client, InputStream in, String name)
            throws IOException {
        this.server = server;
        this.client = client;
        this.name = name;
        this.out = client.getOutputStream();
        Thread.startVirtualThread(() -> awaitDeparture(in));
    }

    /** Clients say nothing while they listen: the first thing that is read is their end. */
    private void awaitDeparture(InputStream in) {
        try {
            int _ = in.read();
        } catch (IOException e) {
            // a reset is an end too
        }
        server.left();
        gone.countDown();
    }

    /** Says that a stream follows. */
    public void begin() throws IOException {
        if (!begun) {
            begun = true;
            out.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                            .getBytes(US_ASCII));
            out.flush();
        }
    }

    /** Answers with something else than a stream. */
    public void refuse(int status, String contentType, String body) throws IOException {
        begun = true;
        ended = true;
        byte[] bytes = body.getBytes(UTF_8);
        out.write(
                "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(status, contentType, bytes.length)
                        .getBytes(US_ASCII));
        out.write(bytes);
        out.flush();
        client.shutdownOutput();
    }

    /** Sends bytes as one chunk. */
    public void raw(byte[] bytes) throws IOException {
        begin();
        out.write("%x\r\n".formatted(bytes.length).getBytes(US_ASCII));
        out.write(bytes);
        out.write("\r\n".getBytes(US_ASCII));
        out.flush();
    }

    public void raw(String text) throws IOException {
        raw(text.getBytes(UTF_8));
    }

    public void line(String json) throws IOException {
        raw(json + "\n");
    }

    /** Sends a line in two chunks that meet inside of a character or number. */
    public void split(String json, int at) throws IOException, InterruptedException {
        byte[] bytes = (json + "\n").getBytes(UTF_8);
        raw(java.util.Arrays.copyOfRange(bytes, 0, at));
        sleep(20);
        raw(java.util.Arrays.copyOfRange(bytes, at, bytes.length));
    }

    public void status(String status) throws IOException {
        line(Json.write(Map.of("status", status)));
    }

    public void error(String error) throws IOException {
        status("pulling manifest");
        line(Json.write(Map.of("error", error)));
    }

    /** As the server says it: numbers are left away when they are 0. */
    public void progress(String content, long total, long completed) throws IOException {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("status", "pulling " + content);
        line.put("digest", "sha256:" + content);
        if (total > 0) {
            line.put("total", total);
        }
        if (completed > 0) {
            line.put("completed", completed);
        }
        line(Json.write(line));
    }

    /** Verifies, writes, and has the model. */
    public void finish(String digest, long size) throws IOException {
        status("verifying sha256 digest");
        status("writing manifest");
        appears(digest, size);
        status("success");
    }

    /** The model is there from now on, whether or not anybody listens. */
    public void appears(String digest, long size) {
        server.has(name, digest, size);
    }

    public void sleep(long millis) throws InterruptedException {
        Thread.sleep(millis);
    }

    /** Says nothing more until the client leaves. */
    public void hang() throws InterruptedException {
        ended = gone.await(LONGEST_HANG_SECONDS, TimeUnit.SECONDS);
    }

    /** Repeats a line until the client leaves. */
    public void repeat(String json, long everyMillis) throws IOException, InterruptedException {
        while (!gone.await(everyMillis, TimeUnit.MILLISECONDS)) {
            line(json);
        }
        ended = true;
    }

    public boolean clientIsGone() {
        return gone.getCount() == 0;
    }

    /** Closes without the last chunk. */
    public void cut() throws IOException {
        ended = true;
        client.close();
    }

    public void reset() throws IOException {
        ended = true;
        client.setSoLinger(true, 0);
        client.close();
    }

    /** Ends the stream as it should be. */
    public void end() throws IOException {
        if (!ended) {
            begin();
            ended = true;
            out.write("0\r\n\r\n".getBytes(US_ASCII));
            out.flush();
            client.shutdownOutput();
        }
    }
}
