package org.lifeos.backup.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lifeos.backup.testing.MailServer;
import org.lifeos.backup.testing.Receiver;

/**
 * Each secret of a stack is a canary: after backups, proofs, restores, failures and notices it is
 * in no command line, in no environment of a child that does not need it, in no log, answer, mail,
 * file or row.
 */
class CanaryTest {
    private static final String MAIL_PASSWORD = "canary-of-the-mail";
    private static final String HOOK = "canary-of-the-webhook";
    private static final String PING = "canary-of-the-heartbeat";
    private static final String BROKEN_PASSWORD = "canary-of-the-broken-target";
    private static final List<String> PAGES =
            List.of(
                    "/api/v1/jobs?limit=200",
                    "/api/v1/backups",
                    "/api/v1/targets",
                    "/api/v1/workers",
                    "/api/v1/schedules",
                    "/api/v1/health",
                    "/api/v1/coverage",
                    "/api/v1/files",
                    "/api/v1/code",
                    "/api/v1/audit",
                    "/q/metrics",
                    "/q/health",
                    "/q/openapi");

    private static MailServer mail;
    private static Receiver web;
    private static Stack stack;
    private static String targetPassword;
    private static List<String> secrets;

    @BeforeAll
    static void start() {
        mail = MailServer.withLogin("me", MAIL_PASSWORD);
        web = new Receiver();
        Map<String, String> environment = new HashMap<>();
        environment.put("BACKUP_HEALTH_INTERVAL_SECONDS", "1");
        environment.put("BACKUP_RETRY_DELAY_SECONDS", "0");
        environment.put("BACKUP_ALERT_EMAIL", "me@example.org");
        environment.put("SMTP_HOST", "127.0.0.1");
        environment.put("SMTP_PORT", Integer.toString(mail.port()));
        environment.put("SMTP_USER", "me");
        environment.put("SMTP_PASSWORD", MAIL_PASSWORD);
        environment.put("BACKUP_ALERT_WEBHOOK_URL", web.address("/" + HOOK).toString());
        environment.put("BACKUP_HEARTBEAT_URL", web.address("/" + PING).toString());
        environment.put("BACKUP_TARGETS", "broken");
        environment.put("BROKEN_DB_HOST", "127.0.0.1");
        environment.put("BROKEN_DB_PORT", "1");
        environment.put("BROKEN_DB_NAME", "broken");
        environment.put("BROKEN_DB_USER", "broken");
        environment.put("BROKEN_DB_PASSWORD", BROKEN_PASSWORD);
        stack = Stack.start(Stack.Setup.standard().environment(environment));
        targetPassword = stack.secrets().getFirst();
        secrets = new ArrayList<>(stack.secrets());
        secrets.addAll(List.of(MAIL_PASSWORD, HOOK, PING, BROKEN_PASSWORD));
    }

    @AfterAll
    static void stop() throws IOException {
        stack.close();
        mail.close();
        web.close();
    }

    @Test
    void secretsAreNowhere() throws Exception {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        Set<String> programs = ConcurrentHashMap.newKeySet();
        Thread watch = Thread.ofPlatform().daemon().start(() -> watch(seen, programs));
        work();
        watch.interrupt();
        watch.join();

        assertThat(programs).as("programs that were looked at").contains("pg_dump", "psql");
        assertThat(seen).as("secrets of processes").isEmpty();
        assertThat(mail.mails()).isNotEmpty();
        assertThat(web.received()).isNotEmpty();
        assertThat(secretsIn(String.join("\n", mail.mails()))).as("mails").isEmpty();
        web.received().forEach(call -> assertThat(secretsIn(call.body())).as("notice").isEmpty());
        answersHoldNone();
        logsHoldNone();
        filesHoldNone();
        rowsHoldNone();
    }

    private static void work() {
        String plain =
                done("/api/v1/backups", Map.of("verify", "restore"), 200)
                        .jsonPath()
                        .getString("result.backupId");
        done("/api/v1/backups", Map.of("format", "custom"), 200);
        done("/api/v1/backups", Map.of("target", "broken"), 503);
        done("/api/v1/backups/" + plain + "/verifications", Map.of("level", "restore"), 200);
        String restore =
                done(
                                "/api/v1/restores",
                                Map.of("backup", plain, "confirm", stack.targetDatabase()),
                                200)
                        .jsonPath()
                        .getString("id");
        done(
                "/api/v1/restores/" + restore + "/rollback",
                Map.of("confirm", stack.targetDatabase()),
                200);
        done("/api/v1/catalog/scans", Map.of(), 200);
        done("/api/v1/files/checks", Map.of(), 200, 502);
        done("/api/v1/code/checks", Map.of(), 409);
        done("/api/v1/recoveries", Map.of("confirm", "recover", "dryRun", true), 200, 502);
    }

