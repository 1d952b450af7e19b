package org.lifeos.backup.api.health;

/** Answers as the OpenAPI document shows them. */
final class HealthExamples {
    static final String WARNING =
            """
            {"status": "WARNING", "checkedAt": "2026-01-31T12:00:00.123Z", "checks": [
             {"id": "backup-age:lifeos", "status": "OK", "summary": "The newest good backup of lifeos is 9 h old.",
              "observed": "9 h", "threshold": "at most 26 h", "since": "2026-01-02T03:00:41Z", "hint": null},
             {"id": "code", "status": "WARNING", "summary": "Work is on this machine alone: 2 unpushed commits.",
              "observed": "2 unpushed commits", "threshold": "everything committed and pushed",
              "since": "2026-01-31T03:45:02Z", "hint": "See GET /api/v1/code, then commit and push."}]}
            """;

    static final String CRITICAL =
            """
            {"status": "CRITICAL", "checkedAt": "2026-01-31T12:00:00.123Z", "checks": [
             {"id": "disk-space", "status": "CRITICAL", "summary": "The disk has no room for the next backup.",
              "observed": "41.0 MiB free", "threshold": "at least 64.0 MiB for the next dumps, 192.0 MiB for 3 nights",
              "since": "2026-01-31T03:00:41Z",
              "hint": "Make room on the disk of LIFEOS_HOME, or lower BACKUP_RETENTION_KEEP_DAYS."}]}
            """;

    static final String COVERAGE =
            """
            {"checkedAt": "2026-01-31T12:00:00.123Z", "items": [
             {"what": "database lifeos", "state": "PROTECTED", "protection": "a dump each night, restored to try it",
              "recoveryPointAt": "2026-01-31T03:00:02Z", "recoveryPointAgeSeconds": 32398,
              "detail": "life_os_backup_20260131_030002.sql.gz was restored to try it."},
             {"what": "code", "state": "UNPROTECTED", "protection": "pushed to a remote repository", "recoveryPointAt": null,
              "recoveryPointAgeSeconds": null, "detail": "Work is on this machine alone: 2 unpushed commits."},
             {"what": "redis", "state": "NOT_ON_PURPOSE", "protection": "not backed up, on purpose", "recoveryPointAt": null,
              "recoveryPointAgeSeconds": null, "detail": "A cache."}]}
            """;

    private HealthExamples() {}
}
