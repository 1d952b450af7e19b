# shellcheck shell=sh
# shellcheck disable=SC2015,SC2034 # the other parts read what is set here; what follows || is for both
# For cloud_failover.sh: what is sent. Each folder comes from LIFEOS_HOME where that has it, else from the mirror; backups are
# looked for in both.

FOLDERS='output entity_previews presets data uploads'
BACKUPS_WANTED=3
BACKUPS_COMPARED=7 # among so many a recovery looks for one that is much larger (docs/recovery.md)

check_settings() {
    case $REMOTE_DIR in
        / | *[!A-Za-z0-9._/-]* | [!/]*) fail "FAILOVER_REMOTE_DIR must be an absolute path of letters, digits, dots and dashes, not '$REMOTE_DIR'." ;;
    esac
    case $SSH_USER in
        *[!A-Za-z0-9._-]* | -*) fail "FAILOVER_SSH_USER cannot be a user: '$SSH_USER'." ;;
    esac
    case ${FAILOVER_SSH_PORT:-22} in
        *[!0-9]* | ??????*) fail "FAILOVER_SSH_PORT must be a port, not '$FAILOVER_SSH_PORT'." ;;
    esac
    case ${FAILOVER_BANDWIDTH_KIB:-0} in
        *[!0-9]* | ??????????*) fail "FAILOVER_BANDWIDTH_KIB must be a number, not '$FAILOVER_BANDWIDTH_KIB'." ;;
    esac
    if [ -n "${FAILOVER_SSH_KEY:-}" ]; then
        FAILOVER_SSH_KEY=$(absolute "$FAILOVER_SSH_KEY")
        [ -r "$FAILOVER_SSH_KEY" ] || fail "FAILOVER_SSH_KEY cannot be read: $FAILOVER_SSH_KEY"
    fi
    if [ -n "${FAILOVER_LIFEOS_ENV:-}" ] && [ ! -r "$FAILOVER_LIFEOS_ENV" ]; then
        fail "FAILOVER_LIFEOS_ENV cannot be read: $FAILOVER_LIFEOS_ENV"
    fi
    read_repository
}

