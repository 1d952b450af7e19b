package org.lifeos.backup.worker.files;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of what rsync would do (rsync(1), {@code --itemize-changes}).
 *
 * @param kind {@code f} file, {@code d} directory, {@code L} link
 * @param isContent whether the thing itself would come, not only its times or its mode
 * @param isNew whether rsync sees nothing of its name and kind at the destination
 * @param name in the bytes of the file system, relative to the folder, without a slash at its end
 */
record PlannedCopy(
        char kind,
        boolean isContent,
        boolean isNew,
        boolean differsInSize,
        long bytes,
        byte[] name) {
    private static final Pattern LINE =
            Pattern.compile("([<>ch.*])([fdLDS])(\\S{9}) (\\d+) (.*)", Pattern.DOTALL);
    private static final Pattern ESCAPED = Pattern.compile("\\\\#([0-7]{3})");
    private static final int OCTAL = 8;

    /** Empty where the line is a remark. */
    static Optional<PlannedCopy> parse(String line) {
        Matcher parts = LINE.matcher(line);
        if (!parts.matches()) {
            return Optional.empty();
        }
        char kind = parts.group(2).charAt(0);
        return Optional.of(
                new PlannedCopy(
                        kind,
                        !parts.group(1).equals("."),
                        parts.group(3).equals("+++++++++"),
                        parts.group(3).charAt(1) == 's',
                        kind == 'f' ? Long.parseLong(parts.group(4)) : 0,
                        bytes(withoutSlash(parts.group(5), kind))));
    }

    private static String withoutSlash(String name, char kind) {
        return kind == 'd' && name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }

    private static byte[] bytes(String escaped) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Matcher matcher = ESCAPED.matcher(escaped);
        int end = 0;
        while (matcher.find()) {
            bytes.writeBytes(
                    escaped.substring(end, matcher.start()).getBytes(StandardCharsets.ISO_8859_1));
            bytes.write(Integer.parseInt(matcher.group(1), OCTAL));
            end = matcher.end();
        }
        bytes.writeBytes(escaped.substring(end).getBytes(StandardCharsets.ISO_8859_1));
        return bytes.toByteArray();
    }

    /** In a list of names it would mean all that is in it. */
    boolean isTheFolderItself() {
        return text().equals(".");
    }

    boolean isDirectory() {
        return kind == 'd';
    }

    /** Whether a link is there that points elsewhere. */
    boolean isChangedLink() {
        return kind == 'L' && isContent && !isNew;
    }

    /**
     * Where it is in a folder. A path of text could not name a file whose name's bytes are no text;
     * an address can.
     */
    Path in(Path folder) {
        StringBuilder address = new StringBuilder(folder.toAbsolutePath().toUri().toString());
        if (address.charAt(address.length() - 1) != '/') {
            address.append('/');
        }
        for (byte part : name) {
            address.append(part == '/' ? "/" : "%%%02x".formatted(part));
        }
        return Path.of(URI.create(address.toString()));
    }

    /** One name, one key; texts of different names can be the same. */
    String key() {
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    /** For people: bytes that are no UTF-8 show as a replacement. */
    String text() {
        return new String(name, StandardCharsets.UTF_8);
    }
}
