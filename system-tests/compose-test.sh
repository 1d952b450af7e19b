#!/usr/bin/env bash
# Tests the containers with a real engine: builds the images, starts them beside a stand-in for life-os, takes a backup,
# restores it, kills the worker in a dump, lets the power fail, does it again with life-os including our compose file, and
# recovers all of it on an empty machine with scripts/recover.sh.
#
#   system-tests/compose-test.sh
#
# Needs Docker with Compose 2.24 and the base images. Without them it says so and counts as skipped, with exit code 0. All
# it makes has names of its own and is removed at the end, however the end comes about: containers, volumes, networks,
# images, and a folder in TMPDIR, which the engine has to be able to mount.
# shellcheck disable=SC2317,SC2329 # most functions are called by their names, through check
set -euo pipefail
unset CDPATH
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/support/toolchain.sh
. scripts/support/toolchain.sh

BASE_IMAGES='eclipse-temurin:25-jre postgres:16 postgres:16-alpine'
NAME=life-os-test-$$
STUDIO=$NAME-studio # life-os
BACKUP=$NAME-backup # we, alone
INSIDE=$NAME-inside # life-os that includes us
NEW=$NAME-new       # life-os on an empty machine, and beside it we again

WORK='' # the temporary folder
PASSED=0 FAILED=0 SKIPPED=0

main() {
    skip_without_engine
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    prepare
    build_images

    echo "Alone, beside life-os:"
    check "life-os runs" studio up -d --wait --quiet-pull
    check "all services become healthy" backup up -d --wait --no-build
    [ "$FAILED" -eq 0 ] || finish
    STACK=backup LIFEOS=studio
    services_are_confined
    backup_is_good
    restore_equals
    killed_worker_comes_back
    power_fails
    keep_mirror
    check "a worker that is stopped ends by itself" worker_stops
    backup down -v --timeout 20 >>"$WORK/log" 2>&1
    check "life-os and its network outlive it" studio exec -T postgres true
    studio down -v --timeout 1 >>"$WORK/log" 2>&1

    echo "Included by life-os:"
    rm -rf "$WORK/life-os/backups"
    check "everything becomes healthy from nothing" inside up -d --wait --no-build
    [ "$FAILED" -eq 0 ] || finish
    STACK=inside LIFEOS=inside
    backup_is_good
    check "a backup by scripts/backup_postgres.sh succeeds" script_takes_backup
    check "it goes without a trace" inside_goes

    echo "On an empty machine:"
    STACK=new_service LIFEOS=new_life_os
    machine_is_recovered
    check "it goes without a trace too" new_goes
    finish
}

# ---------------------------------------------------------------------------------------------------------- before --

skip_without_engine() {
    local image
    docker info >/dev/null 2>&1 || skip "no Docker engine answers"
    docker compose version >/dev/null 2>&1 || skip "Docker has no Compose"
    # Pulling hundreds of megabytes is for the caller to decide.
    for image in $BASE_IMAGES; do
        docker image inspect "$image" >/dev/null 2>&1 || skip "the image $image is not here (docker pull $image)"
    done
}

