#!/bin/sh
# Runs a command only after a good backup of the life-os database.
#
#   backup_before.sh [--label L] -- COMMAND...
#
# Exit codes: COMMAND's; 75 when there is no good backup, and then COMMAND was not run; 64 for wrong arguments. Standard
# input and output are COMMAND's, so the backup's file is named on stderr. The settings are in support/client.sh.
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
    echo "backup_before: $support is missing; copy the whole folder scripts/." >&2
    exit 75
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: backup_before.sh [--label L] -- COMMAND...

Takes a backup of the life-os database and runs COMMAND only if it is good. L becomes part of the file's name: 1 to 64
letters, digits, dots, dashes and underscores, the first of them a letter or a digit.

Exit codes: COMMAND's, 75 when there is no good backup, 64 for wrong arguments.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE.
END
}

main() {
    label=''
    while true; do
        case ${1-} in
            --label)
                [ $# -ge 2 ] || usage_error
                label=$2
                check_label
                shift 2
                ;;
            --label=*)
                label=${1#--label=}
                check_label
                shift
                ;;
            -h | --help)
                usage
                exit 0
                ;;
            --)
                shift
                break
                ;;
            *) usage_error ;;
        esac
    done
    [ $# -gt 0 ] || usage_error
    client_start backup_before || exit 75
    start_job "The backup" /api/v1/backups "$(backup_request "$1")" || exit 75
    await_job || exit 75
    say "The backup is $FILE"
    client_end
    exec "$@"
}

usage_error() {
    usage >&2
    exit 64
}

# What passes needs no escape in JSON.
check_label() {
    case $label in
        [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | '' | ?????????????????????????????????????????????????????????????????*)
            echo "backup_before: '$label' cannot be a label." >&2
            exit 75
            ;;
    esac
}

# Only the command's name: its arguments may hold what nobody should read in a list of jobs.
backup_request() {
    command_name=$(printf '%s' "${1##*/}" | tr -cd 'A-Za-z0-9._-' | cut -c 1-64)
    printf '{"reason":"before %s"' "$command_name"
    [ -z "$label" ] || printf ',"label":"%s"' "$label"
    printf '}'
}

main "$@"
