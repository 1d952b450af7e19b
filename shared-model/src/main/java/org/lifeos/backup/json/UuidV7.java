package org.lifeos.backup.json;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

/**
 * Ids that sort by the time of their making (RFC 9562, section 5.7): kind to indexes, and to people
 * who read a list.
 */
public final class UuidV7 {
    private static final SecureRandom RANDOM = new SecureRandom();

    private UuidV7() {}

    public static UUID next(InstantSource clock) {
        long high = clock.millis() << 16 | 0x7000 | RANDOM.nextInt(1 << 12);
        long low = RANDOM.nextLong() & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /**
     * The id of something that belongs to another: the same each time for the same owner and name,
     * and sorted beside its owner.
     */
    public static UUID derived(UUID owner, String name) {
        UUID hash = UUID.nameUUIDFromBytes((owner + "/" + name).getBytes(StandardCharsets.UTF_8));
        long high =
                owner.getMostSignificantBits() & ~0xffffL
                        | 0x7000
                        | hash.getMostSignificantBits() & 0xfff;
        return new UUID(high, hash.getLeastSignificantBits());
    }

    /** When the id was made, to the millisecond; the epoch for an id of another version. */
    public static Instant time(UUID id) {
        return id.version() == 7
                ? Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16)
                : Instant.EPOCH;
    }
}
