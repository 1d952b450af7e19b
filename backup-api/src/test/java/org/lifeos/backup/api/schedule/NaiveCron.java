package org.lifeos.backup.api.schedule;

import java.time.LocalDateTime;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** A cron expression by the sets of numbers that its fields mean. */
record NaiveCron(Field minute, Field hour, Field day, Field month, Field weekday) {

    /** A field as it is written, and what it means. */
    record Field(String text, TreeSet<Integer> values) {
        boolean isAny() {
            return text.equals("*");
        }

        static Field random(SplittableRandom random, int least, int most, int anyOfTen) {
            TreeSet<Integer> values = new TreeSet<>();
            if (random.nextInt(10) < anyOfTen) {
                return stepped("*", least, most, 1, values);
            }
            int first = random.nextInt(least, most + 1);
            int last = random.nextInt(first, most + 1);
            int step = random.nextInt(2, 7);
            return switch (random.nextInt(5)) {
                case 0 -> stepped("*/" + step, least, most, step, values);
                case 1 -> stepped(first + "-" + last, first, last, 1, values);
                case 2 -> stepped(first + "-" + last + "/" + step, first, last, step, values);
                case 3 -> {
                    values.add(last);
                    yield stepped(last + "," + first, first, first, 1, values);
                }
                default -> stepped(Integer.toString(first), first, first, 1, values);
            };
        }

        private static Field stepped(
                String text, int first, int last, int step, TreeSet<Integer> values) {
            for (int value = first; value <= last; value += step) {
                values.add(value);
            }
            return new Field(text, values);
        }
    }

    static NaiveCron random(SplittableRandom random) {
        return new NaiveCron(
                Field.random(random, 0, 59, 1),
                Field.random(random, 0, 23, 3),
                Field.random(random, 1, 31, 7),
                Field.random(random, 1, 12, 8),
                Field.random(random, 0, 6, 7));
    }

    String text() {
        return String.join(
                " ", minute.text(), hour.text(), day.text(), month.text(), weekday.text());
    }

    boolean matches(LocalDateTime time) {
        boolean onDay = day.values().contains(time.getDayOfMonth());
        boolean onWeekday = weekday.values().contains(time.getDayOfWeek().getValue() % 7);
        boolean either = !day.isAny() && !weekday.isAny();
        return minute.values().contains(time.getMinute())
                && hour.values().contains(time.getHour())
                && month.values().contains(time.getMonthValue())
                && (either ? onDay || onWeekday : onDay && onWeekday);
    }
}
