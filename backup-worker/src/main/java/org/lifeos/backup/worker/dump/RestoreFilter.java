package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.indexOf;
import static org.lifeos.backup.worker.dump.Bytes.isSpace;

import java.io.IOException;
import java.io.OutputStream;
import org.lifeos.backup.problem.ProblemCode;
import org.lifeos.backup.problem.ProblemException;

/**
 * Lets through to psql what a restore into a fresh database may run of a plain dump, while it flows
 * by. What it takes out it replaces by empty lines, so that psql's line numbers are the dump's;
 * only rows that a gate holds back leave none.
 *
 * <ul>
 *   <li>What psql might read in another way than this class does never passes: its variables, NUL
 *       bytes, client encodings that are none of a database. It is what the dump is refused for.
 *   <li>psql's commands never pass: a dump must not run programs or write files on the worker. The
 *       restrict and unrestrict that pg_dump writes are taken out, any other ends the restore.
 *   <li>The DROP prologue of {@code pg_dump --clean} is taken out: a fresh database holds nothing
 *       to drop, and some of its statements fail where the types they name are missing.
 *   <li>Settings of another major version that the server does not know are taken out.
 * </ul>
 *
 * Memory is flat: at most 1 MiB of a statement is held. Not safe for use by several threads.
 */
public final class RestoreFilter {
    private enum Mode {
        SCRIPT,
        LINE_OF_COPY,
        ROWS
    }

    /** Told before the rows of each COPY go through. */
    @FunctionalInterface
    public interface CopyGate {
        /**
         * @param statement the COPY, with its semicolon
         * @return whether its rows may go through; else they are swallowed with the statement
         */
        boolean opens(byte[] statement) throws IOException;

        /** Lets everything through. */
        static CopyGate open() {
            return _ -> true;
        }
    }

    private static final int HELD_AT_MOST = ScriptLexer.LONGEST_KEPT_ITEM_BYTES;

    private final OutputStream out;
    private final Prologue prologue;
    private final ReadingRules readingRules = new ReadingRules();
    private final CopyGate gate;
    private final boolean holdsStatements;
    private final ScriptLexer lexer = new ScriptLexer();
    private final HeldBytes held = new HeldBytes(HELD_AT_MOST);
    private Mode mode = Mode.SCRIPT;
    private EndOfRows rows;
    private boolean copyOpen;
    private boolean passing;
    private long line = 1;

    /**
     * @param serverMajor the major version of the server that the dump is restored on
     */
    public static RestoreFilter strict(OutputStream out, int serverMajor) {
        return new RestoreFilter(out, serverMajor, CopyGate.open(), false);
    }

    /**
     * Asks the gate before each COPY: where the statement itself fails, psql would take the rows
     * for statements.
     */
    public static RestoreFilter gated(OutputStream out, int serverMajor, CopyGate gate) {
        return new RestoreFilter(out, serverMajor, gate, true);
    }

    private RestoreFilter(
            OutputStream out, int serverMajor, CopyGate gate, boolean holdsStatements) {
        this.out = out;
        this.prologue = new Prologue(serverMajor);
        this.gate = gate;
        this.holdsStatements = holdsStatements;
    }

    /**
     * Takes the next bytes of the dump.
     *
     * @throws ProblemException when the dump holds what no restore may run
     * @throws IOException when psql takes no more
     */
    public void accept(byte[] buffer, int offset, int length) throws IOException {
        int end = offset + length;
        int at = offset;
        if (indexOf(buffer, (byte) 0, offset, end) < end) {
            // psql does not see the rest of its line
            throw refused("a NUL byte");
        }
        while (at < end) {
            int next =
                    switch (mode) {
                        case SCRIPT -> script(buffer, at, end);
                        case LINE_OF_COPY -> lineOfCopy(buffer, at, end);
                        case ROWS -> rows(buffer, at, end);
                    };
            line += newlines(buffer, at, next);
            at = next;
        }
    }

    private int script(byte[] buffer, int from, int end) throws IOException {
        int at = lexer.read(buffer, from, end);
        lexer.unsafeInside().ifPresent(this::refuse);
        boolean ended = lexer.itemEnded();
        if (!ended && !lexer.insideItem()) {
            writeNewlines(buffer, from, at);
            return at;
        }
        switch (lexer.kind()) {
            case STATEMENT -> statement(buffer, from, at, ended);
            case COMMENT -> comment(buffer, from, at, ended);
            case META_COMMAND -> metaCommand(buffer, from, at, ended);
        }
        return at;
    }