skip() {
    echo "Containers: skipped, $1."
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

# Someone who may be neither root nor the one whom the images name. Only root can give files away.
prepare() {
    local parent=${TMPDIR:-/tmp}
    OWNER_UID=$(id -u) OWNER_GID=$(id -g)
    if [ "$OWNER_UID" -eq 0 ]; then
        OWNER_UID=12345 OWNER_GID=12346
    fi
    WORK=$(mktemp -d "${parent%/}/$NAME.XXXXXX")
    WORK=$(cd "$WORK" && pwd -P)
    chmod 711 "$WORK"
    mkdir "$WORK/life-os" "$WORK/secrets"
    TOKEN=$(random_hex) STUDIO_PASSWORD=$(random_hex)
    write_secret backup_db_password "$(random_hex)"
    write_secret lifeos_db_password "$STUDIO_PASSWORD"
    write_secret backup_tokens "test:admin:$TOKEN"
    # The official image reads it as root; this must also pass with one that does so as its own user.
    chmod 444 "$WORK/secrets/backup_db_password"
    if [ "$(id -u)" -eq 0 ]; then
        chown -R "$OWNER_UID:$OWNER_GID" "$WORK/life-os" "$WORK/secrets"
    fi
    printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$WORK/curl.conf"
    API_PORT=$(free_ports 1)
    write_environment
}

write_secret() {
    printf '%s\n' "$2" >"$WORK/secrets/$1"
    chmod 400 "$WORK/secrets/$1"
}

# Nothing of the caller's environment and no .env of this folder may take part.
write_environment() {
    local name
    for name in $(compgen -e); do
        case "$name" in
            BACKUP_* | LIFEOS_* | SMTP_* | SYNC_* | OLLAMA_* | CODE_REMOTE_* | COMPOSE_* | POSTGRES_* | TZ) unset "$name" ;;
        esac
    done
    export STUDIO_PASSWORD
    export COMPOSE_TEST_ENV=$WORK/env
    cat >"$WORK/env" <<END
LIFEOS_HOME=$WORK/life-os
LIFEOS_UID=$OWNER_UID
LIFEOS_GID=$OWNER_GID
BACKUP_DB_PASSWORD_FILE=$WORK/secrets/backup_db_password
BACKUP_TOKENS_FILE=$WORK/secrets/backup_tokens
LIFEOS_DB_PASSWORD_FILE=$WORK/secrets/lifeos_db_password
BACKUP_API_PORT=$API_PORT
BACKUP_IMAGE_TAG=$NAME
BACKUP_LEASE_SECONDS=6
BACKUP_VERIFY_AFTER_BACKUP=none
END
    cp "$WORK/env" "$WORK/env.inside"
    # by include the network is that of the including project
    echo "LIFEOS_NETWORK=${STUDIO}_default" >>"$WORK/env"
    echo "LIFEOS_NETWORK=${INSIDE}_default" >>"$WORK/env.inside"
}

studio() {
    docker compose --env-file /dev/null -p "$STUDIO" -f system-tests/compose/docker-compose.yml "$@"
}

# As somebody in the project's folder calls it.
backup() {
    docker compose --env-file "$WORK/env" -p "$BACKUP" "$@"
}

inside() {
    COMPOSE_TEST_ENV=$WORK/env.inside docker compose --env-file /dev/null -p "$INSIDE" \
        -f system-tests/compose/docker-compose.yml -f system-tests/compose/include.yml "$@"
}

build_images() {
    if ! jars_are_built; then
        echo "Building the jars ..."
        find_jdk25
        ./mvnw -B -q package -DskipTests -Dspotless.check.skip -pl backup-api,backup-worker -am
    fi
    check "the images build" backup build
    [ "$FAILED" -eq 0 ] || finish
}

jars_are_built() {
    local jar
    for jar in backup-{api,worker}/target/quarkus-app/quarkus-run.jar; do
        [ -f "$jar" ] || return 1
        [ -z "$(find pom.xml {shared-model,backup-api,backup-worker}/{pom.xml,src/main} -newer "$jar" | head -n 1)" ] || return 1
    done
}

# ---------------------------------------------------------------------------------------------------------- checks --

services_are_confined() {
    local service
    for service in backup-api backup-worker; do
        check "$service runs as the owner of LIFEOS_HOME" runs_as_owner "$service"
        check "$service has no capabilities and gets none" has_no_capabilities "$service"
        check "$service can write nothing of its image" cannot_write "$service" /etc /opt/backup /var/lib/postgresql/data
    done
    check "the API cannot write LIFEOS_HOME" cannot_write backup-api /life-os
    check "the API is published on 127.0.0.1 alone" test "$(backup port backup-api 8085)" = "127.0.0.1:$API_PORT"
    check "the service's own database is on no other network" own_network_only
    check "there is one volume, that of the database" one_volume
}

runs_as_owner() {
    test "$(in_service "$1" 'id -u; id -g' | tr '\n' :)" = "$OWNER_UID:$OWNER_GID:"
}

has_no_capabilities() {
    in_service "$1" 'cat /proc/1/status' >"$WORK/status.txt"
    grep -q '^CapEff:[[:space:]]*0*$' "$WORK/status.txt" && grep -q '^CapBnd:[[:space:]]*0*$' "$WORK/status.txt" &&
        grep -q '^NoNewPrivs:[[:space:]]*1$' "$WORK/status.txt"
}

