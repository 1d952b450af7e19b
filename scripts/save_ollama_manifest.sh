#!/bin/sh
# Saves the list of Ollama's models, so that they can be pulled again after a disaster.
#
#   save_ollama_manifest.sh
#
# Prints the path of the list on the worker. Exit codes: 0 saved, 1 not saved (the list before is as it was), 2 the service
# cannot be reached. The settings are in support/client.sh.
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
    echo "save_ollama_manifest: $support is missing; copy the whole folder scripts/." >&2
    exit 1
fi
# shellcheck source=scripts/support/client.sh
. "$support"

usage() {
    cat <<'END'
Usage: save_ollama_manifest.sh

Saves the list of Ollama's models to data/ollama_models_manifest.txt and prints its path.

Exit codes: 0 saved, 1 not saved, 2 the service cannot be reached.
Reads BACKUP_API_URL (http://localhost:8085) and BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE.
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
            exit 1
            ;;
    esac
    client_start save_ollama_manifest || exit 1
    start_job "The list of models" /api/v1/ollama/manifests '{}' || exit
    await_job || exit
    printf '%s\n' "$FILE"
}

main "$@"
