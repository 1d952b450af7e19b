package org.lifeos.backup.system;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lifeos.backup.access.Role;

/**
 * Every operation that the service promises, as a list that tests compare the OpenAPI document and
 * the running service with.
 */
final class ContractList {
    /**
     * Method, path below /api/v1, least role, fields of the body (* required, {} none, - takes no
     * body), the problems that belong to it beyond those of every call.
     */
    private static final String LIST =
            """
            GET    | /jobs                       | viewer   | -                                               | invalid-parameter
            GET    | /jobs/{id}                  | viewer   | -                                               | not-found invalid-header
            POST   | /jobs/{id}/cancel           | operator | {}                                              | not-found already-ended job-locked still-running forbidden
            GET    | /jobs/{id}/events           | viewer   | -                                               | not-found
            GET    | /jobs/{id}/log              | viewer   | -                                               | not-found
            GET    | /targets                    | viewer   | -                                               |
            GET    | /backups                    | viewer   | -                                               | invalid-parameter
            POST   | /backups                    | operator | target label reason format pinned verify        | unknown-target still-running cancelled target-unreachable disk-full dump-failed
            GET    | /backups/latest             | viewer   | -                                               | not-found invalid-parameter
            GET    | /backups/{id}               | viewer   | -                                               | not-found
            PATCH  | /backups/{id}               | operator | pinned reason                                   | not-found
            DELETE | /backups/{id}               | admin    | -                                               | not-found last-good-backup pinned in-use still-running
            GET    | /backups/{id}/content       | admin    | -                                               | not-found range-not-satisfiable
            POST   | /backups/{id}/verifications | operator | level                                           | not-found backup-corrupt scratch-too-large still-running
            POST   | /restores                   | admin    | backup* target mode database confirm* tolerateErrors | not-found unknown-target database-exists prepared-transactions restore-failed restore-differs backup-corrupt
            POST   | /restores/{jobId}/rollback  | admin    | confirm*                                        | not-found rollback-not-possible prepared-transactions
            POST   | /retention/runs             | operator | target dryRun keepDays                          | forbidden unknown-target still-running
            POST   | /catalog/scans              | operator | {}                                              | still-running
            GET    | /ollama/manifest            | viewer   | -                                               | not-checked-yet
            POST   | /ollama/manifests           | operator | {}                                              | still-running ollama-unreachable ollama-answer-invalid ollama-list-empty ollama-restore-incomplete
            POST   | /ollama/restores            | admin    | models manifest dryRun force                    | still-running disk-full ollama-unreachable ollama-manifest-missing
            GET    | /files                      | viewer   | -                                               | not-checked-yet
            POST   | /files/checks               | operator | {}                                              | still-running tool-missing
            GET    | /code                       | viewer   | -                                               | not-checked-yet
            POST   | /code/checks                | operator | {}                                              | still-running tool-missing code-repository-missing git-failed
            POST   | /files/restores             | admin    | folders conflict dryRun confirm*                | still-running mirror-unavailable disk-full
            GET    | /schedules                  | viewer   | -                                               |
            PUT    | /schedules/{name}           | admin    | cron* zone type* parameters enabled catchUpSeconds | invalid-parameter invalid-field
            DELETE | /schedules/{name}           | admin    | -                                               | not-found
            POST   | /schedules/{name}/runs      | operator | {}                                              | not-found forbidden still-running
            GET    | /health                     | viewer   | -                                               |
            GET    | /coverage                   | viewer   | -                                               |
            POST   | /recoveries                 | admin    | steps dryRun rehearsal replace confirm*         | still-running target-not-empty
            GET    | /workers                    | viewer   | -                                               |
            GET    | /audit                      | admin    | -                                               | invalid-parameter
            """;

    private static final Set<String> OF_EVERY_CALL =
            Set.of(
                    "malformed-request",
                    "unauthorized",
                    "not-acceptable",
                    "uri-too-long",
                    "headers-too-large",
                    "too-many-attempts",
                    "internal-error",
                    "service-database-unavailable");
    private static final Set<String> OF_EVERY_BODY =
            Set.of("invalid-field", "payload-too-large", "unsupported-media-type");
    private static final Set<String> OF_EVERY_KEY =
            Set.of("invalid-header", "idempotency-key-reused");

    private ContractList() {}

    /**
     * An operation.
     *
     * @param path whole, with its parameters in braces
     * @param fields of its body by name, a star after those that must be there; empty where it
     *     takes no body
     */
    record Operation(
            String method,
            String path,
            Role role,
            Optional<List<String>> fields,
            List<String> ownCodes) {

        private static Operation of(String line) {
            String[] parts = line.split("\\|", -1);
            String fields = parts[3].strip();
            return new Operation(
                    parts[0].strip(),
                    "/api/v1" + parts[1].strip(),
                    Role.byCode(parts[2].strip()).orElseThrow(),
                    fields.equals("-") ? Optional.empty() : Optional.of(words(fields)),
                    words(parts[4]));
        }

        private static List<String> words(String text) {
            return Arrays.stream(text.strip().split("\\s+"))
                    .filter(word -> !word.isEmpty() && !word.equals("{}"))
                    .toList();
        }

        List<String> fieldNames() {
            return fields.orElse(List.of()).stream().map(name -> name.replace("*", "")).toList();
        }

        List<String> requiredFields() {
            return fields.orElse(List.of()).stream()
                    .filter(name -> name.endsWith("*"))
                    .map(name -> name.replace("*", ""))
                    .toList();
        }

        /** Those that the OpenAPI document must tell at least. */
        List<String> codes() {
            Stream<String> ofRole = role == Role.VIEWER ? Stream.empty() : Stream.of("forbidden");
            Stream<String> ofBody = fields.isEmpty() ? Stream.empty() : OF_EVERY_BODY.stream();
            Stream<String> ofKey = method.equals("POST") ? OF_EVERY_KEY.stream() : Stream.empty();
            return Stream.of(OF_EVERY_CALL.stream(), ofRole, ofBody, ofKey, ownCodes.stream())
                    .flatMap(codes -> codes)
                    .distinct()
                    .toList();
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    static Stream<Operation> all() {
        return LIST.lines().map(Operation::of);
    }
}
