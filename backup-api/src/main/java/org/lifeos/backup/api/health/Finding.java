package org.lifeos.backup.api.health;

/**
 * What a check came to.
 *
 * @param id of the check, {@code NAME} or {@code NAME:SUBJECT}, the same in every look
 * @param summary one sentence that says what is the matter, for people
 * @param observed the value that was judged, or null where there is none
 * @param threshold what it was judged by, or null
 * @param hint what to do next; null where nothing is to do
 */
record Finding(
        String id,
        HealthStatus status,
        String summary,
        String observed,
        String threshold,
        String hint) {

    static Finding ok(String id, String summary, String observed, String threshold) {
        return new Finding(id, HealthStatus.OK, summary, observed, threshold, null);
    }

    static Finding warning(
            String id, String summary, String observed, String threshold, String hint) {
        return new Finding(id, HealthStatus.WARNING, summary, observed, threshold, hint);
    }

    static Finding critical(
            String id, String summary, String observed, String threshold, String hint) {
        return new Finding(id, HealthStatus.CRITICAL, summary, observed, threshold, hint);
    }

    /** A check that could not be made is never green. */
    static Finding notMade(String id, HealthStatus status, String problem, String hint) {
        return new Finding(id, status, "This could not be checked: " + problem, null, null, hint);
    }
}
