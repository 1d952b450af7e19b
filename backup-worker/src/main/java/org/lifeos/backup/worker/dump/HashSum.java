package org.lifeos.backup.worker.dump;

/**
 * The sum of hashes modulo 2^128: the same for every order, another when something comes once more
 * or once less.
 */
final class HashSum {
    private static final long KEY = 0x6c62272e07bb0142L;

    private long high;
    private long low;

    void clear() {
        high = 0;
        low = 0;
    }

    void add(long first, long second) {
        low += second;
        high += first + (Long.compareUnsigned(low, second) < 0 ? 1 : 0);
    }

    void add(StreamHash hash) {
        add(hash.first(), hash.second());
    }

    void add(HashSum other) {
        add(other.high, other.low);
    }

    /**
     * Adds the sum of parts as one thing: mixed, so that a part cannot trade places with the part
     * of another thing.
     */
    void addMixed(HashSum parts) {
        long one = (parts.high ^ KEY) + parts.low;
        long two = parts.low + one;
        one = StreamHash.mix(one);
        two = StreamHash.mix(two);
        one += two;
        add(one, two + one);
    }

    /** As 32 hex digits. */
    String hex() {
        return StreamHash.hex(high, low);
    }
}
