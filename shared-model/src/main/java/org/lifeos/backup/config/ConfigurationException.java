package org.lifeos.backup.config;

/**
 * The service cannot start as it is configured. The message is one line for the person who starts
 * it.
 */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }
}
