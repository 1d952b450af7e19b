package org.lifeos.backup.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged backups: each is found, at every level and by a restore, before the server is touched.
 */
class DamageTest {
    private static final int DAMAGES = Integer.getInteger("damages", 100);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    /** A compressor that ends its gzip member every 4 KiB of input, as parallel ones do. */
    private static final String MANY_MEMBERS =
            """
            #!/usr/bin/env perl
            binmode STDIN;
            while (read(STDIN, my $block, 4096)) {
                open(my $gzip, '|-', 'gzip', '-c') or die;
                print $gzip $block;
                close($gzip) or die;
            }
            """;

    @TempDir static Path tools;

    private static Stack stack;

    /** A backup and all its files as they were written. */
    private record Stored(String id, Path dump, Path manifest, Map<Path, byte[]> whole) {
        void heal() throws IOException {
            for (var file : whole.entrySet()) {
                Files.write(file.getKey(), file.getValue());
            }
        }

        byte[] bytes() {
            return whole.get(dump);
        }
    }

    @BeforeAll
    static void start() throws IOException {
        stack = Stack.start(Stack.Setup.standard().workers(0));
        Path compressor = Files.writeString(tools.resolve("igzip"), MANY_MEMBERS);
        Files.setPosixFilePermissions(compressor, PosixFilePermissions.fromString("rwxr-xr-x"));
        stack.startWorker(Map.of("PATH", tools + ":" + stack.toolPath()));
    }

    @AfterAll
    static void stop() {
        stack.close();
    }

    @Test
    void everyDamageIsFoundBeforeTheServerIsTouched() throws IOException {
        Stored one = stored();
        stack.targetServer()
                .execute(stack.targetDatabase(), "CREATE TABLE public.more AS SELECT 1 AS n");
        Stored other = stored();
        assertThat(members(one.bytes())).hasSizeGreaterThan(5);
        List<String> databases = databases();
        Map<String, Integer> found = new TreeMap<>();
        for (int i = 0; i < DAMAGES; i++) {
            Random random = new Random(SEED + i);
            String damage = damage(i, random, one, other);
            String how = asked(i / 6, random);
            String what = "seed %d, damage %d: %s, by %s".formatted(SEED, i, damage, how);
            Response answer = ask(one, how);
            assertThat(answer.statusCode()).as("%s: %s", what, answer.asString()).isEqualTo(409);
            JsonPath problem = answer.jsonPath();
            assertThat(problem.getString("code")).as(what).isEqualTo("backup-corrupt");
            assertThat(problem.getString("job.progress.phase"))
                    .as(what)
                    .isIn("preflight", "checksum", "check", "content");
            assertThat(databases()).as(what).isEqualTo(databases);
            found.merge(damage.split(" ")[0], 1, Integer::sum);
            one.heal();
            other.heal();
        }
        System.out.printf(
                "%d of %d damages found, seed %d: %s%n",
                found.values().stream().mapToInt(n -> n).sum(), DAMAGES, SEED, found);
        for (Stored backup : List.of(one, other)) {
            Response healed = ask(backup, "restore");
            assertThat(healed.statusCode()).as(healed.asString()).isEqualTo(200);
        }
        assertThat(databases()).isEqualTo(databases);
    }

    /** Damages the first backup; returns how. */
    private static String damage(int number, Random random, Stored one, Stored other)
            throws IOException {
        byte[] whole = one.bytes();
        return switch (number % 6) {
            case 0 -> {
                byte[] bytes = whole.clone();
                int at = random.nextInt(bytes.length);
                int bit = random.nextInt(8);
                bytes[at] ^= (byte) (1 << bit);
                Files.write(one.dump(), bytes);
                yield "flip of bit %d of byte %d".formatted(bit, at);
            }
            case 1 -> truncated(one, random.nextInt(whole.length));
            case 2 -> {
                List<Integer> members = members(whole);
                yield "member-" + truncated(one, members.get(random.nextInt(members.size())));
            }
            case 3 -> {
                byte[] more = appended(random, whole);
                byte[] bytes = Arrays.copyOf(whole, whole.length + more.length);
                System.arraycopy(more, 0, bytes, whole.length, more.length);
                Files.write(one.dump(), bytes);
                yield "append of %d bytes".formatted(more.length);
            }
            case 4 -> {
                Files.write(one.manifest(), other.whole().get(other.manifest()));
                Files.write(other.manifest(), one.whole().get(one.manifest()));
                yield "manifests swapped";
            }
            default -> {
                Files.write(one.dump(), other.bytes());
                Files.write(other.dump(), whole);
                yield "dumps swapped";
            }
        };
    }

    private static String truncated(Stored backup, int length) throws IOException {
        Files.write(backup.dump(), Arrays.copyOf(backup.bytes(), length));
        return "truncation to %d of %d bytes".formatted(length, backup.bytes().length);
    }

    /** Noise, zeros as of a file system that lost its end, or a whole gzip member more. */
    private static byte[] appended(Random random, byte[] whole) {
        return switch (random.nextInt(3)) {
            case 0 -> {
                byte[] noise = new byte[1 + random.nextInt(100)];
                random.nextBytes(noise);
                yield noise;
            }
            case 1 -> new byte[1 + random.nextInt(4096)];
            default -> Arrays.copyOf(whole, members(whole).get(1));
        };
    }

    /** Where the gzip members begin. */
    private static List<Integer> members(byte[] bytes) {
        List<Integer> begins = new ArrayList<>();
        for (int i = 0; i + 2 < bytes.length; i++) {
            if (bytes[i] == 0x1f && bytes[i + 1] == (byte) 0x8b && bytes[i + 2] == 8) {
                begins.add(i);
            }
        }
        return begins;
    }

    private static String asked(int round, Random random) {
        return round == 0
                ? "new-database"
                : List.of("checksum", "content", "restore", "new-database").get(random.nextInt(4));
    }

    private static Response ask(Stored backup, String how) {
        if (how.equals("new-database")) {
            Map<String, String> body =
                    Map.of(
                            "backup",
                            backup.id(),
                            "mode",
                            how,
                            "database",
                            "from_damaged",
                            "confirm",
                            "from_damaged");
            return stack.given(stack.tokens().admin())
                    .header("Prefer", "wait=60")
                    .body(body)
                    .post("/api/v1/restores");
        }
        return stack.given(stack.tokens().operator())
                .header("Prefer", "wait=60")
                .body(Map.of("level", how))
                .post("/api/v1/backups/{id}/verifications", backup.id());
    }

    private static Stored stored() throws IOException {
        Response answer =
                stack.given(stack.tokens().operator())
                        .header("Prefer", "wait=60")
                        .post("/api/v1/backups");
        assertThat(answer.statusCode()).as(answer.asString()).isEqualTo(200);
        Path dump = stack.backupFolder().resolve(answer.jsonPath().getString("result.file"));
        Path manifest = dump.resolveSibling(dump.getFileName() + ".manifest.json");
        Map<Path, byte[]> whole = new TreeMap<>();
        for (Path file : List.of(dump, manifest)) {
            whole.put(file, Files.readAllBytes(file));
        }
        return new Stored(answer.jsonPath().getString("result.backupId"), dump, manifest, whole);
    }

    private static List<String> databases() {
        return stack
                .targetServer()
                .rows("postgres", "SELECT datname || ' ' || oid FROM pg_database ORDER BY oid")
                .stream()
                .map(List::getFirst)
                .toList();
    }
}