absolute() {
    case $1 in
        /*) printf '%s' "$1" ;;
        *) printf '%s' "$PWD/$1" ;;
    esac
}

# REPOSITORY: without what is secret in it, which is CREDENTIAL, a line for git's store.
read_repository() {
    CREDENTIAL=''
    REPOSITORY=${LIFEOS_REPO_URL:-}
    [ -n "$REPOSITORY" ] || fail "LIFEOS_REPO_URL is not set: where can the droplet clone life-os from?"
    case $REPOSITORY in
        -* | *[[:space:]]*) fail "LIFEOS_REPO_URL cannot be a repository." ;;
        http://* | https://*) take_login_out ;;
    esac
}

take_login_out() {
    scheme=${REPOSITORY%%://*} rest=${REPOSITORY#*://}
    authority=${rest%%/*}
    token=$(read_secret CODE_REMOTE_TOKEN "${SCRIPTS%/*}/secrets/code_remote_token")
    case $scheme:$authority in
        *@*)
            login=${authority%@*}
            case $login in
                *:*) ;;
                *) login=$login: ;; # a token alone
            esac
            CREDENTIAL=$scheme://$login@${authority##*@}
            REPOSITORY=$scheme://${authority##*@}${rest#"$authority"}
            ;;
        https:*) [ -z "$token" ] || CREDENTIAL=https://x-access-token:$token@$authority ;;
    esac
}

# read_secret NAME FILE: from NAME, NAME_FILE or FILE, in this order.
read_secret() {
    eval "secret_value=\${$1:-} secret_file=\${$1_FILE:-}"
    [ -n "$secret_file" ] || secret_file=$2
    if [ -n "$secret_value" ]; then
        printf '%s' "$secret_value"
    elif [ -n "$secret_file" ] && [ -r "$secret_file" ]; then
        cat "$secret_file"
    fi
}

# life-os's own environment file.
environment_file() {
    printf '%s' "${FAILOVER_LIFEOS_ENV:-${HOME_COPY:-$MIRROR_COPY}/.env}"
}

# environment_value NAME: what life-os's environment file says last, as Compose takes it.
environment_value() {
    if [ -r "$(environment_file)" ]; then
        tr -d '\r' <"$(environment_file)" |
            sed -n -e 's/^\(export \)\{0,1\}'"$1"'=//p' | tail -n 1 |
            sed -e "/^[\"']/!s/ #.*//" -e 's/ *$//' -e "s/^\\([\"']\\)\\(.*\\)\\1\$/\\2/"
    fi
}

database_password() {
    password=$(read_secret LIFEOS_DB_PASSWORD "${SCRIPTS%/*}/secrets/lifeos_db_password")
    [ -n "$password" ] || password=$(environment_value LIFEOS_DB_PASSWORD)
    [ -n "$password" ] || password=$(environment_value POSTGRES_PASSWORD)
    printf '%s' "$password"
}

# Without it recover.sh of this project ends; that of the code may bring its own.
warn_of_password() {
    [ -n "$(database_password)" ] ||
        say "WARNING: the password of life-os's database is not known here. Unless the code's own recover.sh or an earlier up has it, the step recover will fail; then call up again with LIFEOS_DB_PASSWORD set."
}

warn_of_build() {
    for part in api worker; do
        if [ ! -f "${SCRIPTS%/*}/backup-$part/target/quarkus-app/quarkus-run.jar" ]; then
            say "This project is not built here: unless the clone of life-os holds it built, the droplet builds it in a container, which takes some minutes. To avoid that, first: ./mvnw package -DskipTests"
            return 0
        fi
    done
}

choose_sources() {
    HOME_COPY='' MIRROR_COPY=''
    if [ -n "${LIFEOS_HOME:-}" ] && [ -d "$LIFEOS_HOME" ]; then HOME_COPY=$(absolute "$LIFEOS_HOME"); fi
    if [ -n "${SYNC_MIRROR_DIR:-}" ] && [ -d "$SYNC_MIRROR_DIR" ]; then MIRROR_COPY=$(absolute "$SYNC_MIRROR_DIR"); fi
    if [ -z "$HOME_COPY$MIRROR_COPY" ]; then
        fail "There is nothing to send: neither LIFEOS_HOME nor SYNC_MIRROR_DIR is a folder on this machine." \
            "Set one of them to a copy of life-os: on the disk, the NAS share, or the folder that Synology Drive syncs."
    fi
}

# source_of FOLDER: the copy that has something in it, else nothing.
source_of() {
    for copy in "$HOME_COPY" "$MIRROR_COPY"; do
        if [ -n "$copy" ] && [ -d "$copy/$1" ] && [ -n "$(find "$copy/$1/" -type f 2>/dev/null | head -n 1)" ]; then
            printf '%s' "$copy/$1"
            return 0
        fi
    done
}

size_of() {
    du -sk "$1/" 2>/dev/null | awk '{ if ($1 >= 1048576) printf "%.1f GiB", $1 / 1048576; else if ($1 >= 1024) printf "%.1f MiB", $1 / 1024; else printf "%d KiB", $1 }' || true
}

print_folders() {
    for folder in $FOLDERS; do
        source=$(source_of "$folder")
        if [ -n "$source" ]; then
            echo "   $folder: $(size_of "$source") of $source"
        else
            echo "   $folder: nothing; it is in neither copy"
        fi
    done
}

# --------------------------------------------------------------------------------------------------------- backups --

# Into the file `backups`: SNAPSHOT HASH PATH of the newest ones whose bytes are proven, newest first, and of those before them that
# are more than twice as large as all that are newer: a recovery has to see that the database was emptied. Those that are not proven
# are named and left. Safety backups and those of other databases are not meant.
find_good_backups() {
    : >"$WORK/candidates"
    for copy in "$HOME_COPY" "$MIRROR_COPY"; do
        if [ -n "$copy" ]; then list_dumps "$copy/backups/postgres"; fi
    done
    LC_ALL=C sort -r "$WORK/candidates" >"$WORK/sorted"
    : >"$WORK/backups"
    : >"$WORK/compared"
    found=0 compared=0 largest=0
    while IFS=' ' read -r snapshot dump; do
        [ "$compared" -lt "$BACKUPS_COMPARED" ] || break
        if grep -q -e "/${dump##*/}\$" "$WORK/compared"; then continue; fi # the other copy's
        bytes=$(wc -c <"$dump" | tr -d ' ')
        if [ "$found" -ge "$BACKUPS_WANTED" ] && [ "$bytes" -le $((2 * largest)) ]; then
            echo "$dump" >>"$WORK/compared"
            compared=$((compared + 1))
        elif prove_dump "$dump"; then
            printf '%s %s %s\n' "$snapshot" "$hash" "$dump" >>"$WORK/backups"
            echo "$dump" >>"$WORK/compared"
            found=$((found + 1)) compared=$((compared + 1))
            [ "$bytes" -le "$largest" ] || largest=$bytes
        else
            say "not sent: $dump ($why)"
        fi
    done <"$WORK/sorted"
    if [ "$found" -eq 0 ]; then
        fail "There is no good backup in $(for copy in "$HOME_COPY" "$MIRROR_COPY"; do [ -z "$copy" ] || printf '%s ' "$copy/backups/postgres"; done)." \
            "Set LIFEOS_HOME or SYNC_MIRROR_DIR to a copy that has one."
    fi
}

list_dumps() {
    for dump in "$1"/*.sql.gz "$1"/*.dump; do
        [ -f "$dump" ] && [ ! -L "$dump" ] || continue
        case ${dump##*/} in
            *[!A-Za-z0-9._-]*) continue ;;
        esac
        is_of_lifeos "$dump" || continue
        printf '%s %s\n' "$(snapshot_of "$dump")" "$dump" >>"$WORK/candidates"
    done
}

