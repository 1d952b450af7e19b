package org.lifeos.backup.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The network's bad days: a TCP proxy on loopback between a client and a server.
 *
 * <p>It forwards everything until told otherwise, and can rewrite what the server says, stop
 * forwarding, cut connections and refuse new ones. All methods may be called at any time from any
 * thread.
 */
public final class WireProxy implements AutoCloseable {
    private static final int CONNECT_MS = 5_000;
    private static final int PIECE = 16 * 1024;

    /** How long the beginning of a sequence is held back for the rest of it. */
    private static final int HOLD_MS = 100;

    private final String host;
    private final int port;
    private final int listeningPort = FreePorts.next();
    private final List<ByteReplacer.Rule> rules = new CopyOnWriteArrayList<>();
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final Gate gate = new Gate();
    private volatile Limit limit = Limit.NONE;
    private volatile Duration delay = Duration.ZERO;
    private ServerSocket listener;
    private Thread acceptor;

    private enum Action {
        CUT,
        STALL
    }

    private record Limit(long bytes, Action action) {
        static final Limit NONE = new Limit(Long.MAX_VALUE, Action.CUT);
    }

    private WireProxy(String host, int port) {
        this.host = host;
        this.port = port;
        accept();
    }

    /** A proxy for a server, on a free port. */
    public static WireProxy to(String host, int port) {
        return new WireProxy(host, port);
    }

    /** A proxy for a PostgreSQL server, on a free port. */
    public static WireProxy to(PostgresServer server) {
        return to(server.host(), server.port());
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return listeningPort;
    }

    /**
     * From now on, what the server says is changed wherever it holds this text.
     *
     * @throws IllegalArgumentException when the two differ in length: a protocol counts its bytes
     */
    public WireProxy replaceFromServer(String text, String replacement) {
        rules.add(ByteReplacer.Rule.of(text, replacement));
        return this;
    }

    /**
     * From now on, the server says that it is of another major version (of two digits), to tools
     * and to {@code server_version_num}.
     */
    public WireProxy claimMajor(PostgresServer server, int major) {
        String version = server.version();
        String number = server.rows("postgres", "SHOW server_version_num").getFirst().getFirst();
        return replaceFromServer(version, major + version.substring(2))
                .replaceFromServer(number, major + number.substring(2));
    }

    /** Connections accepted since the start. */
    public int connections() {
        return connections.get();
    }

    /** Connections open now. */
    public int openConnections() {
        return links.size();
    }

    /** Cuts all connections, as a crashed host does: both ends get a reset. */
    public void cutAll() {
        links.forEach(Link::cut);
    }

    /**
     * Each connection that is or will be open is cut once the server has sent this many bytes in
     * it.
     */
    public void cutAfterServerBytes(long bytes) {
        limit = new Limit(bytes, Action.CUT);
    }

    /** Like {@link #stall()}, once the server has sent this many bytes in one connection. */
    public void stallAfterServerBytes(long bytes) {
        limit = new Limit(bytes, Action.STALL);
    }

    /** Stops forwarding, in both directions, without closing anything: a dead network. */
    public void stall() {
        gate.shut();
    }

    public boolean stalled() {
        return gate.isShut();
    }

    /** Forwards everything again, also what waited, and forgets limits. */
    public void resume() {
        limit = Limit.NONE;
        gate.open();
    }

    /** From now on, each piece of what the server says comes this much later. */
    public void delay(Duration each) {
        delay = each;
    }

    /** New connections are refused, as when no server is running; open ones go on. */
    public synchronized void refuse() {
        try {
            listener.close();
            // The port listens until the thread that waits in accept has noticed.
            if (!acceptor.join(Duration.ofMillis(CONNECT_MS))) {
                throw new IllegalStateException("the port is still open");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the port was closed", e);
        }
    }

    /** Takes new connections again, on the same port. */
    public synchronized void accept() {
        if (listener != null && !listener.isClosed()) {
            return;
        }
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), listeningPort));
            listener = socket;
            acceptor = Thread.startVirtualThread(() -> acceptAll(socket));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Refuses new connections and cuts the open ones. */
    @Override
    public void close() {
        refuse();
        gate.open();
        cutAll();
    }

    private void acceptAll(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                connections.incrementAndGet();
                Thread.startVirtualThread(() -> open(client));
            } catch (IOException closed) {
                // The loop's condition says whether it was us.
            }
        }
    }

    private void open(Socket client) {
        Socket server = new Socket();
        Link link = new Link(client, server);
        links.add(link);
        try {
            server.connect(new InetSocketAddress(host, port), CONNECT_MS);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
            Thread.startVirtualThread(() -> link.run(link::clientToServer));
            link.run(link::serverToClient);
        } catch (IOException unreachable) {
            link.cut();
        }
    }

    private interface Pump {
        void run() throws IOException, InterruptedException;
    }

    /** One client's connection and the one to the server that belongs to it. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private final AtomicInteger halvesEnded = new AtomicInteger();

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void run(Pump pump) {
            try {
                pump.run();
                if (halvesEnded.incrementAndGet() == 2) {
                    close();
                }
            } catch (IOException | InterruptedException ended) {
                cut();
            }
        }

        void clientToServer() throws IOException, InterruptedException {
            byte[] buffer = new byte[PIECE];
            int count;
            while ((count = client.getInputStream().read(buffer)) >= 0) {
                gate.await();
                server.getOutputStream().write(buffer, 0, count);
            }
            server.shutdownOutput();
        }

        void serverToClient() throws IOException, InterruptedException {
            ByteReplacer replacer = new ByteReplacer();
            byte[] buffer = new byte[PIECE];
            long sent = 0;
            while (true) {
                server.setSoTimeout(replacer.holdsBack() ? HOLD_MS : 0);
                byte[] piece;
                try {
                    int count = server.getInputStream().read(buffer);
                    if (count < 0) {
                        break;
                    }
                    piece = replacer.replace(Arrays.copyOf(buffer, count), rules);
                } catch (SocketTimeoutException nothingFollows) {
                    piece = replacer.flush();
                }
                sent = send(piece, sent);
            }
            send(replacer.flush(), sent);
            client.shutdownOutput();
        }

        private long send(byte[] piece, long sentBefore) throws IOException, InterruptedException {
            gate.await();
            if (delay.isPositive()) {
                Thread.sleep(delay);
            }
            Limit now = limit;
            int allowed = Math.clamp(now.bytes() - sentBefore, 0, piece.length);
            client.getOutputStream().write(piece, 0, allowed);
            if (sentBefore + piece.length > now.bytes()) {
                if (now.action() == Action.CUT) {
                    throw new IOException("cut here, as ordered");
                }
                gate.shut();
                gate.await();
                client.getOutputStream().write(piece, allowed, piece.length - allowed);
            }
            return sentBefore + piece.length;
        }

        void close() {
            links.remove(this);
            closeQuietly(client);
            closeQuietly(server);
        }

        // Without lingering, close sends a reset instead of a farewell.
        void cut() {
            for (Socket socket : List.of(client, server)) {
                try {
                    socket.setSoLinger(true, 0);
                } catch (IOException alreadyClosed) {
                    // Nothing is left to reset.
                }
            }
            close();
        }

        private static void closeQuietly(Socket socket) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Where bytes wait while the network is dead. */
    private static final class Gate {
        private boolean shut;

        synchronized void shut() {
            shut = true;
        }

        synchronized void open() {
            shut = false;
            notifyAll();
        }

        synchronized boolean isShut() {
            return shut;
        }

        synchronized void await() throws InterruptedException {
            while (shut) {
                wait();
            }
        }
    }
}
