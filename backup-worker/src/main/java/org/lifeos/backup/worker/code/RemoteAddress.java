package org.lifeos.backup.worker.code;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a remote is, taken apart so that nothing secret of it is ever shown or handed to a tool as
 * an argument (gitprotocol URLs as in git-fetch(1), GIT URLS).
 *
 * @param kind how it is reached
 * @param shown without anything secret
 * @param asked what git is given; null where it is not asked
 * @param host with its port, as git tells a credential helper; null where no login is known for it
 * @param user of the login in the address, or null
 * @param password of the login in the address, or null
 */
record RemoteAddress(
        Kind kind, String shown, String asked, String host, String user, String password) {

    enum Kind {
        HTTPS,
        HTTP,
        SSH,
        GIT,
        PATH,
        /** A helper program or something else that is not asked. */
        OTHER
    }

    private static final Pattern URL =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(.*)", Pattern.DOTALL);
    private static final Pattern HOST = Pattern.compile("(\\[[^]@]*]|[^:@]+)(:\\d+)?");
    private static final Pattern SHORT_SSH = Pattern.compile("([^/:]+):([^@]*)");
    private static final Pattern HELPER = Pattern.compile("([A-Za-z0-9]+)::.*", Pattern.DOTALL);
    private static final String HIDDEN = "…";

    /**
     * @param home that a relative path begins at
     */
    static RemoteAddress of(String text, Path home) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            return other(HIDDEN);
        }
        Matcher helper = HELPER.matcher(text);
        if (helper.matches()) {
            return other(helper.group(1) + "::" + HIDDEN);
        }
        Matcher url = URL.matcher(text);
        if (url.matches()) {
            return ofUrl(url, text);
        }
        int colon = text.indexOf(':');
        boolean isPath = colon < 0 || text.indexOf('/') >= 0 && text.indexOf('/') < colon;
        if (isPath) {
            return new RemoteAddress(
                    Kind.PATH, text, home.resolve(text).normalize().toString(), null, null, null);
        }
        return SHORT_SSH.matcher(text).matches()
                ? new RemoteAddress(Kind.SSH, text, text, null, null, null)
                : other(HIDDEN + text.substring(text.lastIndexOf('@')));
    }

    private static RemoteAddress ofUrl(Matcher url, String text) {
        String scheme = url.group(1).toLowerCase(Locale.ROOT);
        String authority = url.group(2);
        String path = url.group(3);
        int at = authority.lastIndexOf('@');
        String host = authority.substring(at + 1);
        String login = at < 0 ? null : authority.substring(0, at);
        if (scheme.equals("file")) {
            return new RemoteAddress(Kind.PATH, text, text, null, null, null);
        }
        if (!HOST.matcher(host).matches()) {
            // a slash in a password, for example: whatever stands there is not shown
            return other(scheme + "://" + HIDDEN);
        }
        String bare = scheme + "://" + host + path;
        return switch (scheme) {
            case "https" -> ofWeb(Kind.HTTPS, bare, host, login);
            case "http" -> ofWeb(Kind.HTTP, bare, host, login);
            case "ssh", "git+ssh", "ssh+git" -> {
                String user = login == null ? "" : part(login, 0) + "@";
                String shown = scheme + "://" + user + host + path;
                yield new RemoteAddress(Kind.SSH, shown, shown, null, null, part(login, 1));
            }
            case "git" -> new RemoteAddress(Kind.GIT, bare, bare, null, null, part(login, 1));
            default -> other(scheme + "://" + HIDDEN);
        };
    }

    private static RemoteAddress ofWeb(Kind kind, String bare, String host, String login) {
        return new RemoteAddress(kind, bare, bare, host, part(login, 0), part(login, 1));
    }

    private static RemoteAddress other(String shown) {
        return new RemoteAddress(Kind.OTHER, shown, null, null, null, null);
    }

    /** User or password of a login, or null. */
    private static String part(String login, int number) {
        if (login == null) {
            return null;
        }
        String[] parts = login.split(":", 2);
        return number < parts.length && !parts[number].isEmpty() ? parts[number] : null;
    }

    /** As it was meant, where it was written with percent signs. */
    static String decoded(String part) {
        try {
            return part == null
                    ? null
                    : URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return part;
        }
    }

    /**
     * What may not be seen anywhere: the password, or a user that is one, since without a password
     * many servers take a token as the user.
     */
    List<String> secrets() {
        List<String> secrets = new ArrayList<>();
        boolean isWeb = kind == Kind.HTTP || kind == Kind.HTTPS;
        String secret = password == null && isWeb ? user : password;
        if (secret != null) {
            secrets.add(secret);
            secrets.add(decoded(secret));
            String login = decoded(user == null ? "" : user) + ":" + decoded(orEmpty(password));
            secrets.add(Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        }
        return secrets;
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }

    /** Holds no secret. */
    @Override
    public String toString() {
        return shown;
    }
}
