#!/usr/bin/env bash
# Brings life-os back on an empty machine: clones it, starts its database and this service, recovers folders, database and
# models from the mirror, starts everything else, and checks it.
#
#   SYNC_MIRROR_DIR=/path/to/mirror LIFEOS_HOME=/path/to/life-os LIFEOS_REPO_URL=https://… scripts/recover.sh [--replace]
#
# Safe to run again at any time: what is there stays, and a recovery that broke off goes on. Prints what was recovered and what
# runs. Exit codes: 0 everything is back, 1 something is not, and what that is was said.
# shellcheck disable=SC2034 # read by client.sh
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/support/client.sh
. scripts/support/client.sh

FOLDERS='output entity_previews presets data uploads backups/postgres'
BUILD_IMAGE=eclipse-temurin:25-jdk # a machine without a JDK builds in it
BUILD=(-B -q package -DskipTests -pl 'backup-api,backup-worker' -am)
BACKUP_SERVICES='backup-db backup-api backup-worker'
REPLACE=false
STEPS=files,database
LEFT='' # what did not come about
BEGAN=$(date +%s)

usage() {
    cat <<'END'
Usage: recover.sh [--replace]

Brings life-os back on this machine. --replace also replaces a database that holds something else than the backup.

  LIFEOS_HOME       where life-os is, or is to be (or as .env says)
  SYNC_MIRROR_DIR   where the synced copy of its folders is seen (or as .env says)
  LIFEOS_REPO_URL   cloned into LIFEOS_HOME when there is no code yet; LIFEOS_BRANCH, CODE_REMOTE_TOKEN
  BACKUP_API_TOKEN or BACKUP_API_TOKEN_FILE   an admin's token, where the file of tokens is there and holds only hashes
  LIFEOS_DB_PASSWORD or LIFEOS_DB_PASSWORD_FILE, for life-os's database, when secrets/lifeos_db_password is not there yet
  RECOVER_WAIT_SECONDS   how long containers may take to be well; 600

Needs docker with compose 2.24, git, curl. Exit codes: 0 everything is back, 1 something is not.
END
}

main() {
    read_arguments "$@"
    NAME=recover
    need_tools
    read_settings
    clone_code
    make_folders
    make_secrets
    make_environment
    start_databases
    find_network
    start_service
    recover
    start_everything
    check
    print_outcome
}

read_arguments() {
    while [ $# -gt 0 ]; do
        case $1 in
            --replace) REPLACE=true ;;
            -h | --help) usage; exit 0 ;;
            *) usage >&2; exit 1 ;;
        esac
        shift
    done
}

fail() {
    say "$1"
    exit 1
}

need_tools() {
    local tool
    for tool in docker git curl; do
        command -v "$tool" >/dev/null || fail "$tool is missing: install it."
    done
    docker info >/dev/null 2>&1 || fail "Docker does not answer: start it, and see 'docker info'."
    docker compose version >/dev/null 2>&1 || fail "Docker has no Compose: install its plugin."
}

# ------------------------------------------------------------------------------------------------------- settings --

# The environment goes first, then our .env.
read_settings() {
    local name value
    for name in LIFEOS_HOME SYNC_MIRROR_DIR LIFEOS_UID LIFEOS_GID LIFEOS_NETWORK BACKUP_API_PORT BACKUP_IMAGE_TAG OLLAMA_BASE_URL \
        BACKUP_DB_PASSWORD_FILE BACKUP_TOKENS_FILE LIFEOS_DB_PASSWORD_FILE; do
        if [ -z "${!name:-}" ] && [ -r .env ]; then
            value=$(sed -n "s/^$name=//p" .env | tail -n 1)
            # in quotes, as Compose takes them
            case $value in \"*\" | \'*\') value=${value#?} value=${value%?} ;; esac
            export "$name=$value"
        fi
    done
    [ -n "${LIFEOS_HOME:-}" ] || fail "LIFEOS_HOME is not set: the folder where life-os is to be."
    [ -n "${SYNC_MIRROR_DIR:-}" ] || fail "SYNC_MIRROR_DIR is not set: the folder where the synced copy is seen."
    [ -d "$SYNC_MIRROR_DIR" ] || fail "$SYNC_MIRROR_DIR is not there: mount the share, or set SYNC_MIRROR_DIR."
    mkdir -p "$LIFEOS_HOME"
    LIFEOS_HOME=$(cd "$LIFEOS_HOME" && pwd -P)
    SYNC_MIRROR_DIR=$(cd "$SYNC_MIRROR_DIR" && pwd -P)
    [ "$LIFEOS_HOME" != "$SYNC_MIRROR_DIR" ] || fail "LIFEOS_HOME and SYNC_MIRROR_DIR are one folder: nothing could be recovered from it."
    LIFEOS_UID=${LIFEOS_UID:-$(id -u)} LIFEOS_GID=${LIFEOS_GID:-$(id -g)}
    WAIT=${RECOVER_WAIT_SECONDS:-600}
    case $WAIT in '' | *[!0-9]*) fail "RECOVER_WAIT_SECONDS must be a number of seconds, not '$WAIT'." ;; esac
    export LIFEOS_HOME SYNC_MIRROR_DIR LIFEOS_UID LIFEOS_GID
}

