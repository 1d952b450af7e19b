package org.lifeos.backup.api.alert;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Calls others by HTTP; what they answer beyond the status does not matter. */
final class Web {
    private static final int FIRST_FAILURE = 300;

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Channel.LIMIT)
                    .build();

    /**
     * @throws IOException when there is no answer, or none of 2xx
     */
    void call(HttpRequest.Builder request) throws IOException, InterruptedException {
        int status;
        try {
            status =
                    client.send(
                                    request.timeout(Channel.LIMIT)
                                            .header("User-Agent", "life-os-backup")
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode();
        } catch (IOException e) {
            throw new IOException(
                    "%s %s"
                            .formatted(
                                    e.getClass().getSimpleName(),
                                    e.getMessage() == null ? "" : e.getMessage())
                            .strip(),
                    e);
        }
        if (status >= FIRST_FAILURE) {
            throw new IOException("it answered with HTTP status " + status);
        }
    }
}
