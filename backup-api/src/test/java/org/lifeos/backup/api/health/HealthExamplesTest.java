package org.lifeos.backup.api.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.json.Json;

/** What the OpenAPI document shows is what the service answers. */
class HealthExamplesTest {
    @Test
    void examplesAreAnswersFieldByField() throws JsonProcessingException {
        assertIsWritten(HealthExamples.WARNING, HealthReport.class);
        assertIsWritten(HealthExamples.CRITICAL, HealthReport.class);
        assertIsWritten(HealthExamples.COVERAGE, CoverageReport.class);
    }

    private static void assertIsWritten(String example, Class<?> type)
            throws JsonProcessingException {
        Object read = Json.mapper().readValue(example, type);
        assertThat(Json.mapper().readTree(Json.write(read)))
                .isEqualTo(Json.mapper().readTree(example));
    }
}
