package org.lifeos.backup.api.health;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Whether the bytes of each target's newest good dump are those of its manifest. A file is read
 * once, and again when it has changed. Dumps larger than {@value #LARGEST_BYTES} bytes are left to
 * the verifications: a look must not take minutes.
 */
final class NewestContent {
    static final long LARGEST_BYTES = 64L << 20;

    private static final int BUFFER = 1 << 16;

    /** What tells that a file has changed, even by who keeps its size and its time. */
    private record Version(Object key, long size, Object modifiedAt, Object changedAt) {}

    private record Hashed(Version version, String sha256) {}

    private final Map<Path, Hashed> hashed = new HashMap<>();

    /** The same dumps, with the newest ones judged by their bytes, until one of them holds. */
    synchronized List<DumpSeen> judge(Path folder, List<DumpSeen> dumps) throws IOException {
        List<DumpSeen> judged = new ArrayList<>(dumps);
        List<String> targets =
                dumps.stream()
                        .filter(DumpSeen::isGood)
                        .map(dump -> dump.manifest().target())
                        .distinct()
                        .toList();
        List<Path> looked = new ArrayList<>();
        for (String target : targets) {
            List<DumpSeen> newestFirst = new FolderSeen(judged, 0).good(target);
            for (DumpSeen dump : newestFirst) {
                Path path = folder.resolve(dump.name());
                looked.add(path);
                if (dump.sizeBytes() > LARGEST_BYTES
                        || sha256(path).equals(dump.manifest().file().sha256())) {
                    break;
                }
                judged.set(
                        judged.indexOf(dump),
                        dump.withProblem("its bytes are not those of its manifest"));
            }
        }
        hashed.keySet().retainAll(looked);
        return List.copyOf(judged);
    }

    private String sha256(Path path) throws IOException {
        Version version = version(path);
        Hashed known = hashed.get(path);
        if (known == null || !known.version().equals(version)) {
            known = new Hashed(version, read(path));
            hashed.put(path, known);
        }
        return known.sha256();
    }

    private static Version version(Path path) throws IOException {
        Map<String, Object> file =
                Files.readAttributes(
                        path,
                        "unix:fileKey,size,lastModifiedTime,ctime",
                        LinkOption.NOFOLLOW_LINKS);
        return new Version(
                file.get("fileKey"),
                (Long) file.get("size"),
                file.get("lastModifiedTime"),
                file.get("ctime"));
    }

    private static String read(Path path) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream file = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
            for (int read = file.read(buffer); read >= 0; read = file.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
