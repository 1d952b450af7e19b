package org.lifeos.backup.worker.dump;

import static org.lifeos.backup.worker.dump.Bytes.ascii;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The comment by which pg_dump announces an object: {@code -- Name: N; Type: T; Schema: S; Owner:
 * O}. Every privilege, comment, default, index, constraint and trigger is an object of its own. The
 * owner is left out of the label: ALTER … OWNER says it too.
 *
 * @param type in capitals, for example {@code INDEX} or {@code ACL}
 * @param label the object's name for people, for example {@code index public.images_idx} or {@code
 *     ACL of TABLE public.users}
 * @param hasOwner whether one is named; of extensions, and by {@code --no-owner}, none is
 */
record ObjectHeader(String type, String label, boolean hasOwner) {
    private static final byte[] DEFINITION = ascii("-- Name: ");
    private static final byte[] DATA = ascii("-- Data for Name: ");
    private static final String NO_OWNER = "; Owner: -";
    private static final int LONGEST_HEADER_BYTES = 4096;

    /** Types whose names begin with what they belong to, {@code TABLE users}. */
    private static final Set<String> BELONGING = Set.of("ACL", "COMMENT", "SECURITY LABEL");

    /** Empty for any other comment. */
    static Optional<ObjectHeader> of(KeptText comment) {
        int begin =
                comment.startsWith(DEFINITION)
                        ? DEFINITION.length
                        : comment.startsWith(DATA) ? DATA.length : 0;
        if (begin == 0) {
            return Optional.empty();
        }
        String text =
                comment.substring(begin, Math.min(comment.length(), LONGEST_HEADER_BYTES)).strip();
        // from the end, because a name may hold anything
        int owner = text.lastIndexOf("; Owner: ");
        int schema = text.lastIndexOf("; Schema: ", owner);
        int type = text.lastIndexOf("; Type: ", schema);
        if (type < 0) {
            return Optional.empty();
        }
        String kind = text.substring(type + "; Type: ".length(), schema);
        return Optional.of(
                new ObjectHeader(
                        kind,
                        label(
                                text.substring(0, type),
                                kind,
                                text.substring(schema + "; Schema: ".length(), owner)),
                        !text.startsWith(NO_OWNER, owner)));
    }

    private static String label(String name, String type, String schema) {
        String prefix = schema.equals("-") ? "" : schema + ".";
        if (type.equals("DEFAULT ACL")) {
            String where = schema.equals("-") ? "" : " in schema " + schema;
            return name + where;
        }
        if (!BELONGING.contains(type)) {
            return type.toLowerCase(Locale.ROOT) + " " + prefix + name;
        }
        String word = type.equals("ACL") ? type : type.toLowerCase(Locale.ROOT);
        return word + " of " + belonging(name, prefix);
    }

    private static String belonging(String name, String prefix) {
        int kindEnd = 0;
        for (int space = name.indexOf(' '); space > 0; space = name.indexOf(' ', space + 1)) {
            String word = name.substring(kindEnd, space).strip();
            if (!word.matches("[A-Z]+")) {
                break;
            }
            kindEnd = space;
        }
        return kindEnd == 0
                ? prefix + name
                : name.substring(0, kindEnd + 1) + prefix + name.substring(kindEnd + 1);
    }
}
