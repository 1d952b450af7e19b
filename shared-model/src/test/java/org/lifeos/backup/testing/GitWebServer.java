package org.lifeos.backup.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A web server with a private git repository {@code /life-os.git}: it tells its branches, by the
 * protocol that needs nothing but files, to whoever logs in.
 */
public final class GitWebServer implements AutoCloseable {
    private static final int UNAUTHORIZED = 401;
    private static final int MOVED = 301;

    private final HttpServer server;
    private final String scheme;
    private final String login;
    private final Map<String, String> branches = new TreeMap<>();
    private final List<String> logins = new CopyOnWriteArrayList<>();
    private volatile String elsewhere;

    private GitWebServer(HttpServer server, String scheme, String login) {
        this.server = server;
        this.scheme = scheme;
        this.login = login;
        server.createContext("/", this::answer);
        server.start();
    }

    /**
     * @param login {@code USER:PASSWORD} that it lets in
     */
    public static GitWebServer http(String login) {
        try {
            return new GitWebServer(HttpServer.create(loopback(), 50), "http", login);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static GitWebServer https(String login, SelfMadeCertificate certificate) {
        try {
            HttpsServer server = HttpsServer.create(loopback(), 50);
            server.setHttpsConfigurator(new HttpsConfigurator(certificate.context()));
            return new GitWebServer(server, "https", login);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public GitWebServer has(String branch, String commit) {
        branches.put(branch, commit);
        return this;
    }

    /** From now on it sends everybody to another server. */
    public void moveTo(GitWebServer other) {
        elsewhere = other.url("");
    }

    /**
     * Its address.
     *
     * @param before stands before the host: empty, or a login with an at sign
     */
    public String url(String before) {
        return "%s://%s127.0.0.1:%d/life-os.git"
                .formatted(scheme, before, server.getAddress().getPort());
    }

    /** The logins that were tried, as {@code USER:PASSWORD}. */
    public List<String> logins() {
        return List.copyOf(logins);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (elsewhere != null) {
                String query = exchange.getRequestURI().getQuery();
                exchange.getResponseHeaders().set("Location", elsewhere + "/info/refs?" + query);
                exchange.sendResponseHeaders(MOVED, -1);
                return;
            }
            String header = exchange.getRequestHeaders().getFirst("Authorization");
            String given = header == null ? null : decoded(header);
            if (given != null) {
                logins.add(given);
            }
            if (!login.equals(given)) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.getResponseHeaders().set("Content-Type", "text/plain");
                // as unkind as a server may be: it repeats what it was told
                byte[] words =
                        ("refused: " + header + " " + given).getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(UNAUTHORIZED, words.length);
                exchange.getResponseBody().write(words);
                return;
            }
            StringBuilder refs = new StringBuilder();
            branches.forEach(
                    (name, commit) -> refs.append("%s\trefs/heads/%s\n".formatted(commit, name)));
            byte[] body = refs.toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain");
            boolean asked = exchange.getRequestURI().getPath().equals("/life-os.git/info/refs");
            exchange.sendResponseHeaders(asked ? 200 : 404, asked ? body.length : -1);
            if (asked) {
                exchange.getResponseBody().write(body);
            }
        }
    }

    private static String decoded(String header) {
        return new String(
                Base64.getDecoder().decode(header.replaceFirst("^Basic ", "")),
                StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
