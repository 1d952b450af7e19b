package org.lifeos.backup.worker.ollama;

/**
 * Why a pull did not succeed.
 *
 * @param text what the server said, or what we say of it, fit to be shown
 */
record PullFailure(FailureClass kind, String text) {}
