package org.lifeos.backup.api.alert;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.lifeos.backup.json.Json;

/**
 * Posts each change of status as JSON. {@code id} is the same when it comes twice; {@code text} is
 * what chat services show.
 */
final class WebhookChannel implements Channel {
    static final String NAME = "webhook";

    private final Web web = new Web();
    private final URI address;

    WebhookChannel(URI address) {
        this.address = address;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Duration patience() {
        return Duration.ofDays(7);
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        StatusChange change = Json.mapper().treeToValue(notice.body(), StatusChange.class);
        ObjectNode body = notice.body().deepCopy();
        body.put("id", Long.toString(notice.id()));
        body.put("text", "life-os backup: %s. %s".formatted(change.title(), change.summary()));
        web.call(
                HttpRequest.newBuilder(address)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(Json.write(body))));
    }
}