# manifest_field DUMP NAME: the text that stands there in its manifest, if any.
manifest_field() {
    [ -r "$1.manifest.json" ] || return 0
    tr ',' '\n' <"$1.manifest.json" | sed -n 's/.*"'"$2"'" *: *"\([^"]*\)".*/\1/p' | head -n 1
}

is_of_lifeos() {
    if [ -r "$1.manifest.json" ]; then
        [ "$(manifest_field "$1" target)" = lifeos ]
    else
        case ${1##*/} in
            life_os_backup_* | manual_backup_*) true ;;
            *_life_os_backup_* | *_manual_backup_* | *_backup_[0-9]*) false ;;
        esac
    fi
}

# To the second, in UTC: the manifest's, else the name's, else the file's, which a copy may have changed.
snapshot_of() {
    snapshot=$(manifest_field "$1" snapshotAt | cut -c 1-19)
    if [ -z "$snapshot" ]; then
        seconds=$(seconds_in_name "${1##*/}")
        [ -n "$seconds" ] || seconds=$(stat -c %Y "$1" 2>/dev/null || stat -f %m "$1")
        snapshot=$(TZ=UTC0 && export TZ && date_of "$seconds" +%Y-%m-%dT%H:%M:%S)
    fi
    printf '%s' "$snapshot"
}

# date_of SECONDS FORMAT: GNU's date, else BSD's.
date_of() {
    date -d "@$1" "$2" 2>/dev/null || date -r "$1" "$2"
}

# seconds_in_name NAME: of its first YYYYMMDD_HHMMSS in the zone TZ. A day that no calendar has is none, nor is one after tomorrow.
seconds_in_name() {
    stamp=$(printf '%s\n' "-$1-" | grep -o '[^0-9][0-9]\{8\}_[0-9]\{6\}[^0-9]' | head -n 1 | cut -c 2-16)
    [ -n "$stamp" ] || return 0
    local_time=$(printf '%s\n' "$stamp" | sed 's/^\(....\)\(..\)\(..\)_\(..\)\(..\)\(..\)$/\1-\2-\3 \4:\5:\6/')
    named=$(date -d "$local_time" +%s 2>/dev/null || date -j -f '%Y-%m-%d %H:%M:%S' "$local_time" +%s 2>/dev/null) || return 0
    # BSD's date makes the third of March of a thirty-first of February
    if [ "$(date_of "$named" '+%Y-%m-%d %H:%M:%S')" = "$local_time" ] && [ "$named" -ge 0 ] && [ "$named" -lt $(($(date +%s) + 86400)) ]; then
        printf '%s' "$named"
    fi
}

# Sets hash, or why.
prove_dump() {
    hash=$(hash_of "$1") || hash=''
    if [ -z "$hash" ]; then
        why="it cannot be read"
        return 1
    fi
    expected=''
    if [ -r "$1.sha256" ]; then expected=$(awk '{ print tolower($1); exit }' "$1.sha256"); fi
    [ -n "$expected" ] || expected=$(manifest_field "$1" sha256)
    if [ -n "$expected" ]; then
        why="its bytes are not those of its checksum"
        [ "$hash" = "$expected" ] || return 1
        why="its last verification failed"
        [ "$(manifest_field "$1" outcome)" != FAILED ] || return 1
    else
        why="it has no checksum and does not read to its end"
        case $1 in
            *.sql.gz) ;;
            *) return 1 ;;
        esac
        # The zero of gunzip counts, and the marker that only a whole dump ends with.
        gunzip -t <"$1" 2>/dev/null && gunzip -c <"$1" | tail -n 10 | grep -q 'PostgreSQL database dump complete' || return 1
    fi
}

hash_of() {
    if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi 2>/dev/null | awk '{ print $1 }'
}

print_backups() {
    while IFS=' ' read -r snapshot _ dump; do
        echo "   $snapshot UTC  $dump"
    done <"$WORK/backups"
}
