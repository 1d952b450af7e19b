package org.lifeos.backup.api.contract;

import java.math.BigDecimal;
import java.util.List;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;

/** What the parameters of lists mean, the same for all of them. */
final class Parameters {
    private Parameters() {}

    static void describe(Parameter parameter) {
        if (parameter.getIn() != Parameter.In.QUERY) {
            return;
        }
        switch (parameter.getName()) {
            case "limit" -> {
                parameter.description("How many at most.");
                parameter
                        .getSchema()
                        .type(List.of(Schema.SchemaType.INTEGER))
                        .minimum(BigDecimal.ONE)
                        .maximum(BigDecimal.valueOf(200))
                        .defaultValue(50);
            }
            case "cursor" -> parameter.description("The nextCursor of the page before.");
            case "target" -> parameter.description("The name of a target.");
            default -> {}
        }
    }
}
