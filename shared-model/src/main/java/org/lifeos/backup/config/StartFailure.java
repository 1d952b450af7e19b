package org.lifeos.backup.config;

/** What kept a process from starting, for a person who reads one line. */
public final class StartFailure {
    private StartFailure() {}

    /** The innermost cause in one line; whatever is wrapped around it tells less. */
    public static String oneLine(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause() != cause) {
            cause = cause.getCause();
        }
        String said = cause.getMessage() == null ? "" : cause.getMessage();
        return said.isBlank()
                ? cause.getClass().getSimpleName()
                : said.strip().replaceAll("\\s+", " ");
    }
}
