package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;
import static org.lifeos.backup.worker.dump.Bytes.indexOf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.lifeos.backup.catalog.TableContent;

/**
 * Reads a plain {@code pg_dump} while it flows by, and tells what it holds, in hashes that tell
 * whether another dump holds the same, and whether it is whole.
 *
 * <p>Give it every byte in order, in pieces of any size, then ask {@link #finish}. It accepts any
 * bytes without an exception; what is no dump is reported as incomplete. Memory is flat: a name and
 * a hash for each table and object, and at most 1 MiB of the statement being read.
 *
 * <p>A dump is complete when all of this holds:
 *
 * <ul>
 *   <li>the comment line {@code -- PostgreSQL database dump complete} went by between statements;
 *   <li>only comments, blank lines and psql's restrict and unrestrict commands followed it;
 *   <li>every restrict is answered by its unrestrict, which newer pg_dumps write last;
 *   <li>every COPY is closed and nothing ends in its middle, not even the last line;
 *   <li>every COPY has pg_dump's own form, {@code COPY schema.table (columns) FROM stdin;}: the
 *       rows of another could not be told from statements.
 * </ul>
 *
 * <p>Every cut through a dump is therefore found, except one that only takes blank or comment lines
 * after the last line that says something. Names and rows are right for every server encoding, as
 * all of them keep ASCII bytes to ASCII characters; a name that is not UTF-8 holds U+FFFD, and
 * names that become equal by it are counted as one table.
 *
 * <p>Sources: PostgreSQL manual, COPY (text format), 4.1 Lexical Structure, pg_dump, psql
 * (Meta-Commands). Not safe for use by several threads at once.
 */
public final class PlainDumpReader {
    private enum Mode {
        SCRIPT,
        LINE_OF_COPY,
        ROWS
    }

    /**
     * What a table's COPYs and INSERTs amount to.
     *
     * @param hashed whether all of them came by COPY: the values of an INSERT are written in
     *     another way
     */
    private record Rows(long count, HashSum hashes, boolean hashed) {
        static Rows of(CopyRows copy) {
            return new Rows(copy.rows(), copy.hashes(), true);
        }

        static Rows inserted(long count) {
            return new Rows(count, new HashSum(), false);
        }

        static Rows plus(Rows some, Rows more) {
            HashSum sum = new HashSum();
            sum.add(some.hashes());
            sum.add(more.hashes());
            return new Rows(some.count() + more.count(), sum, some.hashed() && more.hashed());
        }

        TableContent of(String table) {
            return new TableContent(table, count, hashed ? hashes.hex() : null);
        }
    }

    private static final byte[] END_MARKER = ascii("-- PostgreSQL database dump complete\n");
    private static final byte[] END_MARKER_CR = ascii("-- PostgreSQL database dump complete\r");
    private static final byte[] SET_ENCODING = ascii("SET client_encoding = '");
    private static final byte[] END_OF_ENCODING = ascii("';");
    private static final byte[] RESTRICT = ascii("\\restrict ");
    private static final byte[] UNRESTRICT = ascii("\\unrestrict ");

    private final ScriptLexer lexer = new ScriptLexer();
    private final RoleReferences roles;
    private final ClusterStatements clusterStatements;
    private final DumpedObjects objects = new DumpedObjects();
    private final StatementHash statementHash = new StatementHash();
    private final InsertRows insertRows = new InsertRows();
    private final Map<String, Rows> rowsByTable = new LinkedHashMap<>();
    private Mode mode = Mode.SCRIPT;
    private CopyRows copy;
    private long bytes;

    private String clientEncoding;
    private boolean endMarkerSeen;
    private boolean followedByMore;
    private boolean restricted;
    private boolean foreignCopySeen;

    public PlainDumpReader() {
        this(new RoleReferences(), new ClusterStatements());
    }

    /**
     * @param roles is told of every statement
     * @param clusterStatements so is it
     */
    public PlainDumpReader(RoleReferences roles, ClusterStatements clusterStatements) {
        this.roles = roles;
        this.clusterStatements = clusterStatements;
    }

    /** Reads the next bytes of the dump; keeps no reference to the buffer. */
    public void accept(byte[] buffer, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        bytes += length;
        int end = offset + length;
        int at = offset;
        while (at < end) {
            at =
                    switch (mode) {
                        case SCRIPT -> script(buffer, at, end);
                        case LINE_OF_COPY -> lineOfCopy(buffer, at, end);
                        case ROWS -> rows(buffer, at, end);
                    };
        }
    }

