package org.lifeos.backup.api.alert;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/**
 * What somebody is to be told.
 *
 * @param id the same however often it is sent
 * @param body a {@link StatusChange} or a {@link Ping}
 */
record Notice(long id, Instant writtenAt, String subject, JsonNode body) {}
