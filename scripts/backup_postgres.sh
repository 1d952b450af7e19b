#!/bin/sh
# Takes a backup of the life-os database and waits for it, then expires old ones.
#
#   backup_postgres.sh [retention_days]
#
# Prints the name of the backup's file. Exit codes: 0 only for a good backup, 1 no backup, 2 the service cannot be reached.
# A retention that fails is one line on stderr. The settings are in support/client.sh.
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
    echo "backup_postgres: $support is missing; copy the whole folder scripts/." >&2
    exit 1
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: backup_postgres.sh [retention_days]

Takes a backup of the life-os database and prints its file's name. retention_days, a whole number from 1: backups older
than that are expired afterwards; without it, as the service is configured. Fewer days than that need an admin's token.

Exit codes: 0 a good backup, 1 no backup, 2 the service cannot be reached.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE.
END
}

main() {
    retention_request='{}'
    read_arguments "$@"
    client_start backup_postgres || exit 1
    start_job "The backup" /api/v1/backups '{"reason":"backup_postgres.sh"}' || exit
    await_job || exit
    printf '%s\n' "$FILE"
    expire_old_backups
}

read_arguments() {
    case $#:${1-} in
        0:) return 0 ;;
        1:-h | 1:--help)
            usage
            exit 0
            ;;
        1: | 1:*[!0-9]*) ;;
        1:?*)
            days=$1
            while [ "${days#0}" != "$days" ]; do days=${days#0}; done # 07 is no number in JSON
            case $days in
                '' | ??????????*) ;;
                *)
                    retention_request="{\"keepDays\":$days}"
                    return 0
                    ;;
            esac
            ;;
    esac
    usage >&2
    exit 1
}

# The backup is good whatever becomes of this: a failure is one line.
expire_old_backups() {
    QUIET=true
    if start_job "The retention" /api/v1/retention/runs "$retention_request" && await_job; then
        SAID=''
    else
        SAID="The backup is good, but old ones were not expired. $SAID"
    fi
    QUIET=false
    [ -z "$SAID" ] || say "$SAID"
}

main "$@"
exit 0
