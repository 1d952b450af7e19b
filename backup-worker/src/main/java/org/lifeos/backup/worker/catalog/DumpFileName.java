package org.lifeos.backup.worker.catalog;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lifeos.backup.catalog.BackupFormat;
import org.lifeos.backup.target.TargetNames;

/**
 * What the name of a dump says.
 *
 * @param file as in {@link org.lifeos.backup.catalog.DumpFile}
 */
public record DumpFileName(String file) {
    private static final String SAFETY = "safety/";
    private static final Pattern TIME = Pattern.compile("(?<!\\d)(\\d{8}_\\d{6})(?!\\d)");
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("uuuuMMdd_HHmmss").withResolverStyle(ResolverStyle.STRICT);

    /**
     * Longer before its file's last byte, a dump of the repeated hour was not of its second run.
     */
    private static final Duration LONGEST_DUMP = Duration.ofHours(1);

    /** Clocks differ; a name from after tomorrow is not about when the dump was taken. */
    private static final Duration FUTURE = Duration.ofDays(1);

    public boolean isSafety() {
        return file.startsWith(SAFETY);
    }

    private String base() {
        return isSafety() ? file.substring(SAFETY.length()) : file;
    }

    BackupFormat format() {
        return file.endsWith(BackupFormat.CUSTOM.extension())
                ? BackupFormat.CUSTOM
                : BackupFormat.PLAIN;
    }

    /** The target whose prefix the name has; all others are files of the default target. */
    public String target(Collection<String> targets) {
        return targets.stream()
                .filter(target -> base().startsWith(target + "_"))
                .findFirst()
                .orElse(TargetNames.DEFAULT);
    }

    /**
     * Whether the file can be one of this target. A target that is not configured any more keeps
     * its files.
     */
    boolean isOf(String target, Collection<String> configured) {
        return target.equals(target(configured))
                || !configured.contains(target)
                        && TargetNames.isName(target)
                        && base().startsWith(target + "_");
    }

    /**
     * When the dump was taken, as far as the name tells. A time that comes twice, when clocks are
     * set back, is the one that the file's last change fits.
     *
     * @param zone in which whoever named it told the time
     * @param now a time in the future is none
     */
    public Optional<Instant> time(ZoneId zone, Instant modifiedAt, Instant now) {
        Matcher matcher = TIME.matcher(base());
        if (!matcher.find()) {
            return Optional.empty();
        }
        try {
            LocalDateTime local = LocalDateTime.parse(matcher.group(1), FORMAT);
            return Optional.of(instant(local, zone, modifiedAt))
                    .filter(time -> !time.isBefore(Instant.EPOCH))
                    .filter(time -> time.isBefore(now.plus(FUTURE)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    private static Instant instant(LocalDateTime local, ZoneId zone, Instant modifiedAt) {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
        if (offsets.size() == 2) {
            Instant second = local.toInstant(offsets.getLast());
            boolean fits =
                    !modifiedAt.isBefore(second) && modifiedAt.isBefore(second.plus(LONGEST_DUMP));
            return fits ? second : local.toInstant(offsets.getFirst());
        }
        return local.atZone(zone).toInstant();
    }
}