cannot_write() {
    local service=$1
    shift
    in_service "$service" "for folder in $*; do ! touch \$folder/written || exit 1; done"
}

own_network_only() {
    local networks
    networks=$(docker inspect -f '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}' "$(backup ps -q backup-db)")
    test "$networks" = "${BACKUP}_backup "
}

# A volume that an image declares would be there without a name.
one_volume() {
    local volumes
    # shellcheck disable=SC2046 # a list of ids
    volumes=$(docker inspect -f '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}' $(backup ps -q) | tr -d '\n')
    test "$volumes" = "${BACKUP}_backup-db-data "
}

backup_is_good() {
    check "a backup by curl succeeds" takes_backup
    if [ ! -f "$DUMP" ]; then
        check "its file is on the host" false
        finish
    fi
    check "its files belong to the owner of LIFEOS_HOME, for nobody else to read" files_are_private
    check "its checksum holds" checksum_holds
}

takes_backup() {
    local file
    DUMP=$WORK/none
    call POST backups 'Prefer: wait=120' '{"label":"compose-test"}' || return 1
    file=$(json_text file)
    [ -n "$file" ] && DUMP=$WORK/life-os/backups/postgres/${file##*/}
}

script_takes_backup() {
    local file
    file=$(BACKUP_API_URL=http://127.0.0.1:$API_PORT BACKUP_API_TOKEN=$TOKEN scripts/backup_postgres.sh) || return 1
    echo "$file"
    gunzip -t "$WORK/life-os/backups/postgres/${file##*/}"
}

files_are_private() {
    local folder=$WORK/life-os/backups/postgres
    ls -ln "$folder"
    # the dump, manifest, checksum, roles: four files of this mode and owner, and no other
    test -n "$(find "$folder" -prune -perm 700 -user "$OWNER_UID" -group "$OWNER_GID")" &&
        test "$(find "$folder" -type f | wc -l | tr -d ' ')" = 4 &&
        test "$(find "$folder" -type f -perm 600 -user "$OWNER_UID" -group "$OWNER_GID" | wc -l | tr -d ' ')" = 4
}

checksum_holds() {
    local sum=sha256sum
    command -v sha256sum >/dev/null || sum='shasum -a 256'
    (cd "${DUMP%/*}" && $sum -c "${DUMP##*/}.sha256")
}

restore_equals() {
    check "it can be restored by gunzip and psql" restores
    check "the restored database is the same, statement by statement" same_content lifeos_copy
    check "the service restores it beside" restores_beside
    check "that database is the same too" same_content lifeos_beside
    check "scripts/restore_postgres.sh puts it in the place of a damaged one" script_restores
    check "the database is what it was" same_content lifeos_copy
}

restores() {
    studio exec -T postgres createdb -U lifeos -T template0 lifeos_copy &&
        gunzip -c "$DUMP" | studio exec -T postgres psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -U lifeos -d lifeos_copy
}

# Rows come back in the order in which they went out, so equal databases give equal dumps.
same_content() {
    text_of lifeos >"$WORK/lifeos.sql" && text_of "$1" >"$WORK/copy.sql" &&
        test "$(wc -l <"$WORK/lifeos.sql")" -gt 1000 && cmp "$WORK/lifeos.sql" "$WORK/copy.sql"
}

restores_beside() {
    call POST restores 'Prefer: wait=120' \
        '{"backup":"latest","mode":"new-database","database":"lifeos_beside","confirm":"lifeos_beside"}'
}

script_restores() {
    studio exec -T postgres psql -X -q -U lifeos -d lifeos -c 'TRUNCATE characters, users CASCADE' &&
        BACKUP_API_URL=http://127.0.0.1:$API_PORT BACKUP_API_TOKEN=$TOKEN scripts/restore_postgres.sh latest <<<lifeos
}

# Without the line that is another one each time, by design of pg_dump.
text_of() {
    studio exec -T -e PGTZ=UTC postgres pg_dump -U lifeos "$1" | sed '/^\\\(un\)\{0,1\}restrict /d'
}

# A table that is locked holds the dump for as long as it takes to kill the worker.
killed_worker_comes_back() {
    local worker job
    worker=$(backup ps -q backup-worker)
    studio exec -d -e PGAPPNAME=compose-test postgres \
        psql -U lifeos -d lifeos -c 'BEGIN; LOCK TABLE users; SELECT pg_sleep(300)'
    check "a table is locked" eventually 20 sql_says 1 "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'compose-test' AND mode = 'AccessExclusiveLock' AND granted"
    check "a backup is accepted" call POST backups '' '{"label":"killed"}'
    job=$(json_text id) || finish
    check "its dump waits for the table" eventually 30 sql_says 1 \
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump $job' AND wait_event_type = 'Lock'"
    # shellcheck disable=SC2016 # for the shell in there
    check "the worker process is killed" in_service backup-worker \
        'for p in /proc/[0-9]*; do if [ "$(cat "$p/comm")" = java ]; then kill -KILL "${p#/proc/}"; fi; done'
    check "its container comes back by itself" eventually 60 was_restarted "$worker"
    sql_says t "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'compose-test'" || true
    check "the job ends well, with another attempt" ends_with_second_attempt "$job"
    check "nothing unfinished is left" no_partial_files
    check "all services are healthy again" eventually 60 all_healthy
}

was_restarted() {
    test "$(docker inspect -f '{{.RestartCount}} {{.State.Running}}' "$1")" = '1 true'
}

ends_with_second_attempt() {
    call GET "jobs/$1" 'Prefer: wait=120' && test "$(json_text state)" = SUCCEEDED && grep -q '"attempt" *: *2' "$WORK/answer.json"
}

no_partial_files() {
    ls -lA "$WORK/life-os/backups/postgres"
    test -z "$(find "$WORK/life-os/backups/postgres" -name '.*' -type f)" &&
        test "$(find "$WORK/life-os/backups/postgres" -maxdepth 1 -name '*.sql.gz' | wc -l | tr -d ' ')" = 2
}

all_healthy() {
    local ids id
    ids=$(backup ps -q)
    test -n "$ids" || return 1
    for id in $ids; do
        test "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy || return 1
    done
}

# Of the containers of ids: each runs, was started at another time than then, and is healthy where that can be told.
come_back() {
    local id before
    while read -r id before; do
        case $(docker inspect -f '{{.State.Running}} {{.State.StartedAt}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$id") in
            *"$before"*) return 1 ;;
            'true '*' healthy' | 'true '*' ') ;;
            *) return 1 ;;
        esac
    done <"$WORK/ids"
}