# A file for each secret; one that is there stays.
make_secrets() {
    mkdir -p secrets
    chmod 700 secrets
    : "${BACKUP_DB_PASSWORD_FILE:=$PWD/secrets/backup_db_password}"
    : "${BACKUP_TOKENS_FILE:=$PWD/secrets/backup_tokens}"
    export BACKUP_DB_PASSWORD_FILE BACKUP_TOKENS_FILE
    keep_secret "$BACKUP_DB_PASSWORD_FILE" "$(random_hex)"
    keep_secret "$BACKUP_TOKENS_FILE" "recover:admin:$(random_hex)"
    if [ -z "${LIFEOS_DB_PASSWORD_FILE:-}" ]; then
        export LIFEOS_DB_PASSWORD_FILE=$PWD/secrets/lifeos_db_password
        if [ ! -s "$LIFEOS_DB_PASSWORD_FILE" ] && [ -z "${LIFEOS_DB_PASSWORD:-}" ]; then
            fail "The password of life-os's database is not known: set LIFEOS_DB_PASSWORD, or write it into $LIFEOS_DB_PASSWORD_FILE."
        fi
        keep_secret "$LIFEOS_DB_PASSWORD_FILE" "${LIFEOS_DB_PASSWORD:-}"
    elif [ ! -s "$LIFEOS_DB_PASSWORD_FILE" ]; then
        fail "LIFEOS_DB_PASSWORD_FILE cannot be read: $LIFEOS_DB_PASSWORD_FILE"
    fi
    [ -z "${LIFEOS_DB_PASSWORD:-}" ] || [ "$(cat "$LIFEOS_DB_PASSWORD_FILE")" = "$LIFEOS_DB_PASSWORD" ] ||
        fail "LIFEOS_DB_PASSWORD is not what $LIFEOS_DB_PASSWORD_FILE holds: mend or remove the file if the variable is right, else unset the variable."
    # a password in the environment would go before the file in nothing of ours, and may show in others'
    unset LIFEOS_DB_PASSWORD
    # one of this file opens this service; one of the environment may be another machine's
    local token
    token=$(sed -n 's/^[^:#]*:admin:\([^:]*\)$/\1/p' "$BACKUP_TOKENS_FILE" 2>/dev/null | head -n 1) || token=''
    if [ -n "$token" ]; then
        BACKUP_API_TOKEN=$token
    elif [ -z "${BACKUP_API_TOKEN:-}${BACKUP_API_TOKEN_FILE:-}" ]; then
        fail "$BACKUP_TOKENS_FILE has no token of role admin in plain text: add a line NAME:admin:TOKEN, or set BACKUP_API_TOKEN."
    fi
}

keep_secret() {
    [ ! -s "$1" ] || return 0
    (umask 077 && printf '%s\n' "$2" >"$1.new")
    own "$1.new"
    chmod 400 "$1.new"
    mv "$1.new" "$1"
}

# Only root can give files away; anybody else is the owner already.
own() {
    [ "$(id -u)" -ne 0 ] || chown "$LIFEOS_UID:$LIFEOS_GID" "$@"
}

random_hex() {
    od -An -N 24 -t x1 /dev/urandom | tr -d ' \n'
}

# So that `docker compose` in this folder means the same later.
make_environment() {
    [ ! -e .env ] || return 0
    (umask 077 && environment_lines >.env.new)
    mv .env.new .env
}

