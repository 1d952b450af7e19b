#!/bin/sh
# Restores a backup in place of the life-os database, after its name was typed.
#
#   restore_postgres.sh [BACKUP|latest]
#
# BACKUP is the id of one; `latest` is the newest good one. Prints the job's last line. Exit codes: 0 restored, 1 not
# restored, 2 the service cannot be reached. The settings are in support/client.sh.
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
    echo "restore_postgres: $support is missing; copy the whole folder scripts/." >&2
    exit 1
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: restore_postgres.sh [BACKUP|latest]

Asks for the name of the database, restores the backup (an id, or latest: the newest good one) beside it, compares, and lets
the two change places; what was there before is kept for 24 hours. Reads the name from standard input.

Exit codes: 0 restored, 1 not restored, 2 the service cannot be reached.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE.
END
}

main() {
    read_arguments "$@"
    client_start restore_postgres || exit 1
    service_has "/api/v1/backups/$backup" || exit
    ask_for_database
    start_job "The restore" /api/v1/restores "{\"backup\":\"$backup\",\"confirm\":\"$(json_text "$database")\"}" || exit
    await_job || exit
    say "What $database held before is kept for 24 hours; to put it back, with an admin's token and 'confirm':"
    say "  POST $API/api/v1/restores/$JOB/rollback"
    printf '%s\n' "$STATE $RESULT_ID $FILE"
}

read_arguments() {
    backup=${1-latest}
    case $#:$backup in
        1:-h | 1:--help)
            usage
            exit 0
            ;;
        [01]:*[!A-Za-z0-9-]* | [01]:-* | [01]:) ;;
        [01]:*) return 0 ;;
    esac
    usage >&2
    exit 1
}

ask_for_database() {
    printf 'This replaces a database with the backup %s.\nName of the database: ' "$backup" >&2
    database=''
    IFS= read -r database || true
    if [ -z "$database" ]; then
        say "No name, no restore. Nothing was changed."
        exit 1
    fi
}

json_text() {
    printf '%s' "$1" | tr -d '[:cntrl:]' | sed 's/[\\"]/\\&/g'
}

main "$@"
