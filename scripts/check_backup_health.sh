#!/bin/sh
# Prints how the backups stand, as a table, in the manner of a Nagios plugin: cron, launchd and uptime monitors read it.
#
#   check_backup_health.sh
#
# Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 unknown, because the service could not be asked. The settings are in
# support/client.sh.
set -u

# shellcheck disable=SC1007 # an empty value
self=$0 link=
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in
        /*) self=$link ;;
        *) self=$(dirname "$self")/$link ;;
    esac
done
support=$(dirname "$self")/support/client.sh
if [ ! -r "$support" ]; then
    echo "UNKNOWN: $support is missing; copy the whole folder scripts/."
    exit 3
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: check_backup_health.sh

Prints the checks of the backup service as a table; the first line begins with the worst status.

Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 unknown: the service could not be asked.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE; a viewer's token is enough.
END
}

main() {
    case $#:${1-} in
        0:) ;;
        1:-h | 1:--help)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 3
            ;;
    esac
    client_start check_backup_health || unknown "this machine is not set up for it"
    request 30 -H 'Accept: text/plain' "$API/api/v1/health"
    word=''
    IFS=':' read -r word _ <"$CLIENT_DIR/body" || true
    # Something between may answer 503 as well: only the service's own words count.
    case $STATUS:$CONTENT_TYPE:$word in
        200:text/plain*:OK) told 0 ;;
        200:text/plain*:WARNING) told 1 ;;
        503:text/plain*:CRITICAL) told 2 ;;
        000:*) unknown "$API does not answer ($(why_no_answer))" ;;
        *)
            print_problem
            unknown "$API does not tell its health (HTTP $STATUS)"
            ;;
    esac
}

told() {
    cat "$CLIENT_DIR/body"
    exit "$1"
}

# On stdout, where monitors look.
unknown() {
    echo "UNKNOWN: $1."
    exit 3
}

main "$@"