environment_lines() {
    local name
    for name in LIFEOS_HOME LIFEOS_UID LIFEOS_GID SYNC_MIRROR_DIR; do
        printf '%s=%s\n' "$name" "${!name}"
    done
    for name in LIFEOS_NETWORK BACKUP_API_PORT LIFEOS_HEALTH_URL LIFEOS_FRONTEND_URL OLLAMA_BASE_URL TZ BACKUP_IMAGE_TAG \
        LIFEOS_DB_HOST LIFEOS_DB_PORT LIFEOS_DB_NAME LIFEOS_DB_USER; do
        [ -z "${!name:-}" ] || printf '%s=%s\n' "$name" "${!name}"
    done
    for name in BACKUP_DB_PASSWORD_FILE BACKUP_TOKENS_FILE LIFEOS_DB_PASSWORD_FILE CODE_REMOTE_TOKEN_FILE SMTP_PASSWORD_FILE \
        BACKUP_ALERT_WEBHOOK_URL_FILE BACKUP_HEARTBEAT_URL_FILE; do
        case ${!name:-} in
            # those with the names that Compose takes are found without
            '' | "$PWD"/secrets/backup_db_password | "$PWD"/secrets/backup_tokens | "$PWD"/secrets/lifeos_db_password) ;;
            *) printf '%s=%s\n' "$name" "${!name}" ;;
        esac
    done
}

# ----------------------------------------------------------------------------------------------------------- code --

clone_code() {
    # the folder of the clone stays until all of its files are there
    if [ -e "$LIFEOS_HOME/.git" ] && [ ! -e "$LIFEOS_HOME/.recover-clone" ] && [ -n "$(compose_file)" ]; then
        say "The code is there: $LIFEOS_HOME"
        return 0
    fi
    [ -e "$LIFEOS_HOME/.git" ] || fetch_code
    [ -e "$LIFEOS_HOME/.git" ] || return 0
    list_brought
    # files that are there already stay as they are, so git may complain about each
    git -c safe.directory='*' -C "$LIFEOS_HOME" checkout-index --all --quiet || true
    [ -z "$(git -c safe.directory='*' -C "$LIFEOS_HOME" ls-files --deleted)" ] ||
        fail "Not all of the code could be written into $LIFEOS_HOME: is its disk full?"
    age_brought
    [ "$(id -u)" -ne 0 ] || chown -R "$LIFEOS_UID:$LIFEOS_GID" "$LIFEOS_HOME"
    rm -rf "$LIFEOS_HOME/.recover-clone"
}

# Into a file that outlives a kill: what git brings of the folders that the mirror has too.
list_brought() {
    local list=$LIFEOS_HOME/.recover-clone/brought
    [ ! -e "$list" ] || return 0
    mkdir -p "${list%/*}"
    # shellcheck disable=SC2086 # a list
    git -c safe.directory='*' -C "$LIFEOS_HOME" ls-files -z --deleted -- $FOLDERS >"$list.new" || fail "The clone of the code is not whole."
    mv "$list.new" "$list"
}

# As old as the last commit that changed it, and not as this minute: what its user made of it since is newer, and comes back.
age_brought() {
    local file time list=$LIFEOS_HOME/.recover-clone/brought
    [ -s "$list" ] || return 0
    while IFS= read -r -d '' file; do
        if ! time=$(git -c safe.directory='*' --literal-pathspecs -C "$LIFEOS_HOME" log -1 --date=format-local:%Y%m%d%H%M.%S --format=%cd -- "$file") ||
            ! touch -h -t "$time" -- "$LIFEOS_HOME/$file"; then
            fail "The time of $file, which git brought, could not be set in $LIFEOS_HOME."
        fi
    done <"$list"
}

# The last step makes it visible: a clone that broke off is begun again.
fetch_code() {
    local clone=$LIFEOS_HOME/.recover-clone
    if [ -z "${LIFEOS_REPO_URL:-}" ]; then
        [ -n "$(compose_file)" ] || fail "There is no code in $LIFEOS_HOME: set LIFEOS_REPO_URL, from where it is cloned."
        return 0
    fi
    say "Cloning the code ..."
    split_login
    rm -rf "$clone"
    git_remote clone --quiet --no-checkout ${LIFEOS_BRANCH:+--branch "$LIFEOS_BRANCH"} -- "$LIFEOS_REPO_URL" "$clone" ||
        fail "The code could not be cloned. Check LIFEOS_REPO_URL, the network, and CODE_REMOTE_TOKEN for a private one."
    git -C "$clone" reset --quiet || fail "The clone of the code is not whole."
    mv "$clone/.git" "$LIFEOS_HOME/.git"
}

