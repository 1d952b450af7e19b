package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.isWord;

import java.util.regex.Pattern;

/**
 * Finds where psql would put one of its own variables into a statement: {@code :NAME}, {@code
 * :'NAME'}, {@code :"NAME"}, {@code :{?NAME}} (PostgreSQL manual, psql, SQL Interpolation). What
 * comes in its place is read as if it stood in the script, and the text of the last error is
 * whatever the script made it. A variable that psql does not have stays as it stands, as in {@code
 * a[1:n]}.
 */
final class PsqlVariable {
    private static final int LONGEST_NAME_BYTES = 63;

    /** All that psql sets by itself, up to version 18. */
    private static final Pattern OWN =
            Pattern.compile(
                    "AUTOCOMMIT|COMP_KEYWORD_CASE|DBNAME|ECHO|ECHO_HIDDEN|ENCODING|ERROR|FETCH_COUNT|HIDE_\\w+|HIST\\w+"
                            + "|HOST|IGNOREEOF|LASTOID|LAST_ERROR_\\w+|ON_ERROR_\\w+|PIPELINE_\\w+|PORT|PROMPT\\d"
                            + "|QUIET|ROW_COUNT|SERVER_VERSION_\\w+|SERVICE\\w*|SHELL_\\w+|SHOW_\\w+|SINGLE\\w+|SQLSTATE"
                            + "|USER|VERBOSITY|VERSION\\w*|WATCH_INTERVAL");

    private enum State {
        CLOSED,
        AFTER_COLON,
        NAME,
        TEST
    }

    private final KeptText name = new KeptText(LONGEST_NAME_BYTES);
    private State state = State.CLOSED;
    private boolean cast;

    /** A colon in the open; the second one of a cast begins nothing. */
    void colon() {
        state = cast ? State.CLOSED : State.AFTER_COLON;
        cast = false;
    }

    /** Whether the next byte is to be told. */
    boolean isOpen() {
        return state != State.CLOSED;
    }

    /** Whether the name of a variable ends before this byte. */
    boolean endsBefore(byte b) {
        switch (state) {
            case AFTER_COLON -> begin(b);
            case NAME -> {
                if (isWord(b)) {
                    name.append(b);
                } else {
                    state = State.CLOSED;
                    return OWN.matcher(name.substring(0, name.length())).matches();
                }
            }
            case TEST -> {
                state = State.CLOSED;
                return b == '?';
            }
            case CLOSED -> throw new IllegalStateException("no colon came before");
        }
        return false;
    }

    private void begin(byte b) {
        name.clear();
        cast = b == ':';
        if (b == '{') {
            state = State.TEST;
        } else if (b == '\'' || b == '"') {
            state = State.NAME;
        } else if (isWord(b)) {
            state = State.NAME;
            name.append(b);
        } else {
            state = State.CLOSED;
        }
    }
}
