package org.lifeos.backup.worker.code;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a remote said it has.
 *
 * @param branches their commits by name; empty when it was not reached
 * @param problem why it was not reached, as a sentence; else null
 */
record RemoteHeads(Map<String, String> branches, String problem) {
    private static final Pattern LINE =
            Pattern.compile("([0-9a-f]{40}|[0-9a-f]{64})\trefs/heads/(\\S+)");

    /** Whom GitHub takes for the user of a token; others take any. */
    private static final String USER_OF_TOKEN = "x-access-token";

    private static final int CONNECT_SECONDS = 10;

    RemoteHeads {
        branches = Map.copyOf(branches);
    }

    /** Asks the remote now, and fetches nothing. */
    static RemoteHeads ask(
            Repository repository, RemoteAddress address, CodeSettings settings, Duration limit) {
        if (address.asked() == null) {
            return unreached(
                    "The remote's address %s is none that is asked: https, http, ssh, git or a path."
                            .formatted(address));
        }
        if (address.kind() == RemoteAddress.Kind.PATH && repository.holds(address.asked())) {
            return unreached("The remote %s is this very repository.".formatted(address));
        }
        Git git = repository.outside(environment(address, settings), limit);
        Git.Answer<String> answer =
                git.run("", Git::text, "ls-remote", "--heads", "--", address.asked());
        if (answer.tooLate()) {
            return unreached(
                    "The remote %s did not answer within %d seconds."
                            .formatted(address, limit.toSeconds()));
        }
        if (answer.exitCode() != 0) {
            return unreached(
                    "The remote %s could not be asked: %s%s"
                            .formatted(
                                    address,
                                    sentence(answer.lastWords()),
                                    hint(address, answer.lastWords())));
        }
        Map<String, String> branches = new HashMap<>();
        answer.value()
                .lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .forEach(line -> branches.put(line.group(2), line.group(1)));
        return new RemoteHeads(branches, null);
    }

    private static RemoteHeads unreached(String problem) {
        return new RemoteHeads(Map.of(), problem);
    }

    private static String sentence(String words) {
        String text = words.isEmpty() ? "git said nothing" : words.strip();
        return text.endsWith(".") ? text : text + ".";
    }

    private static String hint(RemoteAddress address, String words) {
        boolean wantsLogin = words.contains("could not read Username");
        return switch (address.kind()) {
            case HTTPS ->
                    wantsLogin ? " It wants a login: set CODE_REMOTE_TOKEN of the worker." : "";
            case HTTP ->
                    wantsLogin
                            ? " It wants a login, and CODE_REMOTE_TOKEN is told to https remotes alone."
                            : "";
            case SSH ->
                    words.contains("cannot run ssh")
                            ? " The worker has no ssh client: install one, or use an https address."
                            : "";
            case GIT, PATH, OTHER -> "";
        };
    }

    private static Map<String, String> environment(RemoteAddress address, CodeSettings settings) {
        Map<String, String> environment = new TreeMap<>();
        environment.put("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file");
        environment.put(
                "GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=" + CONNECT_SECONDS);
        String agent = System.getenv("SSH_AUTH_SOCK");
        if (agent != null) {
            environment.put("SSH_AUTH_SOCK", agent);
        }
        if (settings.authorities() != null) {
            environment.put("GIT_SSL_CAINFO", settings.authorities());
        }
        String user = RemoteAddress.decoded(address.user());
        String password = RemoteAddress.decoded(address.password());
        if (settings.token() != null && address.kind() == RemoteAddress.Kind.HTTPS) {
            login(environment, address, user == null ? USER_OF_TOKEN : user, settings.token());
        } else if (address.host() != null && user != null) {
            login(environment, address, user, password == null ? "" : password);
        }
        return environment;
    }

    private static void login(
            Map<String, String> environment, RemoteAddress address, String user, String password) {
        String scheme = address.kind() == RemoteAddress.Kind.HTTPS ? "https" : "http";
        environment.put("CODE_LOGIN_AT", scheme + "://" + address.host());
        environment.put("CODE_LOGIN_USER", user);
        environment.put("CODE_LOGIN_PASSWORD", password);
    }
}
