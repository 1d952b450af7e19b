package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Requests byte by byte as a test writes them, because no HTTP client sends what attackers send.
 * Each has a connection of its own, which the server closes after its answer.
 */
final class RawHttp {
    private static final int ANSWER_MS = 20_000;
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 ";

    private RawHttp() {}

    /**
     * What came back.
     *
     * @param status 0 when the connection ended without an answer
     * @param head status line and headers
     * @param body as it was sent, chunks included where it came in chunks
     */
    record Answer(int status, String head, byte[] body) {
        static Answer of(byte[] bytes) {
            String text = new String(bytes, ISO_8859_1);
            if (text.startsWith(CONTINUE)) {
                int rest = text.indexOf(END_OF_HEAD) + END_OF_HEAD.length();
                return of(Arrays.copyOfRange(bytes, rest, bytes.length));
            }
            int end = text.indexOf(END_OF_HEAD);
            if (end < 0 || !text.startsWith("HTTP/1.")) {
                return new Answer(0, text, new byte[0]);
            }
            return new Answer(
                    Integer.parseInt(text.substring(9, 12)),
                    text.substring(0, end),
                    Arrays.copyOfRange(bytes, end + END_OF_HEAD.length(), bytes.length));
        }

        Optional<String> header(String name) {
            return head.lines()
                    .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst();
        }

        String text() {
            return new String(body, UTF_8);
        }

        @Override
        public String toString() {
            return head + END_OF_HEAD + text();
        }
    }

    /**
     * Sends a request and reads until the server closes the connection.
     *
     * @param method and uri as they stand in the request line
     * @param headers each {@code Name: value}; Host, Content-Length and Connection are added
     * @throws IOException when the server cannot be reached, or says nothing for 20 s
     */
    static Answer send(int port, String method, String uri, List<String> headers, byte[] body)
            throws IOException {
        StringBuilder head = new StringBuilder();
        head.append(method).append(' ').append(uri).append(" HTTP/1.1\r\nHost: localhost\r\n");
        headers.forEach(header -> head.append(header).append("\r\n"));
        if (body.length > 0) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        head.append("Connection: close").append(END_OF_HEAD);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(head.toString().getBytes(ISO_8859_1));
        request.writeBytes(body);
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(ANSWER_MS);
            socket.getOutputStream().write(request.toByteArray());
            return Answer.of(readAll(socket.getInputStream()));
        }
    }

    /** All bytes until the end, also when that is a reset after the answer. */
    private static byte[] readAll(InputStream input) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            input.transferTo(read);
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            if (read.size() == 0) {
                throw e;
            }
        }
        return read.toByteArray();
    }
}