# The login is read by git from its own helper, and stands in no argument.
git_remote() {
    local helper
    if [ -z "${CODE_REMOTE_TOKEN:-}" ] && [ -r "${CODE_REMOTE_TOKEN_FILE:-}" ]; then
        CODE_REMOTE_TOKEN=$(cat "$CODE_REMOTE_TOKEN_FILE")
    fi
    # shellcheck disable=SC2016 # for the shell that git starts
    helper='!f() { printf "username=%s\npassword=%s\n" "$CODE_REMOTE_USER" "$CODE_REMOTE_TOKEN"; }; f'
    export GIT_TERMINAL_PROMPT=0
    if [ -n "${CODE_REMOTE_TOKEN:-}${CODE_REMOTE_USER:-}" ]; then
        export CODE_REMOTE_TOKEN=${CODE_REMOTE_TOKEN:-} CODE_REMOTE_USER=${CODE_REMOTE_USER:-x-access-token}
        set -- -c credential.helper= -c credential.helper="$helper" "$@"
    fi
    git "$@"
}

# A login in the address would be seen by everybody in the list of processes.
split_login() {
    local scheme rest authority login
    case ${LIFEOS_REPO_URL:-} in
        http://* | https://*) ;;
        *) return 0 ;;
    esac
    scheme=${LIFEOS_REPO_URL%%://*} rest=${LIFEOS_REPO_URL#*://}
    authority=${rest%%/*}
    login=${authority%@*}
    [ "$login" != "$authority" ] || return 0
    # without a password it may be a token alone
    CODE_REMOTE_USER=$(decoded "${login%%:*}")
    case $login in *:*) CODE_REMOTE_TOKEN=$(decoded "${login#*:}") ;; esac
    LIFEOS_REPO_URL=$scheme://${authority##*@}${rest#"$authority"}
}

decoded() {
    printf '%b' "${1//%/\\x}"
}

make_folders() {
    local folder
    for folder in $FOLDERS; do
        [ -d "$LIFEOS_HOME/$folder" ] || (
            mkdir -p "$LIFEOS_HOME/$folder"
            own "$LIFEOS_HOME/${folder%%/*}" "$LIFEOS_HOME/$folder"
        )
    done
}

# ----------------------------------------------------------------------------------------------------- containers --

compose_file() {
    local file
    for file in compose.yaml compose.yml docker-compose.yaml docker-compose.yml; do
        if [ -f "$LIFEOS_HOME/$file" ]; then
            echo "$LIFEOS_HOME/$file"
            return 0
        fi
    done
}

# life-os's own stack, with its own .env and nothing of ours.
life_os() {
    (
        cd "$LIFEOS_HOME"
        docker compose ${LIFEOS_PROJECT:+-p "$LIFEOS_PROJECT"} "$@"
    )
}

# This service: included by life-os, or a project of its own.
service() {
    if $INCLUDED; then
        life_os "$@"
    else
        docker compose ${BACKUP_PROJECT:+-p "$BACKUP_PROJECT"} "$@"
    fi
}

start_databases() {
    local file services ollama=false
    file=$(compose_file)
    [ -n "$file" ] || fail "There is no compose file in $LIFEOS_HOME: is it life-os?"
    services=$(life_os config --services) || fail "$file cannot be used; 'docker compose config' in its folder says why."
    INCLUDED=false
    ! echo "$services" | grep -qx backup-api || INCLUDED=true
    echo "$services" | grep -qx postgres || fail "$file has no service postgres."
    tell_what_is_not_set
    if echo "$services" | grep -qx ollama; then
        ollama=true STEPS=files,database,ollama
    elif [ -n "${OLLAMA_BASE_URL:-}" ] || { $INCLUDED && grep -qs '^OLLAMA_BASE_URL=.' "$LIFEOS_HOME/.env"; }; then
        STEPS=files,database,ollama
    fi
    say "Starting postgres ..."
    life_os up -d --wait --wait-timeout "$WAIT" postgres || fail "life-os's database does not come up; see 'docker compose logs postgres' in $LIFEOS_HOME."
    if $ollama; then
        say "Starting ollama ..."
        life_os up -d --wait --wait-timeout "$WAIT" ollama || note "Ollama does not come up; see 'docker compose logs ollama' in $LIFEOS_HOME"
    fi
}

# A database that is made with an empty password keeps it.
tell_what_is_not_set() {
    local names
    names=$(life_os config --quiet 2>&1 | sed -n 's/.*The [\\"]*\([A-Za-z0-9_]*\)[\\"]* variable is not set.*/\1/p' | sort -u | tr '\n' ' ') || true
    [ -z "$names" ] ||
        say "WARNING: life-os's compose file asks for ${names% }, and nothing says what that is. It may be in life-os's own .env, which neither git nor the mirror holds: put that into $LIFEOS_HOME, and run this again."
}

# The service has to be in a network of life-os's database; compose names it after the folder.
find_network() {
    local container networks
    if [ -n "${LIFEOS_NETWORK:-}" ] || $INCLUDED; then return 0; fi
    container=$(life_os ps -q postgres | head -n 1)
    # shellcheck disable=SC2016 # for docker
    networks=$(docker inspect -f '{{range $name, $network := .NetworkSettings.Networks}}{{println $name}}{{end}}' "$container")
    for LIFEOS_NETWORK in $networks; do
        case $LIFEOS_NETWORK in *_default) break ;; esac
    done
    [ -n "${LIFEOS_NETWORK:-}" ] || fail "life-os's database is in no network: set LIFEOS_NETWORK to one that it is in."
    export LIFEOS_NETWORK
    # its last line may lack its end
    [ -z "$(tail -c 1 .env)" ] || echo >>.env
    # of several the last counts, and one before it was empty
    printf 'LIFEOS_NETWORK=%s\n' "$LIFEOS_NETWORK" >>.env
}

