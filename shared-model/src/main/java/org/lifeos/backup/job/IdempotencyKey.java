package org.lifeos.backup.job;

/**
 * What makes two calls the same call: token, method, path and the caller's key. The hash tells
 * whether their bodies are equal as JSON.
 */
public record IdempotencyKey(
        String token, String method, String path, String key, String bodyHash) {}