# All processes at once, as when the power fails. Nobody stopped the containers, so the engine starts them again.
power_fails() {
    local ids pids job
    if [ "$(id -u)" -ne 0 ]; then
        SKIPPED=$((SKIPPED + 1))
        echo "  skipped the power outage: only root can end the containers' processes"
        return 0
    fi
    studio exec -d -e PGAPPNAME=compose-test postgres \
        psql -U lifeos -d lifeos -c 'BEGIN; LOCK TABLE users; SELECT pg_sleep(300)'
    check "a backup is under way when the power fails" call POST backups '' '{"label":"outage"}'
    job=$(json_text id) || finish
    check "its dump has begun" eventually 30 sql_says 1 \
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump $job' AND wait_event_type = 'Lock'"
    ids="$(backup ps -q) $(studio ps -q)"
    # shellcheck disable=SC2086 # a list of ids
    pids=$(docker inspect -f '{{.State.Pid}}' $ids)
    if [ -z "$pids" ] || echo "$pids" | grep -qx 0; then
        check "all containers run" false
        return 0
    fi
    # shellcheck disable=SC2086 # a list of ids
    docker inspect -f '{{.Id}} {{.State.StartedAt}}' $ids >"$WORK/ids"
    check "a schedule falls due in that moment" falls_due
    # shellcheck disable=SC2086 # a list of processes, all of them of this test's containers
    check "all processes die at once" kill -KILL $pids
    check "nothing ran when it was due" test "$(date +%s%3N)" -lt "$((DUE * 1000))"
    check "all containers come back by themselves" eventually 90 come_back
    check "the job that was running ends well" eventually 60 ends_well "$job"
    check "the schedule that fell due meanwhile is caught up, once" eventually 30 is_caught_up
    check "nothing unfinished is left of it" eventually 20 nothing_hidden
    check "health answers" health_answers
}