    private static Response done(String path, Map<String, Object> body, Integer... statuses) {
        Response answer =
                stack.given(stack.tokens().admin())
                        .header("Prefer", "wait=100")
                        .body(body)
                        .post(path);
        assertThat(answer.statusCode())
                .as(path + ": " + answer.asString())
                .isIn((Object[]) statuses);
        assertThat(secretsIn(answer.asString())).as(path).isEmpty();
        return answer;
    }

    private static List<String> secretsIn(String text) {
        return secrets.stream().filter(text::contains).toList();
    }

    // ---- processes

    /** Looks at all that the services have started, again and again. */
    private static void watch(Set<String> seen, Set<String> programs) {
        while (!Thread.currentThread().isInterrupted()) {
            for (Stack.Service service : List.of(stack.api(0), stack.worker(0))) {
                look(service.process().pid(), false, seen, programs);
                service.process()
                        .descendants()
                        .forEach(child -> look(child.pid(), true, seen, programs));
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    private static void look(long pid, boolean isChild, Set<String> seen, Set<String> programs) {
        String command = proc(pid, "cmdline");
        String program = Path.of(command.split("\0", 2)[0]).getFileName() + "";
        programs.add(program);
        secretsIn(command)
                .forEach(secret -> seen.add(program + " " + secret + " in its arguments"));
        if (isChild) {
            // tools ask each other for their versions by a shell
            boolean isClient =
                    program.startsWith("pg_") || program.equals("psql") || program.equals("sh");
            secretsIn(proc(pid, "environ")).stream()
                    .filter(secret ->
                            !isJvm(program) && !(isClient && secret.equals(targetPassword)))
                    .forEach(secret -> seen.add(program + " " + secret + " in its environment"));
        }
    }

    /** A child is a copy of the service until it becomes the tool. */
    private static boolean isJvm(String program) {
        return program.equals("java") || program.equals("jspawnhelper");
    }

    private static String proc(long pid, String file) {
        try {
            return new String(Files.readAllBytes(Path.of("/proc", "" + pid, file)), ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    // ---- what is left

    private static void answersHoldNone() {
        List<String> pages = new ArrayList<>(PAGES);
        for (List<String> row : rows("select id from job")) {
            pages.add("/api/v1/jobs/" + row.getFirst());
            pages.add("/api/v1/jobs/" + row.getFirst() + "/log");
        }
        for (List<String> row : rows("select id from backup")) {
            pages.add("/api/v1/backups/" + row.getFirst());
        }
        for (String page : pages) {
            for (String type : List.of("application/json", "text/plain")) {
                String answer =
                        stack.given(stack.tokens().admin())
                                .header("Accept", type)
                                .get(page)
                                .asString();
                assertThat(secretsIn(answer)).as(page).isEmpty();
            }
        }
    }

    private static void logsHoldNone() {
        for (Stack.Service service : List.of(stack.api(0), stack.worker(0))) {
            assertThat(service.process().log()).isNotEmpty();
            assertThat(secretsIn(service.process().log())).as(service.process().name()).isEmpty();
        }
    }

    private static void filesHoldNone() throws IOException {
        Set<String> looked = new HashSet<>();
        try (Stream<Path> files = Files.walk(stack.home())) {
            files.filter(Files::isRegularFile)
                    .forEach(file -> {
                        looked.add(file.getFileName().toString());
                        assertThat(secretsIn(content(file))).as(file.toString()).isEmpty();
                    });
        }
        assertThat(looked)
                .anyMatch(name -> name.endsWith(".sql.gz"))
                .anyMatch(name -> name.endsWith(".manifest.json"))
                .anyMatch(name -> name.endsWith(".roles.sql"));
    }

    private static String content(Path file) {
        try (var bytes =
                file.toString().endsWith(".gz")
                        ? new GZIPInputStream(Files.newInputStream(file))
                        : Files.newInputStream(file)) {
            return new String(bytes.readAllBytes(), ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void rowsHoldNone() {
        List<List<String>> tables =
                rows("select quote_ident(tablename) from pg_tables where schemaname = 'public'");
        assertThat(tables).isNotEmpty();
        for (List<String> table : tables) {
            String text =
                    rows("select coalesce(string_agg(t::text, ' '), '') from %s t"
                                    .formatted(table.getFirst()))
                            .getFirst()
                            .getFirst();
            assertThat(secretsIn(text)).as("table " + table.getFirst()).isEmpty();
        }
    }

    private static List<List<String>> rows(String sql) {
        return stack.server().rows(stack.serviceDatabase(), sql);
    }
}
