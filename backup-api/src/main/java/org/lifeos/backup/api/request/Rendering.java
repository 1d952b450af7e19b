package org.lifeos.backup.api.request;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Function;

/** In which of the two forms an answer goes out: JSON for programs, text for terminals. */
public enum Rendering {
    JSON(MediaType.APPLICATION_JSON_TYPE),
    TEXT(MediaType.TEXT_PLAIN_TYPE.withCharset("UTF-8"));

    private final MediaType type;

    Rendering(MediaType type) {
        this.type = type;
    }

    /** What the caller accepts first; JSON where anything is fine. */
    public static Rendering accepted(HttpHeaders headers) {
        for (MediaType accepted : headers.getAcceptableMediaTypes()) {
            if (accepted.isCompatible(MediaType.APPLICATION_JSON_TYPE)) {
                return JSON;
            }
            if (accepted.isCompatible(MediaType.TEXT_PLAIN_TYPE)) {
                return TEXT;
            }
        }
        return JSON;
    }

    /** An answer with the value itself, or with its text. */
    public <T> Response.ResponseBuilder of(int status, T value, Function<T, String> text) {
        Object entity =
                switch (this) {
                    case JSON -> value;
                    case TEXT -> text.apply(value);
                };
        return Response.status(status).type(type).entity(entity);
    }
}
