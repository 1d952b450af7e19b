package org.lifeos.backup.testing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Replaces byte sequences by others of the same length in a stream that comes in pieces. */
final class ByteReplacer {
    record Rule(byte[] from, byte[] to) {
        static Rule of(String from, String to) {
            byte[] old = from.getBytes(StandardCharsets.ISO_8859_1);
            byte[] replacement = to.getBytes(StandardCharsets.ISO_8859_1);
            if (old.length == 0 || old.length != replacement.length) {
                throw new IllegalArgumentException(
                        "%s and %s differ in length or are empty".formatted(from, to));
            }
            return new Rule(old, replacement);
        }

        /** Whether the bytes from a position on are the sequence, or begin it and end too early. */
        private boolean beginsAt(byte[] bytes, int position) {
            int length = Math.min(from.length, bytes.length - position);
            return Arrays.equals(bytes, position, position + length, from, 0, length);
        }
    }

    private static final byte[] NONE = {};

    private byte[] heldBack = NONE;

    /**
     * Takes a piece and gives what can go on: all but an end which may be the beginning of a
     * sequence.
     */
    byte[] replace(byte[] piece, List<Rule> rules) {
        byte[] bytes = joined(heldBack, piece);
        heldBack = NONE;
        int position = 0;
        while (position < bytes.length) {
            int here = position;
            Rule rule =
                    rules.stream().filter(r -> r.beginsAt(bytes, here)).findFirst().orElse(null);
            if (rule == null) {
                position++;
            } else if (position + rule.from.length <= bytes.length) {
                System.arraycopy(rule.to, 0, bytes, position, rule.to.length);
                position += rule.to.length;
            } else {
                heldBack = Arrays.copyOfRange(bytes, position, bytes.length);
                return Arrays.copyOf(bytes, position);
            }
        }
        return bytes;
    }

    boolean holdsBack() {
        return heldBack.length > 0;
    }

    /** Gives what was held back: nothing follows that could complete it. */
    byte[] flush() {
        byte[] rest = heldBack;
        heldBack = NONE;
        return rest;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