# Sets DUE, seconds since 1970, and returns a second before it: nothing comes back so fast.
falls_due() {
    DUE=$((($(date +%s) / 60 + 1) * 60))
    # there has to be time to write it down
    [ $((DUE - $(date +%s))) -ge 5 ] || DUE=$((DUE + 60))
    call PUT schedules/outage '' "{\"cron\":\"$((DUE / 60 % 60)) $((DUE / 3600 % 24)) * * *\",\"zone\":\"UTC\",\"type\":\"catalog-scan\"}" || return 1
    sleep "$(awk -v left="$((DUE * 1000 - $(date +%s%3N)))" 'BEGIN { print (left - 1000) / 1000 }')"
}

is_caught_up() {
    call GET 'jobs?type=catalog-scan' || return 1
    test "$(grep -o '"requestedBy" *: *"schedule:outage"' "$WORK/answer.json" | wc -l | tr -d ' ')" = 1 && call DELETE schedules/outage
}

ends_well() {
    call GET "jobs/$1" 'Prefer: wait=120' && test "$(json_text state)" = SUCCEEDED
}

nothing_hidden() {
    test -z "$(find "$WORK/life-os/backups/postgres" -name '.*' -type f)"
}

# 503 is an answer too: it tells that something is critical.
health_answers() {
    : >"$WORK/answer.json"
    call GET health '' '' || true
    grep -Eq '"status" *: *"(OK|WARNING|CRITICAL)"' "$WORK/answer.json" && grep -q '"checks" *: *\[ *{' "$WORK/answer.json"
}

# What the synced copy of this machine holds, with the content that the recovered database must have.
keep_mirror() {
    mkdir -p "$WORK/life-os/output"
    echo "a picture" >"$WORK/life-os/output/picture.txt"
    mkdir -p "$WORK/life-os/presets"
    echo "changed by its user" >"$WORK/life-os/presets/one.json"
    check "a last backup is taken" call POST backups 'Prefer: wait=120' '{"label":"last"}'
    cp -a "$WORK/life-os" "$WORK/mirror"
    text_of lifeos >"$WORK/lost.sql"
}

# scripts/recover.sh in a copy of the project, because it writes its .env and secrets there.
machine_is_recovered() {
    prepare_new_machine
    check "life-os made a table of its own before anything was recovered" makes_table
    check "scripts/recover.sh does not replace that, though a report of elsewhere tells of a recovery, and says what is not set" refuses
    check "the table goes" new_life_os exec -T postgres psql -X -q -U lifeos -d lifeos -c "DROP TABLE stray"
    check "scripts/recover.sh brings everything back" recovers
    check "the recovered database is the lost one" new_content
    check "the folders are back" cmp "$WORK/mirror/output/picture.txt" "$WORK/new/life-os/output/picture.txt"
    check "a file of the code that its user has changed is back as it was" \
        cmp "$WORK/mirror/presets/one.json" "$WORK/new/life-os/presets/one.json"
    check "the code is back" test -f "$WORK/new/life-os/docker-compose.yml"
    check "there is a report beside the backups" has_report
    check "all of it runs" new_runs
    check "somebody works with it" new_life_os exec -T postgres \
        psql -X -q -U lifeos -d lifeos -c "CREATE TABLE written_since AS SELECT 1 AS n"
    mkdir "$WORK/new/life-os/.recover-clone"
    rm "$WORK/new/life-os/README.md"
    check "a second run changes nothing and says so" recovers
    check "it has finished a clone that broke off" test -f "$WORK/new/life-os/README.md" -a ! -e "$WORK/new/life-os/.recover-clone"
    check "what was written since is there" new_life_os exec -T postgres \
        psql -X -q -U lifeos -d lifeos -c "SELECT n FROM written_since"
    check "models that nobody can pull are no success" misses_models
}

