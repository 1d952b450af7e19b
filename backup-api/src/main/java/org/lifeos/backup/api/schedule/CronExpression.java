package org.lifeos.backup.api.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Five fields as crontab(5) knows them: minute, hour, day of month, month, day of week, the last
 * two also by name. When both days are restricted, either is enough. It knows no time zone; see
 * {@link DueTimes}.
 */
final class CronExpression {
    private static final Pattern WRITTEN_WITH = Pattern.compile("[A-Za-z0-9*,/ -]*");

    private final ExecutionTime times;

    private CronExpression(ExecutionTime times) {
        this.times = times;
    }

    /**
     * @throws IllegalArgumentException when it is none, with the reason as a sentence
     */
    static CronExpression parse(String text) {
        // the parser strips what is none, a NUL for example, that a database then refuses
        if (!WRITTEN_WITH.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "It holds other characters than letters, digits, '*', ',', '-', '/' and blanks");
        }
        CronParser parser =
                new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));
        try {
            return new CronExpression(ExecutionTime.forCron(parser.parse(text).validate()));
        } catch (IndexOutOfBoundsException e) {
            // the parser looks behind a slash with nothing there, as in "0-/"
            throw new IllegalArgumentException("A part of it is incomplete", e);
        }
    }

    /** The next minute that matches; empty when there is none, as on the 30th of February. */
    Optional<LocalDateTime> next(LocalDateTime after) {
        // UTC has neither gaps nor overlaps: there it is a calendar and nothing else
        return times.nextExecution(after.atZone(ZoneOffset.UTC))
                .map(ZonedDateTime::toLocalDateTime);
    }
}