start_service() {
    local build=--no-build
    images_are_there || { build=--build; build_jars; }
    say "Starting the backup service ..."
    # shellcheck disable=SC2086 # a list
    service up -d --wait --wait-timeout "$WAIT" "$build" $BACKUP_SERVICES ||
        fail "The backup service does not come up; see 'docker compose logs' in $PWD."
    API=http://localhost:$(service port backup-api 8085 | sed 's/.*://')
}

images_are_there() {
    docker image inspect "life-os/backup-api:${BACKUP_IMAGE_TAG:-local}" "life-os/backup-worker:${BACKUP_IMAGE_TAG:-local}" >/dev/null 2>&1
}

build_jars() {
    # shellcheck source=scripts/support/toolchain.sh
    . scripts/support/toolchain.sh
    if [ ! -f backup-api/target/quarkus-app/quarkus-run.jar ] || [ ! -f backup-worker/target/quarkus-app/quarkus-run.jar ]; then
        say "Building the backup service ..."
        if (find_jdk25) >/dev/null 2>&1; then
            find_jdk25
            ./mvnw "${BUILD[@]}" || fail "The backup service could not be built."
        else
            build_in_container || fail "The backup service could not be built: this machine has no JDK 25, and the build in a container of $BUILD_IMAGE failed."
        fi
    fi
}

# With what Maven fetches in a folder of the build's own, which goes with it.
build_in_container() {
    local home=target/recover-home
    mkdir -p "$home"
    docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/src" --workdir /src --env "HOME=/src/$home" \
        --env "MAVEN_USER_HOME=/src/$home/.m2" --env "MAVEN_OPTS=-Duser.home=/src/$home" "$BUILD_IMAGE" ./mvnw "${BUILD[@]}" || return 1
    rm -rf "$home"
}

# Without --wait, which takes a container that had something to do once, and has done it, for a failure.
start_everything() {
    say "Starting everything else ..."
    life_os up -d || note "not all containers of life-os could be started: 'docker compose up' in $LIFEOS_HOME tells why"
    local until=$((SECONDS + WAIT))
    while [ "$SECONDS" -lt "$until" ] && states | coming; do
        sleep 1
    done
}

