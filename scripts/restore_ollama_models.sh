#!/bin/sh
# Pulls the models of the saved list again, those that are not there as they were saved.
#
#   restore_ollama_models.sh [--yes]
#
# Prints one line for each model. Exit codes: 0 all are there, 1 it was not done or had to stop, 2 the service cannot be
# reached, 3 some models failed. The settings are in support/client.sh.
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
    echo "restore_ollama_models: $support is missing; copy the whole folder scripts/." >&2
    exit 1
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: restore_ollama_models.sh [--yes]

Shows what is missing, asks, and pulls the models of data/ollama_models_manifest.txt again that are not there as they were saved.
With --yes it does not ask. Needs an admin's token.

Exit codes: 0 all are there, 1 not done or stopped, 2 the service cannot be reached, 3 some models failed.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE.
END
}

main() {
    read_arguments "$@"
    client_start restore_ollama_models || exit 1
    $yes || ask
    start_job "The re-pull" /api/v1/ollama/restores '{}' || exit
    await_job || exit
    print_result
    [ "$FILE" != models-failed ] || exit 3
}

read_arguments() {
    yes=false
    case $#:${1-} in
        0:) return 0 ;;
        1:--yes)
            yes=true
            return 0
            ;;
        1:-h | 1:--help)
            usage
            exit 0
            ;;
    esac
    usage >&2
    exit 1
}

# What a run would do, by a dry run, and whether it is wanted.
ask() {
    start_job "The dry run" /api/v1/ollama/restores '{"dryRun":true}' || exit
    await_job || exit
    print_result >&2
    printf 'Pull what is not there as it was saved? [y/N] ' >&2
    answer=''
    IFS= read -r answer || true
    case $answer in
        y | Y | yes | YES | Yes) ;;
        *)
            say "Nothing was pulled."
            exit 1
            ;;
    esac
}

# The lines of the result, as the service wrote them for people: the last answer is the ended job.
print_result() {
    sed -n '/^result /,/^[A-Z][A-Z]* /p' "$CLIENT_DIR/body" | sed -e '$d' -e 's/^result  *//' -e 's/^  *//'
}

main "$@"