    /** What the bytes so far amount to, as a dump that ends here. */
    public DumpSummary finish() {
        Map<String, Rows> counted = new LinkedHashMap<>(rowsByTable);
        if (copy != null) {
            counted.merge(copy.table(), Rows.of(copy), Rows::plus);
        }
        List<TableContent> tables = new ArrayList<>(counted.size());
        counted.forEach((table, rows) -> tables.add(rows.of(table)));
        return new DumpSummary(
                bytes,
                tables,
                objects.fingerprint(),
                objects.hashes(),
                roles.names(),
                incompleteReason());
    }

    /** The encoding that the dump says it is in, as pg_dump names it; empty where it does not. */
    public Optional<String> clientEncoding() {
        return Optional.ofNullable(clientEncoding);
    }

    /** Whether it names the owner of anything; others may have dumped with {@code --no-owner}. */
    public boolean ownersNamed() {
        return objects.ownersNamed();
    }

    private int script(byte[] buffer, int from, int end) {
        int at = lexer.read(buffer, from, end);
        statementHash.update(buffer, lexer.pieceStart(), at);
        insertRows.update(buffer, lexer.pieceStart(), at);
        if (lexer.itemEnded()) {
            switch (lexer.kind()) {
                case STATEMENT -> statement(lexer.text());
                case COMMENT -> comment(lexer.text());
                case META_COMMAND -> metaCommand(lexer.text());
            }
            statementHash.begin();
            insertRows.begin();
        }
        return at;
    }

    private void statement(KeptText text) {
        followedByMore |= endMarkerSeen;
        roles.statement(text);
        clusterStatements.statement(text);
        readEncoding(text);
        if (CopyStatement.isCopy(text)) {
            CopyStatement.table(text)
                    .ifPresentOrElse(
                            table -> beginCopy(table, CopyStatement.columns(text)),
                            () -> foreignCopySeen = true);
        } else if (insertRows.count() > 0) {
            rowsByTable.merge(
                    InsertRows.table(text), Rows.inserted(insertRows.count()), Rows::plus);
        } else {
            objects.statement(text, statementHash);
        }
    }

    private void readEncoding(KeptText text) {
        if (text.startsWith(SET_ENCODING) && text.endsWith(END_OF_ENCODING)) {
            String name =
                    text.substring(SET_ENCODING.length, text.length() - END_OF_ENCODING.length);
            if (name.matches("\\w{1,30}")) {
                clientEncoding = name;
            }
        }
    }

    private void comment(KeptText text) {
        if (lexer.itemStartsLine()) {
            objects.comment(text);
        }
        if (lexer.itemStartsLine() && (text.is(END_MARKER) || text.is(END_MARKER_CR))) {
            endMarkerSeen = true;
        }
    }

    private void metaCommand(KeptText text) {
        if (text.startsWith(RESTRICT)) {
            restricted = true;
        } else if (text.startsWith(UNRESTRICT)) {
            restricted = false;
        } else {
            followedByMore |= endMarkerSeen;
        }
    }

    /** Whether it is one of the two psql commands that pg_dump itself writes. */
    static boolean isRestriction(KeptText command) {
        return command.startsWith(RESTRICT) || command.startsWith(UNRESTRICT);
    }

    private void beginCopy(String table, List<byte[]> columns) {
        copy = new CopyRows(table, columns);
        mode = Mode.LINE_OF_COPY;
    }

    private int lineOfCopy(byte[] buffer, int from, int end) {
        int newline = indexOf(buffer, (byte) '\n', from, end);
        if (newline == end) {
            return end;
        }
        mode = Mode.ROWS;
        return newline + 1;
    }

    private int rows(byte[] buffer, int from, int end) {
        int at = copy.read(buffer, from, end);
        if (copy.ended()) {
            rowsByTable.merge(copy.table(), Rows.of(copy), Rows::plus);
            copy = null;
            mode = Mode.SCRIPT;
            lexer.skippedLines();
        }
        return at;
    }

    private Optional<String> incompleteReason() {
        if (foreignCopySeen) {
            return Optional.of("it holds a COPY in a form that pg_dump does not write");
        }
        if (copy != null) {
            return Optional.of("it ends in the rows of " + copy.table());
        }
        if (followedByMore) {
            return Optional.of("its end marker is followed by more than comments");
        }
        if (lexer.insideItem()) {
            return Optional.of("it ends in the middle of a statement, comment or psql command");
        }
        if (!endMarkerSeen) {
            return Optional.of("its end marker is missing");
        }
        if (restricted) {
            return Optional.of("its \\restrict is not answered by \\unrestrict at the end");
        }
        return Optional.empty();
    }
}
