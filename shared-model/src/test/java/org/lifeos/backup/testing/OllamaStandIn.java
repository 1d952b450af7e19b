package org.lifeos.backup.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.lifeos.backup.json.Json;

/**
 * An Ollama server on raw sockets, with models, a registry, and whatever can go wrong: it cuts,
 * stalls, garbles, sends resets, and remembers what it was asked.
 *
 * <pre>{@code
 * server.has("llama3.2:latest", "a", 2_000);
 * server.pull("gone:7b", pull -> pull.error("pull model manifest: file does not exist"));
 * server.pull("big:70b", pull -> { pull.line(…); pull.reset(); }, OllamaStandIn.succeeds("b", 70));
 * }</pre>
 */
public final class OllamaStandIn implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("\"model\" *: *\"([^\"]*)\"");
    private static final int LONGEST_HEAD = 64 << 10;

    /** A model that is there. Digests of one letter are repeated to 64 digits. */
    public record Model(String name, String digest, long size, String remoteHost, String parent) {}

    /** What one pull says. */
    @FunctionalInterface
    public interface Script {
        void play(PullAnswer answer) throws IOException, InterruptedException;
    }

    /** An answer that is no pull's. */
    public record Reply(int status, String contentType, byte[] body, boolean cut) {
        public static Reply json(String body) {
            return new Reply(200, "application/json; charset=utf-8", body.getBytes(UTF_8), false);
        }

        public static Reply error(int status, String error) {
            return new Reply(
                    status,
                    "application/json; charset=utf-8",
                    Json.write(Map.of("error", error)).getBytes(UTF_8),
                    false);
        }
    }

    private final int port;
    private volatile ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<String, Model> models = new ConcurrentHashMap<>();
    private final Map<String, List<Script>> scripts = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> pulls = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<Long> departures = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<Reply> lists = new ConcurrentLinkedDeque<>();
    private final AtomicInteger pullsNow = new AtomicInteger();
    private final AtomicInteger mostPulls = new AtomicInteger();
    private volatile Reply everyList;
    private volatile Reply version = Reply.json("{\"version\":\"0.32.15\"}");

    private OllamaStandIn(ServerSocket listener) {
        this.listener = listener;
        this.port = listener.getLocalPort();
        Thread.startVirtualThread(() -> acceptAll(listener));
    }

    public static OllamaStandIn start() {
        try {
            return new OllamaStandIn(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    // --------------------------------------------------------------------------- what it has

    public OllamaStandIn has(String name, String digest, long size) {
        return has(new Model(name, digest, size, "", ""));
    }

    public OllamaStandIn has(Model model) {
        models.put(
                model.name(),
                new Model(
                        model.name(),
                        whole(model.digest()),
                        model.size(),
                        model.remoteHost(),
                        model.parent()));
        return this;
    }

    public static String whole(String digest) {
        return digest.length() == 1 ? digest.repeat(64) : digest;
    }

    public void loses(String name) {
        models.remove(name);
    }

    public void losesAll() {
        models.clear();
    }

    public Model model(String name) {
        return models.get(name);
    }

    /** Questions for the version are answered so. */
    public void alwaysSaysOfItself(Reply reply) {
        version = reply;
    }

    /** The next questions for the list are answered so, one after the other. */
    public void lists(Reply... replies) {
        lists.addAll(List.of(replies));
    }

    /** All questions for the list are answered so, until null is given. */
    public void alwaysLists(Reply reply) {
        everyList = reply;
    }

    /** What pulls of a model say, one after the other; the last goes for all that follow. */
    public void pull(String name, Script... said) {
        scripts.put(name, new ArrayList<>(List.of(said)));
    }

    /** A pull as it should be: four steps of one content, then the model is there. */
    public static Script succeeds(String digest, long size) {
        return answer -> {
            answer.begin();
            answer.status("pulling manifest");
            for (int i = 1; i <= 4; i++) {
                answer.progress("blob-" + digest, size, size * i / 4);
            }
            answer.finish(digest, size);
        };
    }

    // ------------------------------------------------------------------------ what it was asked

    /** {@code METHOD PATH BODY} of every request, in their order. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    public List<String> requests(String beginning) {
        return requests.stream().filter(request -> request.startsWith(beginning)).toList();
    }

    public int pulls() {
        return requests("POST /api/pull").size();
    }

    public int pulls(String name) {
        AtomicInteger count = pulls.get(name);
        return count == null ? 0 : count.get();
    }

    public int mostPullsAtOnce() {
        return mostPulls.get();
    }

    /** When clients of pulls left, by {@link System#nanoTime}. */
    public List<Long> departures() {
        return List.copyOf(departures);
    }

    public int openConnections() {
        return open.size();
    }

    // ------------------------------------------------------------------------------- its life

    /** Nobody listens any more, and all connections end. */
    public void goAway() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(OllamaStandIn::closeQuietly);
    }

    public void comeBack() {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            listener = socket;
            Thread.startVirtualThread(() -> acceptAll(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        goAway();
    }

    private void acceptAll(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                open.add(client);
                Thread.startVirtualThread(() -> serve(client));
            } catch (IOException e) {
                // closed: the loop's condition says so
                continue;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(client.getInputStream());
            String head = head(in);
            while (!head.isEmpty()) {
                String body = body(in, head);
                String[] first = head.split("\r\n", 2)[0].split(" ");
                requests.add("%s %s %s".formatted(first[0], first[1], body));
                if (!answer(client, in, first[0] + " " + first[1], body)) {
                    return;
                }
                head = head(in);
            }
        } catch (IOException e) {
            // the client is gone, or was sent away
            return;
        } finally {
            open.remove(client);
        }
    }

    /** Whether the connection goes on. */
    private boolean answer(Socket client, InputStream in, String request, String body)
            throws IOException {
        switch (request) {
            case "GET /api/version" -> reply(client, version);
            case "GET /api/tags" -> {
                Reply once = lists.poll();
                Reply reply = once == null ? everyList : once;
                reply(client, reply == null ? Reply.json(list()) : reply);
                return reply == null || !reply.cut();
            }
            case "POST /api/copy" -> reply(client, copy(body));
            case "POST /api/pull" -> {
                pull(client, in, body);
                return false;
            }
            case "HEAD /v2/library/known/manifests/1b" ->
                    reply(client, new Reply(200, "application/json", new byte[0], false));
            case "HEAD /v2/library/hangs/manifests/1b" -> {
                int _ = in.read();
                return false;
            }
            default ->
                    reply(
                            client,
                            new Reply(
                                    404,
                                    "text/plain",
                                    "404 page not found".getBytes(UTF_8),
                                    false));
        }
        return true;
    }

    private void pull(Socket client, InputStream in, String body) throws IOException {
        Matcher matcher = NAME.matcher(body);
        String name = matcher.find() ? matcher.group(1) : "";
        mostPulls.accumulateAndGet(pullsNow.incrementAndGet(), Math::max);
        PullAnswer answer = new PullAnswer(this, client, in, name);
        try {
            int count = pulls.computeIfAbsent(name, _ -> new AtomicInteger()).getAndIncrement();
            List<Script> said = scripts.get(name);
            if (said == null) {
                answer.error("pull model manifest: file does not exist");
            } else {
                said.get(Math.min(count, said.size() - 1)).play(answer);
            }
            answer.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            pullsNow.decrementAndGet();
        }
    }

    void left() {
        departures.add(System.nanoTime());
    }

    private record Names(String source, String destination) {}

    private Reply copy(String body) {
        Names names = Json.read(body, Names.class);
        Model source = models.get(names.source());
        if (source == null) {
            return Reply.error(404, "model \"%s\" not found".formatted(names.source()));
        }
        has(
                new Model(
                        names.destination(),
                        source.digest(),
                        source.size(),
                        source.remoteHost(),
                        source.parent()));
        return Reply.json("");
    }

    private String list() {
        return models.values().stream()
                .map(OllamaStandIn::listed)
                .collect(Collectors.joining(",", "{\"models\":[", "]}"));
    }

    /** As the server lists a model. */
    public static String listed(Model model) {
        String remote =
                model.remoteHost().isEmpty()
                        ? ""
                        : "\"remote_model\":\"x\",\"remote_host\":\"%s\","
                                .formatted(model.remoteHost());
        return """
        {"name":"%s","model":"%s",%s"modified_at":"2025-05-04T17:37:44.706015396-07:00","size":%d,"digest":"%s","details":{"parent_model":"%s","families":null}}\
        """
                .formatted(
                        model.name(),
                        model.name(),
                        remote,
                        model.size(),
                        whole(model.digest()),
                        model.parent());
    }

    private static void reply(Socket client, Reply reply) throws IOException {
        byte[] body = reply.body();
        String head =
                "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                        .formatted(
                                reply.status(),
                                reply.contentType(),
                                reply.cut() ? body.length + 100 : body.length);
        client.getOutputStream().write(head.getBytes(UTF_8));
        client.getOutputStream().write(body);
        client.getOutputStream().flush();
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        int c = in.read();
        while (c >= 0 && head.length() < LONGEST_HEAD) {
            head.append((char) c);
            if (head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
            c = in.read();
        }
        return "";
    }

    private static String body(InputStream in, String head) throws IOException {
        Matcher length =
                Pattern.compile("content-length: *([0-9]+)").matcher(head.toLowerCase(Locale.ROOT));
        return length.find()
                ? new String(in.readNBytes(Integer.parseInt(length.group(1))), UTF_8)
                : "";
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
