package org.lifeos.backup.api.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CronExpressionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "* * * *",
                "* * * * * *",
                "60 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "* * 32 * *",
                "* * * 13 *",
                "* * * * 8",
                "30-10 * * * *",
                "*/0 * * * *",
                "1,,2 * * * *",
                "a * * * *",
                "-1 * * * *",
                "0 0 L * *",
                "0 0 ? * *",
                "@daily",
                "@reboot",
                "0 0 * * 1#2",
                "99999999999999999999 * * * *",
                "0 3 * * *; rm",
                "0 3 * * *\0"
            })
    void anythingElseIsRefusedWithASentence(String text) {
        assertThatThrownBy(() -> CronExpression.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .isNotBlank();
    }

    @Test
    void randomTextIsReadOrRefusedAndNeverAnythingElse() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        LocalDateTime begin = LocalDateTime.parse("2026-03-28T12:00:00");
        int read = 0;
        for (int i = 0; i < 3_000; i++) {
            StringBuilder text = new StringBuilder(part(random));
            for (int field = 1; field < 5; field++) {
                text.append(' ').append(part(random));
            }
            try {
                CronExpression.parse(text.toString()).next(begin);
                read++;
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).as("seed %d: %s", seed, text).isNotBlank();
            } catch (RuntimeException e) {
                throw new AssertionError("seed %d: %s".formatted(seed, text), e);
            }
        }
        assertThat(read).as("seed %d", seed).isPositive();
    }

    private static String part(SplittableRandom random) {
        String[] pieces = {
            "*", "*", "*", "*", "*", "1", "7", "0", "-", "/", ",", "30", "MON", "L", "x"
        };
        StringBuilder part = new StringBuilder(pieces[random.nextInt(pieces.length)]);
        while (random.nextInt(4) == 0) {
            part.append(pieces[random.nextInt(pieces.length)]);
        }
        return part.toString();
    }

    @Test
    void sundayIsZeroSevenAndItsName() {
        LocalDateTime saturday = LocalDateTime.parse("2026-03-28T12:00:00");
        for (String sunday : new String[] {"0", "7", "SUN", "sun"}) {
            assertThat(CronExpression.parse("0 0 * * " + sunday).next(saturday))
                    .as(sunday)
                    .contains(LocalDateTime.parse("2026-03-29T00:00:00"));
        }
    }

    @Test
    void whenBothDaysAreRestrictedEitherIsEnough() {
        CronExpression cron = CronExpression.parse("0 0 13 * 5");

        assertThat(cron.next(LocalDateTime.parse("2026-04-04T00:00:00")))
                .as("a Friday")
                .contains(LocalDateTime.parse("2026-04-10T00:00:00"));
        assertThat(cron.next(LocalDateTime.parse("2026-04-10T00:00:00")))
                .as("the 13th, a Monday")
                .contains(LocalDateTime.parse("2026-04-13T00:00:00"));
    }
}
