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

/** A mail server on a socket that speaks SMTP (RFC 5321), with login by AUTH PLAIN (RFC 4954). */
public final class MailServer implements AutoCloseable {
    private final ServerSocket socket;
    private final String login;
    private final List<String> mails = new CopyOnWriteArrayList<>();
    private final List<String> envelopes = new CopyOnWriteArrayList<>();
    private volatile boolean refuses;

    private MailServer(String user, String password) {
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
        return new MailServer(null, null);
    }

    public static MailServer withLogin(String user, String password) {
        return new MailServer(user, password);
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
            talk(client);
        } catch (IOException e) {
            // the client hung up
        }
    }

    private void talk(Socket client) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
        OutputStream out = client.getOutputStream();
        boolean known = login == null;
        say(out, "220 mail.example.org ESMTP");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String command = line.split(" ", 2)[0].toUpperCase(java.util.Locale.ROOT);
            switch (command) {
                case "EHLO" ->
                        say(
                                out,
                                login == null
                                        ? "250 mail.example.org"
                                        : "250-mail.example.org\r\n250 AUTH PLAIN");
                case "HELO", "RSET", "NOOP" -> say(out, "250 OK");
                case "AUTH" -> {
                    known = line.equals("AUTH PLAIN " + login);
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
