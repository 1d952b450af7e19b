package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells which statements of a plain dump a fresh database is better off without. The prologue lasts
 * until the first object is announced ({@code -- Name: …}) or made.
 */
final class Prologue {
    private static final byte[] OBJECT = ascii("-- Name: ");
    private static final byte[] DATA = ascii("-- Data for Name: ");
    private static final int LOOKED_AT = 400;

    /** Schema public is the one droppable thing that a fresh database holds. */
    private static final Pattern DROPS_PUBLIC =
            Pattern.compile("drop schema (if exists )?public( cascade| restrict)? ?;");

    private static final Pattern DROPS =
            Pattern.compile(
                    "drop .*|alter .* drop .*|alter .* detach partition .*|select pg_catalog\\.lo_unlink\\(.*"
                            // stands for the rule of a view that others need, while that is dropped
                            + "|create or replace view .*",
                    Pattern.DOTALL);

    private static final Pattern MAKES =
            Pattern.compile("(create|copy|insert|grant|comment|security) .*", Pattern.DOTALL);

    private static final int WITHOUT_OIDS = 12;
    private static final int WITH_TRANSACTION_TIMEOUT = 17;

    private final int serverMajor;
    private boolean holds = true;

    Prologue(int serverMajor) {
        this.serverMajor = serverMajor;
    }

    boolean holds() {
        return holds;
    }

    void comment(KeptText text) {
        if (text.startsWith(OBJECT) || text.startsWith(DATA)) {
            holds = false;
        }
    }

    /** A statement that was too long to be looked at goes through. */
    void passes(KeptText text) {
        holds &= !MAKES.matcher(normal(text)).matches();
    }

    boolean takesOut(KeptText text) {
        if (!holds) {
            return false;
        }
        String statement = normal(text);
        if (DROPS_PUBLIC.matcher(statement).matches()) {
            return false;
        }
        if (DROPS.matcher(statement).matches()) {
            return true;
        }
        passes(text);
        return isUnknownSetting(statement);
    }

    /** Each of them is at its default in these dumps, on servers that know it. */
    private boolean isUnknownSetting(String statement) {
        return switch (statement) {
            case "set transaction_timeout = 0;" -> serverMajor < WITH_TRANSACTION_TIMEOUT;
            case "set default_with_oids = false;" -> serverMajor >= WITHOUT_OIDS;
            default -> false;
        };
    }

    private static String normal(KeptText text) {
        return text.substring(0, Math.min(text.length(), LOOKED_AT))
                .strip()
                .replaceAll("\\s+", " ")
                .toLowerCase(Locale.ROOT);
    }
}
