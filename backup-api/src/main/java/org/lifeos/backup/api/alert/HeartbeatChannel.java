package org.lifeos.backup.api.alert;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.lifeos.backup.json.Json;

/**
 * Calls a dead-man's switch as healthchecks.io wants it: {@code URL/start}, {@code URL}, {@code
 * URL/fail}.
 */
final class HeartbeatChannel implements Channel {
    static final String NAME = "heartbeat";

    private final Web web = new Web();
    private final URI address;

    HeartbeatChannel(URI address) {
        this.address = address;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** Said too late it would be taken for news; without it the switch raises the alarm. */
    @Override
    public Duration patience() {
        return Duration.ofHours(1);
    }

    @Override
    public void send(Notice notice) throws IOException, InterruptedException {
        Ping ping = Json.mapper().treeToValue(notice.body(), Ping.class);
        web.call(HttpRequest.newBuilder(addressOf(ping.event())).GET());
    }

    private URI addressOf(Ping.Event event) {
        String path = address.getRawPath() == null ? "" : address.getRawPath();
        String whole =
                path.endsWith("/") && !event.path().isEmpty()
                        ? path.substring(0, path.length() - 1)
                        : path;
        String query = address.getRawQuery() == null ? "" : "?" + address.getRawQuery();
        return URI.create(
                "%s://%s%s%s%s"
                        .formatted(
                                address.getScheme(),
                                address.getRawAuthority(),
                                whole,
                                event.path(),
                                query));
    }
}
