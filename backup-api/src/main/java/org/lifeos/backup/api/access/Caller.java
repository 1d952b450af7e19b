package org.lifeos.backup.api.access;

import org.lifeos.backup.access.Role;

/**
 * Who sends a request.
 *
 * @param name the token's name, never the token
 * @param remote the address the request came from
 */
public record Caller(String name, Role role, String remote) {}
