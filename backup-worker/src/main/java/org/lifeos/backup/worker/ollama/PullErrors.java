package org.lifeos.backup.worker.ollama;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What the errors of Ollama mean. They are texts alone, found in its sources (server/images.go,
 * download.go and what those call); most come after HTTP 200, in the middle of a pull.
 */
final class PullErrors {
    private static final String MANIFEST = "pull model manifest: ";

    private record Rule(Predicate<String> matches, FailureClass kind, String advice) {}

    /** The first that matches counts; texts are compared in lower case. */
    private static final List<Rule> RULES =
            List.of(
                    rule(
                            contains("no space left on device"),
                            FailureClass.DISK_FULL,
                            "the disk of Ollama's models is full"),
                    rule(
                            containsAny(
                                    "permission denied",
                                    "read-only file system",
                                    "disk quota exceeded"),
                            FailureClass.STORE,
                            "Ollama cannot write its models"),
                    rule(
                            startsWith("mkdir "),
                            FailureClass.STORE,
                            "Ollama cannot write its models"),
                    rule(
                            is(MANIFEST + "file does not exist"),
                            FailureClass.NOT_IN_REGISTRY,
                            "no registry holds it"),
                    rule(
                            startsWith(MANIFEST + "412"),
                            FailureClass.PERMANENT,
                            "it needs a newer Ollama: update the server"),
                    rule(
                            contains("requires mlx support"),
                            FailureClass.PERMANENT,
                            "it does not run on this machine"),
                    rule(startsWith(MANIFEST + "429"), FailureClass.RATE_LIMITED, ""),
                    rule(
                            matches("^(?:pull model manifest: )?429\\b.*"),
                            FailureClass.RATE_LIMITED,
                            ""),
                    rule(
                            matches(MANIFEST + "(unauthorized|401|403|.*realm host).*"),
                            FailureClass.REFUSED,
                            "the registry refuses it"),
                    rule(
                            startsWith("unauthorized"),
                            FailureClass.REFUSED,
                            "the registry refuses it"),
                    rule(matches(MANIFEST + "5\\d\\d\\b.*"), FailureClass.TRANSIENT, ""),
                    rule(
                            containsAny(
                                    "tls: failed to verify certificate",
                                    "x509: ",
                                    "invalid character '<' looking for beginning of value"),
                            FailureClass.CONFIGURATION,
                            "something between Ollama and its registry answers instead: a proxy or a login page"),
                    rule(
                            containsAny("context canceled", "context cancelled"),
                            FailureClass.ABORTED,
                            ""),
                    rule(
                            matches(
                                    MANIFEST
                                            + ".*(dial tcp|no such host|i/o timeout|connection refused|eof|tls handshake timeout|network is unreachable|no route to host).*"),
                            FailureClass.REGISTRY_UNREACHABLE,
                            ""),
                    rule(startsWith("max retries exceeded"), FailureClass.TRANSIENT, ""),
                    rule(startsWith("context deadline exceeded"), FailureClass.TRANSIENT, ""),
                    rule(
                            text -> text.equals("eof") || text.equals("unexpected eof"),
                            FailureClass.PARTIAL_CORRUPT,
                            "the server's part of the download is corrupt: delete blobs/*-partial* in its model folder and restart Ollama"),
                    rule(startsWith("digest mismatch"), FailureClass.DIGEST_MISMATCH, ""),
                    rule(
                            contains("no location header in response"),
                            FailureClass.PERMANENT,
                            "its registry does not hand out contents as Ollama needs it"),
                    rule(
                            containsAny("digest is empty", "invalid digest format"),
                            FailureClass.PERMANENT,
                            "the registry's manifest of it is broken"),
                    rule(
                            containsAny(
                                    "invalid model name",
                                    "model is required",
                                    "name is required",
                                    "use either :local or :cloud"),
                            FailureClass.PERMANENT,
                            "Ollama does not take the name"),
                    rule(
                            is("file does not exist"),
                            FailureClass.BLOB_MISSING,
                            "the registry does not hold its content"),
                    rule(
                            matches("^404:.*"),
                            FailureClass.BLOB_MISSING,
                            "the registry does not hold its content"));

    private PullErrors() {}

    /** Classifies what a pull said. What is not known may pass, and is tried again. */
    static PullFailure of(String said) {
        String text = (said.length() > 8192 ? said.substring(0, 8192) : said).strip();
        String lower = text.toLowerCase(Locale.ROOT);
        String shown = ServerText.of(text);
        for (Rule rule : RULES) {
            if (rule.matches().test(lower)) {
                return new PullFailure(
                        rule.kind(),
                        rule.advice().isEmpty() ? shown : rule.advice() + " (" + shown + ")");
            }
        }
        return new PullFailure(FailureClass.TRANSIENT, shown);
    }

    /**
     * Classifies an answer that is no stream.
     *
     * @param error of its JSON, or the beginning of its text
     */
    static PullFailure ofStatus(int status, boolean json, String error) {
        String shown = "HTTP %d: %s".formatted(status, ServerText.of(error));
        if (status >= 500) {
            PullFailure known = of(error);
            return json && known.kind() != FailureClass.TRANSIENT
                    ? known
                    : new PullFailure(FailureClass.TRANSIENT, shown);
        }
        if (status == 429) {
            return new PullFailure(FailureClass.RATE_LIMITED, shown);
        }
        if (json) {
            PullFailure known = of(error);
            return new PullFailure(
                    known.kind() == FailureClass.TRANSIENT ? FailureClass.PERMANENT : known.kind(),
                    known.text());
        }
        return new PullFailure(
                FailureClass.CONFIGURATION,
                "what answers at OLLAMA_BASE_URL is not Ollama, or refuses us: " + shown);
    }

    private static Rule rule(Predicate<String> matches, FailureClass kind, String advice) {
        return new Rule(matches, kind, advice);
    }

    private static Predicate<String> is(String words) {
        return text -> text.equals(words);
    }

    private static Predicate<String> startsWith(String words) {
        return text -> text.startsWith(words);
    }

    private static Predicate<String> contains(String words) {
        return text -> text.contains(words);
    }

    private static Predicate<String> containsAny(String... words) {
        return text -> List.of(words).stream().anyMatch(text::contains);
    }

    private static Predicate<String> matches(String expression) {
        return Pattern.compile(expression, Pattern.DOTALL).asMatchPredicate();
    }
}