prepare_new_machine() {
    local project=$WORK/new/project repository=$WORK/repository
    mkdir -p "$project/secrets" "$repository" "$WORK/new/life-os"
    cp -R docker-compose.yml docker-compose.override.yml scripts "$project"
    # the one secret that recover.sh finds: as in prepare, it must also pass with an image that reads it as its own user
    random_hex >"$project/secrets/backup_db_password"
    chmod 444 "$project/secrets/backup_db_password"
    awk '/sample-database.sql/ || /^  ollama:/ { next }
        { print }
        /^services:/ { print "  migrate: { image: postgres:16-alpine, entrypoint: [\"true\"], environment: { MODE: \"${MIGRATE_MODE}\" } }" }' \
        system-tests/compose/docker-compose.yml >"$repository/docker-compose.yml"
    echo "life-os" >"$repository/README.md"
    mkdir "$repository/presets"
    echo "as it was delivered" >"$repository/presets/one.json"
    printf -- '- Job: %s, first attempt\n| database | SUCCEEDED |\n' 01234567-89ab-cdef-0123-456789abcdef \
        >"$WORK/mirror/backups/postgres/recovery_2026-01-31_12-00-00_elsewhere.md"
    (
        cd "$repository"
        git init -q
        git add .
        # older than what its user made of it
        GIT_COMMITTER_DATE=2026-01-31T12:00:00Z git -c user.name=test -c user.email=test@example.org commit -q -m "life-os"
        # and the code was changed since, though not there
        echo "life-os, described" >README.md
        git -c user.name=test -c user.email=test@example.org commit -q -a -m "described"
    )
    if [ "$(id -u)" -eq 0 ]; then
        chown -R "$OWNER_UID:$OWNER_GID" "$WORK/new" "$WORK/mirror"
    fi
}

recovers() {
    (
        cd "$WORK/new/project"
        new_environment
        export LIFEOS_REPO_URL=$WORK/repository RECOVER_WAIT_SECONDS=120
        LIFEOS_DB_PASSWORD=$STUDIO_PASSWORD scripts/recover.sh
    )
}

makes_table() {
    (
        cd "$WORK/repository"
        export STUDIO_PASSWORD
        docker compose -p "$NEW" up -d --wait postgres
        docker compose -p "$NEW" exec -T postgres psql -X -q -U lifeos -d lifeos -c "CREATE TABLE stray AS SELECT 1 AS n"
    )
}

refuses() {
    recovers >"$WORK/said" 2>&1 && return 1
    cat "$WORK/said"
    grep -q 'holds something else than the newest backup' "$WORK/said" && grep -q 'asks for MIGRATE_MODE, and nothing says' "$WORK/said"
}

misses_models() {
    local models=$WORK/new/life-os/data/ollama_models_manifest.txt
    printf '# no model yet\n\nNAME  ID  SIZE  MODIFIED\n' >"$models"
    recovers || return 1
    echo "llama3.2:latest  0123456789ab  2.0 GB  now" >>"$models"
    recovers >"$WORK/said" 2>&1 && return 1
    rm "$models"
    cat "$WORK/said"
    grep -q 'this is left: nobody pulled the models' "$WORK/said"
}

new_environment() {
    export LIFEOS_HOME=$WORK/new/life-os SYNC_MIRROR_DIR=$WORK/mirror LIFEOS_UID=$OWNER_UID LIFEOS_GID=$OWNER_GID
    export LIFEOS_PROJECT=$NEW BACKUP_PROJECT=$NEW-backup
    export BACKUP_API_PORT=$API_PORT BACKUP_IMAGE_TAG=$NAME BACKUP_VERIFY_AFTER_BACKUP=none
}

new_life_os() {
    docker compose --env-file /dev/null -p "$NEW" -f "$WORK/new/life-os/docker-compose.yml" "$@"
}

new_service() {
    (
        new_environment
        export LIFEOS_DB_PASSWORD_FILE=$WORK/new/project/secrets/lifeos_db_password
        docker compose --project-directory "$WORK/new/project" -p "$NEW-backup" "$@"
    )
}

new_content() {
    new_life_os exec -T -e PGTZ=UTC postgres pg_dump -U lifeos lifeos | sed '/^\\\(un\)\{0,1\}restrict /d' >"$WORK/found.sql" &&
        test "$(wc -l <"$WORK/found.sql")" -gt 1000 && cmp "$WORK/lost.sql" "$WORK/found.sql"
}

