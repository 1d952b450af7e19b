package org.lifeos.backup.api.alert;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.lifeos.backup.problem.Redaction;

/** Sends what lies in the outbox, one after the other. */
final class Courier {
    static final String METRIC = "lifeos.backup.notice.deliveries";

    private static final Logger LOG = Logger.getLogger(Courier.class);

    private final Outbox outbox;
    private final Map<String, Channel> channels;
    private final Redaction redaction;
    private final MeterRegistry meters;

    Courier(Outbox outbox, List<Channel> channels, Redaction redaction, MeterRegistry meters) {
        this.outbox = outbox;
        this.channels =
                channels.stream().collect(Collectors.toMap(Channel::name, Function.identity()));
        this.redaction = redaction;
        this.meters = meters;
        this.channels
                .keySet()
                .forEach(channel -> {
                    for (String outcome : List.of("delivered", "failed", "lost")) {
                        meters.counter(METRIC, "channel", channel, "outcome", outcome);
                    }
                });
    }

    /** Sends everything that is due. */
    void run() throws InterruptedException {
        if (channels.isEmpty()) {
            return;
        }
        Optional<Outbox.Delivery> next = outbox.claim(channels.keySet());
        while (next.isPresent()) {
            send(next.get());
            next = outbox.claim(channels.keySet());
        }
    }

    private void send(Outbox.Delivery delivery) throws InterruptedException {
        Channel channel = channels.get(delivery.channel());
        try {
            channel.send(delivery.notice());
        } catch (IOException | RuntimeException e) {
            String problem = redaction.apply(String.valueOf(e.getMessage()));
            boolean lost = outbox.failed(delivery, problem, channel.patience());
            LOG.warnf(
                    "notice %d (%s) by %s, try %d: %s%s",
                    delivery.notice().id(),
                    delivery.notice().subject(),
                    channel.name(),
                    delivery.attempt(),
                    problem,
                    lost ? "; given up" : "");
            count(channel, lost ? "lost" : "failed");
            return;
        }
        outbox.delivered(delivery);
        LOG.infof(
                "notice %d (%s) went by %s",
                delivery.notice().id(), delivery.notice().subject(), channel.name());
        count(channel, "delivered");
    }

    private void count(Channel channel, String outcome) {
        meters.counter(METRIC, "channel", channel.name(), "outcome", outcome).increment();
    }
}
