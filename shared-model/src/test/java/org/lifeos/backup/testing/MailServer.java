package org.lifeos.backup.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A mail server on a socket that speaks SMTP (RFC 5321), with login by AUTH PLAIN (RFC 4954), in
 * the open, over TLS from the first byte, or after STARTTLS (RFC 3207).
 */
public final class MailServer implements AutoCloseable {
    private enum Security {
        NONE,
        STARTTLS,
        TLS
    }

    private final ServerSocket socket;
    private final Security security;
    private final SSLContext tls;
    private final String login;
    private final List<String> mails = new CopyOnWriteArrayList<>();
    private final List<String> envelopes = new CopyOnWriteArrayList<>();
    private final List<String> commandsInTheOpen = new CopyOnWriteArrayList<>();
    private volatile boolean refuses;

    private MailServer(String user, String password, Security security, SSLContext tls) {
        this.security = security;
        this.tls = tls;
        this.login =
                user == null
                        ? null
                        : Base64.getEncoder()
                                .encodeToString(
                                        ("\0" + user + "\0" + password)
                                                .getBytes(StandardCharsets.UTF_8));
        try {
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().start(this::serve);
    }

    public static MailServer open() {
        return new MailServer(null, null, Security.NONE, null);
    }

    public static MailServer withLogin(String user, String password) {
        return new MailServer(user, password, Security.NONE, null);
    }

    /** Speaks TLS from the first byte. */
    public static MailServer withTls(String user, String password, SelfMadeCertificate own) {
        return new MailServer(user, password, Security.TLS, own.context());
    }

    /** Offers TLS, and lets nobody log in without. */
    public static MailServer withStartTls(String user, String password, SelfMadeCertificate own) {
        return new MailServer(user, password, Security.STARTTLS, own.context());
    }

    public int port() {
        return socket.getLocalPort();
    }

    /** All mails so far, as they were sent. */
    public List<String> mails() {
        return List.copyOf(mails);
    }

    /** The senders and recipients so far, as commands. */
    public List<String> envelopes() {
        return List.copyOf(envelopes);
    }

    /** What was said where anybody could listen. */
    public List<String> commandsInTheOpen() {
        return List.copyOf(commandsInTheOpen);
    }

    /** Answers that there is no room for now, or takes mails again. */
    public void refuse(boolean now) {
        refuses = now;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                Thread.ofVirtual().start(() -> talkTo(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void talkTo(Socket client) {
        try (client) {
            boolean isSecret = security == Security.TLS;
            talk(isSecret ? encrypted(client) : client, isSecret, true);
        } catch (IOException e) {
            // the client hung up
        }
    }

    private Socket encrypted(Socket client) throws IOException {
        SSLSocket secret =
                (SSLSocket)
                        tls.getSocketFactory().createSocket(client, null, client.getPort(), true);
        secret.setUseClientMode(false);
        secret.startHandshake();
        return secret;
    }

    private void talk(Socket client, boolean isSecret, boolean greets) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        OutputStream out = client.getOutputStream();
        boolean known = login == null;
        boolean mustEncrypt = security == Security.STARTTLS && !isSecret;
        if (greets) {
            say(out, "220 mail.example.org ESMTP");
        }
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String command = line.split(" ", 2)[0].toUpperCase(java.util.Locale.ROOT);
            if (!isSecret) {
                commandsInTheOpen.add(line);
            }
            switch (command) {
                case "EHLO" -> say(out, "250-mail.example.org\r\n250 " + offer(mustEncrypt));
                case "STARTTLS" -> {
                    say(out, mustEncrypt ? "220 go on" : "502 unknown");
                    if (mustEncrypt) {
                        talk(encrypted(client), true, false);
                        return;
                    }
                }
                case "HELO", "RSET", "NOOP" -> say(out, "250 OK");
                case "AUTH" -> {
                    known = !mustEncrypt && line.equals("AUTH PLAIN " + login);
                    say(out, known ? "235 welcome" : "535 5.7.8 wrong credentials");
                }
                case "MAIL", "RCPT" -> {
                    if (!known) {
                        say(out, "530 5.7.0 authentication required");
                    } else if (refuses) {
                        say(out, "452 4.3.1 no room for now");
                    } else {
                        envelopes.add(line);
                        say(out, "250 OK");
                    }
                }
                case "DATA" -> {
                    say(out, "354 go on");
                    mails.add(content(in));
                    say(out, "250 taken");
                }
                case "QUIT" -> {
                    say(out, "221 bye");
                    return;
                }
                default -> say(out, "502 unknown");
            }
        }
    }

    private String offer(boolean mustEncrypt) {
        if (mustEncrypt) {
            return "STARTTLS";
        }
        return login == null ? "8BITMIME" : "AUTH PLAIN";
    }

    private static String content(BufferedReader in) throws IOException {
        StringBuilder content = new StringBuilder();
        for (String line = in.readLine(); line != null && !line.equals("."); line = in.readLine()) {
            content.append(line.startsWith("..") ? line.substring(1) : line).append('\n');
        }
        return content.toString();
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
