package org.lifeos.backup.target;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.lifeos.backup.config.Environment;

/**
 * The databases that are backed up, by name: {@code lifeos}, and those of {@code BACKUP_TARGETS}.
 *
 * <p>A name is the prefix of its files and, in capitals, of its variables. Names without an
 * underscore keep prefixes apart: {@code app_…} can never be a file of {@code app-test_…}.
 */
public record TargetNames(List<String> names) {
    public static final String DEFAULT = "lifeos";

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    /**
     * {@code BACKUP_DB_*} is the service's own database; {@code manual_…}, {@code life_os_…} and
     * {@code pre_restore_…} are files of the default target.
     */
    private static final Set<String> TAKEN = Set.of("backup", "life", "manual", "pre");

    public static TargetNames of(Environment environment) {
        Set<String> names = new LinkedHashSet<>();
        names.add(DEFAULT);
        String more = environment.text("BACKUP_TARGETS", "");
        Arrays.stream(more.split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .forEach(names::add);
        for (String name : names) {
            if (!isName(name)) {
                environment.wrong(
                        "BACKUP_TARGETS holds '%s'; a target's name is a letter and up to 30 more of a-z, 0-9 and -, and not one of %s"
                                .formatted(
                                        name, String.join(", ", TAKEN.stream().sorted().toList())));
            }
        }
        return new TargetNames(List.copyOf(names));
    }

    /** Whether a target can be called so, whether or not there is one. */
    public static boolean isName(String text) {
        return NAME.matcher(text).matches() && !TAKEN.contains(text);
    }

    public boolean contains(String name) {
        return names.contains(name);
    }

    /** The beginning of the target's variables: {@code B_C} for {@code b-c}. */
    public static String variablePrefix(String name) {
        return name.toUpperCase(Locale.ROOT).replace('-', '_');
    }
}
