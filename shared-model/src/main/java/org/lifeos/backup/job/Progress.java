package org.lifeos.backup.job;

/**
 * What a running job does right now, for people who wait.
 *
 * @param phase one word, for example {@code dump}
 * @param totalBytes null while nobody knows it
 * @param percent 0 to 100, null while nobody knows it
 */
public record Progress(
        String phase, long doneBytes, Long totalBytes, Integer percent, String message) {

    public static Progress of(String phase, String message) {
        return new Progress(phase, 0, null, null, message);
    }
}
