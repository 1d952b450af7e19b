package org.lifeos.backup.worker.tool;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a dump is written, where that does not change what it tells: two dumps are to be compared in
 * one style.
 *
 * @param encoding of its text; empty for the database's own
 * @param owners whether it names the owners of objects
 * @param byteaOutput how bytes are written: {@code hex} or {@code escape}
 */
public record DumpStyle(Optional<String> encoding, boolean owners, String byteaOutput) {
    /** In which the service dumps. */
    public static final DumpStyle OWN = new DumpStyle(Optional.empty(), true, "hex");

    private static final String ESCAPE = "escape";

    /** As dumps were written before PostgreSQL 9.0, and still are where a setting says so. */
    public DumpStyle withEscapes() {
        return new DumpStyle(encoding, owners, ESCAPE);
    }

    List<String> options() {
        return Stream.concat(
                        encoding.map(name -> "--encoding=" + name).stream(),
                        Stream.of("--no-owner").filter(_ -> !owners))
                .toList();
    }
}