states() {
    local format='{{.Service}} {{.State}} {{.ExitCode}} {{.Health}}'
    life_os ps --all --format "$format" || return 1
    $INCLUDED || service ps --all --format "$format"
}

# Whether any of them may be well soon, and none has ended badly.
coming() {
    awk '$2 == "exited" && $3 != 0 { ended = 1 }
        $2 == "created" || $2 == "restarting" || $4 == "starting" || $4 == "unhealthy" { coming = 1 }
        END { exit ended || !coming }'
}

# ------------------------------------------------------------------------------------------------------- recovery --

note() {
    say "$1"
    LEFT="$LEFT${LEFT:+; }$1"
}

recover() {
    BACKUP_API_URL=$API
    client_start recover || exit 1
    if recovery "$STEPS" "$REPLACE"; then
        return 0
    fi
    if holds_something_else; then
        was_recovered_before || fail "The database holds something else than the newest backup. Is this the right machine? Then: recover.sh --replace"
        say "An earlier run has recovered the database, and it was used since: it stays as it is."
    elif ! came_about database; then
        fail "The database was not recovered. Mend what is said above and run this again: it goes on."
    fi
    came_about files || note "the folders did not all come back"
    case $STEPS in
        *ollama*) came_about ollama || note "Ollama's models did not all come back" ;;
    esac
}

# recovery STEP,STEP REPLACE: asks for it, follows it and prints its steps.
recovery() {
    local steps
    steps=$(printf '%s' "$1" | sed 's/,/","/g')
    start_job "The recovery" /api/v1/recoveries "{\"confirm\":\"recover\",\"steps\":[\"$steps\"],\"replace\":$2}" || exit 1
    local ended=0
    await_job || ended=$?
    [ "$ended" -ne 2 ] || exit 1
    cp "$CLIENT_DIR/body" "$CLIENT_DIR/recovery"
    sed -n '/^result /,/^[A-Z][A-Z]* /p' "$CLIENT_DIR/body" | sed -e '$d' -e '/^failure /d' -e '/^next /d' -e 's/^result  *//' -e 's/^  *//'
    return "$ended"
}

# Whether the text of the last job tells that a step went well.
came_about() {
    grep -q "^ *$1 SUCCEEDED " "$CLIENT_DIR/recovery"
}

# Whether the database's own step says so, whichever failed first.
holds_something_else() {
    grep -q '^ *database FAILED .* has tables, and is not what ' "$CLIENT_DIR/recovery"
}

was_recovered_before() {
    local report job
    for report in "$LIFEOS_HOME"/backups/postgres/recovery_*.md; do
        grep -qs '^| database | SUCCEEDED ' "$report" || continue
        job=$(sed -n 's/^- Job: \([0-9a-f-]*\),.*/\1/p' "$report" | head -n 1)
        # reports come back with the mirror: this machine's are those whose jobs its own service knows
        if [ -n "$job" ] && service_has "/api/v1/jobs/$job" 2>/dev/null; then return 0; fi
    done
    return 1
}

check() {
    local models=$LIFEOS_HOME/data/ollama_models_manifest.txt
    case $STEPS in
        *ollama*) ;;
        *) ! names_models "$models" || note "nobody pulled the models of $models: life-os has no service ollama, and OLLAMA_BASE_URL is not set" ;;
    esac
    if ! recovery checks false; then
        note "a check failed"
    fi
    containers_run || note "not all containers run"
}

# A model is a line of the table; the rest of the manifest is comments and the table's head.
names_models() {
    [ -f "$1" ] && awk '!/^#/ && NF && $1 != "NAME" { found = 1 } END { exit !found }' "$1"
}

containers_run() {
    local states
    states=$(states) && [ -n "$states" ] || return 1
    printf '%s\n' "$states" | sort | awk '{ printf "%-20s %s %s\n", $1, $2, $4 }'
    # one that had something to do once and has ended well is no failure
    printf '%s\n' "$states" | awk '$2 != "running" && !($2 == "exited" && $3 == 0) || $4 == "unhealthy" || $4 == "starting" { bad = 1 } END { exit bad }'
}

print_outcome() {
    local seconds=$(($(date +%s) - BEGAN))
    if [ -n "$LEFT" ]; then
        echo "After $seconds s this is left: $LEFT."
        exit 1
    fi
    echo "life-os is back, after $seconds s."
}

main "$@"
