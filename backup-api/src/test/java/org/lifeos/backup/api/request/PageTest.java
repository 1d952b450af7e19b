package org.lifeos.backup.api.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lifeos.backup.problem.ProblemException;

class PageTest {
    private static final List<Integer> NUMBERS = IntStream.range(0, 23).boxed().toList();

    @Test
    void allRowsAreSeenOnceInTheirOrder() {
        List<Integer> seen = new ArrayList<>();
        String cursor = null;
        do {
            Integer after = Page.place("numbers", cursor, Integer::valueOf);
            int start = after == null ? 0 : after + 1;
            List<Integer> rows = NUMBERS.subList(start, Math.min(start + 6, NUMBERS.size()));
            Page<Integer> page = Page.of("numbers", rows, 5, Object::toString, number -> number);
            seen.addAll(page.items());
            cursor = page.nextCursor();
        } while (cursor != null);

        assertThat(seen).isEqualTo(NUMBERS);
    }

    @Test
    void aListThatEndsWithItsPageHasNoNextOne() {
        assertThat(
                        Page.of(
                                        "numbers",
                                        NUMBERS.subList(0, 5),
                                        5,
                                        Object::toString,
                                        number -> number)
                                .nextCursor())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "%%%", "bnVtYmVyczp4", "b3RoZXI6NQ"})
    void aForeignCursorIsRefused(String cursor) {
        // the last two are "numbers:x" and "other:5"
        assertThatThrownBy(() -> Page.place("numbers", cursor, Integer::valueOf))
                .isInstanceOf(ProblemException.class)
                .hasMessageStartingWith("cursor ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "201", "-1", "ten", "1e2", "", "00000000000000000001"})
    void aLimitOutOfRangeIsRefused(String limit) {
        assertThatThrownBy(() -> Page.limit(limit))
                .isInstanceOf(ProblemException.class)
                .hasMessageStartingWith("limit ");
    }

    @Test
    void theLimitHasADefault() {
        assertThat(Page.limit(null)).isEqualTo(50);
        assertThat(Page.limit("200")).isEqualTo(200);
    }
}