    private void statement(byte[] buffer, int from, int to, boolean ended) throws IOException {
        if (ended) {
            readingRules.objection(lexer.text()).ifPresent(this::refuse);
        }
        if (!passing && (prologue.holds() || holdsStatements) && held.append(buffer, from, to)) {
            if (ended) {
                decide(lexer.text());
            }
            return;
        }
        release();
        out.write(buffer, from, to - from);
        passing = !ended;
        if (ended) {
            prologue.passes(lexer.text());
            beginCopyOf(lexer.text());
        }
    }

    /** What becomes of a statement that was held back until its end. */
    private void decide(KeptText text) throws IOException {
        if (prologue.takesOut(text)) {
            held.drainNewlines(out);
            return;
        }
        if (!CopyStatement.isCopy(text)) {
            release();
            return;
        }
        beginCopyOf(text);
        copyOpen = gate.opens(text.bytes());
        if (copyOpen) {
            release();
        } else {
            held.drainNewlines(out);
        }
    }

    private void release() throws IOException {
        held.drain(out);
    }

    private void beginCopyOf(KeptText text) {
        if (!CopyStatement.isCopy(text)) {
            return;
        }
        if (CopyStatement.table(text).isEmpty()) {
            throw refused("a COPY in a form that pg_dump does not write");
        }
        rows = new EndOfRows();
        copyOpen = true;
        mode = Mode.LINE_OF_COPY;
    }

    /** A first slash or minus may still begin a statement. */
    private void comment(byte[] buffer, int from, int to, boolean ended) throws IOException {
        boolean fits = held.append(buffer, from, to);
        if (ended || !fits) {
            if (ended) {
                prologue.comment(lexer.text());
            }
            held.drainNewlines(out);
            if (!fits) {
                writeNewlines(buffer, from, to);
            }
        }
    }

    private void metaCommand(byte[] buffer, int from, int to, boolean ended) throws IOException {
        boolean fits = held.append(buffer, from, to);
        if (!fits || ended && !PlainDumpReader.isRestriction(lexer.text())) {
            throw refused("a psql command");
        }
        if (ended) {
            held.drainNewlines(out);
        }
    }

    private int lineOfCopy(byte[] buffer, int from, int end) throws IOException {
        int newline = indexOf(buffer, (byte) '\n', from, end);
        int to = Math.min(newline + 1, end);
        for (int at = from; at < newline; at++) {
            if (!isSpace(buffer[at])) {
                // psql runs it after the rows
                throw refused("a COPY whose line goes on");
            }
        }
        pass(buffer, from, to);
        if (newline < end) {
            mode = Mode.ROWS;
        }
        return to;
    }

    private int rows(byte[] buffer, int from, int end) throws IOException {
        int after = rows.find(buffer, from, end);
        int at = after < 0 ? end : after;
        if (holdsStatements && copyOpen) {
            passLines(buffer, from, at);
        } else {
            pass(buffer, from, at);
        }
        if (after >= 0) {
            mode = Mode.SCRIPT;
            lexer.skippedLines();
        }
        return at;
    }

    /** A damaged dump may end in a row: psql would take the half of it for the whole. */
    private void passLines(byte[] buffer, int from, int to) throws IOException {
        int lines = to;
        while (lines > from && buffer[lines - 1] != '\n') {
            lines--;
        }
        if (lines > from) {
            release();
            out.write(buffer, from, lines - from);
        }
        if (!held.append(buffer, lines, to)) {
            release();
            out.write(buffer, lines, to - lines);
        }
    }

    private void pass(byte[] buffer, int from, int to) throws IOException {
        if (copyOpen) {
            out.write(buffer, from, to - from);
        }
    }

    private void writeNewlines(byte[] buffer, int from, int to) throws IOException {
        for (long count = newlines(buffer, from, to); count > 0; count--) {
            out.write('\n');
        }
    }

    private static long newlines(byte[] buffer, int from, int to) {
        return Bytes.count(buffer, (byte) '\n', from, to);
    }

    private void refuse(String what) {
        throw refused(what);
    }

    private ProblemException refused(String what) {
        return new ProblemException(
                ProblemCode.DUMP_NOT_RESTORABLE,
                "The dump holds %s, near its line %,d.".formatted(what, line));
    }
}
