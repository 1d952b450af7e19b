package org.lifeos.backup.api.contract;

import java.util.Map;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.models.headers.Header;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;

/**
 * What the headers mean, the same wherever they occur. None has an example: the console would send
 * it, and the same key twice is one call.
 */
final class Headers {
    static final String PREFER = "Prefer";
    static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private static final Map<String, String> MEANINGS =
            Map.of(
                    PREFER,
                    "wait=SECONDS (1 to 600) holds the answer until the job ends. With respond-async besides, a wait"
                            + " that was too short is 202 instead of a problem. RFC 7240.",
                    IDEMPOTENCY_KEY,
                    "1 to 128 printable characters, kept for 24 hours: the same key and body are the same job.",
                    "Range",
                    "One part of the file, for example bytes=0-1023. RFC 9110.",
                    "If-Range",
                    "The entity tag that the first part came with; when it is another file now, all of it is sent.",
                    "If-None-Match",
                    "Entity tags that the caller has; 304 when the file is one of them.",
                    "Location",
                    "The job's path.",
                    "Preference-Applied",
                    "What of Prefer was heeded.",
                    "WWW-Authenticate",
                    "Bearer",
                    "Retry-After",
                    "Seconds until the next attempt is looked at.",
                    "ETag",
                    "The file's SHA-256, in quotes.");

    private Headers() {}

    static Parameter parameter(String name) {
        return described(
                OASFactory.createParameter()
                        .name(name)
                        .in(Parameter.In.HEADER)
                        .required(false)
                        .schema(text()));
    }

    /** Says what a header of a request means; others stay as they are. */
    static Parameter described(Parameter parameter) {
        return parameter.getDescription() == null && MEANINGS.containsKey(parameter.getName())
                ? parameter.description(MEANINGS.get(parameter.getName()))
                : parameter;
    }

    /** A header of an answer. */
    static Header header(String name) {
        return OASFactory.createHeader().description(MEANINGS.get(name)).schema(text());
    }

    private static Schema text() {
        return OASFactory.createSchema().addType(Schema.SchemaType.STRING);
    }
}
