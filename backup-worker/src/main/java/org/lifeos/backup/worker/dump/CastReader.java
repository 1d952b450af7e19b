package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.isSpace;
import static org.lifeos.backup.worker.dump.Bytes.isWord;

import java.util.Set;

/**
 * Finds the casts in SQL that PostgreSQL wrote, {@code ::type}, with types of several words and
 * with modifiers, as {@code format_type} writes them.
 */
final class CastReader {
    private enum State {
        OUTSIDE,
        COLON,
        NAME,
        QUOTED_NAME,
        MODIFIER,
        BETWEEN_WORDS,
        NEXT_WORD
    }

    /** Takes a byte that turned out to be no part of a cast. */
    interface Output {
        void write(byte b);
    }

    /** The first words of types of several words. */
    private static final Set<String> FIRST_WORDS =
            Set.of("character", "bit", "double", "timestamp", "time", "interval");

    private static final Set<String> NEXT_WORDS =
            Set.of(
                    "varying",
                    "precision",
                    "with",
                    "without",
                    "time",
                    "zone",
                    "year",
                    "month",
                    "day",
                    "hour",
                    "minute",
                    "second",
                    "to");
    private static final int LONGEST_WORD = 9;

    private final KeptText word = new KeptText(LONGEST_WORD);
    private State state = State.OUTSIDE;

    void begin() {
        state = State.OUTSIDE;
    }

    /**
     * Whether the byte is taken: it is part of a cast or may be. If not, it comes after what is
     * written to the output now.
     */
    boolean accept(byte b, Output output) {
        return switch (state) {
            case OUTSIDE -> b == ':' && become(State.COLON);
            case COLON -> colon(b, output);
            case NAME -> name(b);
            case QUOTED_NAME -> b == '"' ? become(State.NAME) : true;
            case MODIFIER -> b == ')' ? become(State.BETWEEN_WORDS) : true;
            case BETWEEN_WORDS -> betweenWords(b);
            case NEXT_WORD -> nextWord(b, output);
        };
    }

    /** The text ends here. */
    void finish(Output output) {
        if (state == State.COLON) {
            output.write((byte) ':');
        } else if (state == State.NEXT_WORD) {
            writeWord(output);
        }
        state = State.OUTSIDE;
    }

    private boolean become(State next) {
        state = next;
        return true;
    }

    private boolean end() {
        state = State.OUTSIDE;
        return false;
    }

    private boolean colon(byte b, Output output) {
        if (b == ':') {
            word.clear();
            return become(State.NAME);
        }
        output.write((byte) ':');
        return end();
    }

    private boolean name(byte b) {
        if (isWord(b) || b == '$') {
            word.append(b);
            return true;
        }
        boolean first = word.length() > 0 && !word.cut() && FIRST_WORDS.contains(text());
        if (b == '.') {
            word.clear();
            return true;
        }
        if (b == '"') {
            return become(State.QUOTED_NAME);
        }
        if (b == '(') {
            return become(State.MODIFIER);
        }
        if (b == '[' || b == ']') {
            return true;
        }
        return isSpace(b) && first ? become(State.BETWEEN_WORDS) : end();
    }

    private boolean betweenWords(byte b) {
        if (isWord(b)) {
            word.clear();
            word.append(b);
            return become(State.NEXT_WORD);
        }
        if (b == '(') {
            return become(State.MODIFIER);
        }
        return isSpace(b) || b == '[' || b == ']' || end();
    }

    private boolean nextWord(byte b, Output output) {
        if (isWord(b) && word.length() < LONGEST_WORD) {
            word.append(b);
            return true;
        }
        if (!isWord(b) && NEXT_WORDS.contains(text())) {
            state = State.BETWEEN_WORDS;
            return betweenWords(b);
        }
        writeWord(output);
        return end();
    }

    private void writeWord(Output output) {
        for (int at = 0; at < word.length(); at++) {
            output.write(word.at(at));
        }
    }

    private String text() {
        return word.substring(0, word.length());
    }
}