has_report() {
    grep '^| database | SUCCEEDED ' "$WORK"/new/life-os/backups/postgres/recovery_*.md
}

new_runs() {
    local id
    test "$(new_service ps -q | wc -l | tr -d ' ')" = 3 || return 1
    for id in $(new_life_os ps -aq) $(new_service ps -aq); do
        case $(docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$id") in
            "running 0" | "exited 0") ;;
            *) return 1 ;;
        esac
    done
}

new_goes() {
    new_service down -v --timeout 20 && new_life_os down -v --timeout 1 && test -z "$(docker ps -aq --filter "name=$NAME")"
}

# 137 would be the engine's patience at its end.
worker_stops() {
    local worker
    worker=$(backup ps -q backup-worker)
    backup stop backup-worker && test "$(docker inspect -f '{{.State.ExitCode}}' "$worker")" = 143
}

inside_goes() {
    inside down -v --timeout 20 && test -z "$(docker ps -aq --filter "name=$NAME")" &&
        test -z "$(docker volume ls -q --filter "name=$NAME")" && test -z "$(docker network ls -q --filter "name=$NAME")"
}

# ----------------------------------------------------------------------------------------------------------- tools --

# A line for a check: its name, then a command. Its words are shown when it fails.
check() {
    local name=$1
    shift
    if "$@" >"$WORK/check.log" 2>&1; then
        PASSED=$((PASSED + 1))
        echo "  ok      $name"
    else
        FAILED=$((FAILED + 1))
        echo "  FAILED  $name"
        tail -n 20 "$WORK/check.log" | sed 's/^/          /'
    fi
}

eventually() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.3
    done
}

in_service() {
    "$STACK" exec -T "$1" bash -c "$2" 2>&1
}

sql_says() {
    test "$("$LIFEOS" exec -T postgres psql -X -A -t -U lifeos -d lifeos -c "$2")" = "$1"
}

# METHOD PATH HEADER BODY: fails unless the answer is a 2xx, which it leaves in answer.json.
call() {
    local status
    set -- "$1" "$2" "${3:-Accept: */*}" "${4:-}"
    status=$(curl -q --silent --show-error --noproxy '*' --max-time 150 --config "$WORK/curl.conf" -X "$1" \
        "http://127.0.0.1:$API_PORT/api/v1/$2" -H 'Content-Type: application/json' -H "$3" ${4:+-d "$4"} \
        -o "$WORK/answer.json" -w '%{http_code}') || return 1
    cat "$WORK/answer.json"
    case "$status" in
        2*) ;;
        *) return 1 ;;
    esac
}

# The first field of that name in the answer.
json_text() {
    grep -o '"'"$1"'" *: *"[^"]*"' "$WORK/answer.json" | head -n 1 | sed 's/.*"\([^"]*\)"$/\1/'
}

random_hex() {
    od -An -N 24 -t x1 /dev/urandom | tr -d ' \n'
}

finish() {
    if [ "$FAILED" -gt 0 ]; then
        show_logs
    fi
    exit "$((FAILED > 0))"
}

show_logs() {
    local stack
    for stack in backup inside new_service; do
        "$stack" logs --no-color --tail 15 2>/dev/null || true
    done
}

clean_up() {
    local code=$?
    trap '' HUP INT PIPE TERM
    trap - EXIT
    set +e
    backup down -v --timeout 5 >/dev/null 2>&1
    inside down -v --timeout 5 >/dev/null 2>&1
    new_service down -v --timeout 5 >/dev/null 2>&1
    new_life_os down -v --timeout 1 >/dev/null 2>&1
    studio down -v --timeout 1 >/dev/null 2>&1
    docker rmi -f "life-os/backup-api:$NAME" "life-os/backup-worker:$NAME" >/dev/null 2>&1
    rm -rf "$WORK"
    echo "$PASSED passed, $FAILED failed$([ "$SKIPPED" -eq 0 ] || echo ", $SKIPPED skipped")"
    if [ "$code" -ne 0 ] && [ "$FAILED" -eq 0 ]; then
        echo "The test itself ended early, with code $code." >&2
    fi
    exit "$code"
}

main "$@"
