#!/usr/bin/env bash
# Tests scripts/cloud_failover.sh: against a doctl that is a script with a folder for a cloud, and a real sshd of our own on
# loopback that is the droplet, with real git and rsync. What runs on the droplet besides (docker, recover.sh) is a stand-in.
#
#   system-tests/failover-test.sh
#
# Prints a line for each check, then "N passed, N failed"; exit code 1 when any failed. Skipped, in so many words, where sshd
# or rsync cannot be had.
# shellcheck disable=SC2030,SC2031 # settings for one call are made in a subshell on purpose
# shellcheck disable=SC2317,SC2329 # most functions are called by their names, through check
set -euo pipefail
unset CDPATH

# Whoever starts this in the background of a script has Ctrl-C ignored, here and in all that is tested: take that back.
if [ -z "${INTERRUPTIBLE:-}" ] && env --default-signal=INT true 2>/dev/null; then
    INTERRUPTIBLE=true exec env --default-signal=INT bash "$0" "$@"
fi

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=scripts/support/toolchain.sh
. "$ROOT/scripts/support/toolchain.sh"

PASSED=0 FAILED=0 WORK='' SSHD='' SSHD_PID='' WEB_PID='' WATCH_PID='' UP_PID=''
SCRIPT=$ROOT/scripts/cloud_failover.sh
SHELL_UNDER_TEST="sh"
CANARY=canary-$$-secret

main() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    find_sshd || return 0
    make_world
    start_sshd first
    start_web
    watch_arguments
    test_before_a_droplet
    test_broken_up
    test_running_droplet
    test_down
    test_creation
    test_recovery
    test_recover_settings
    check "no secret was in the arguments of any process" no_secret_was_seen
    echo "$PASSED passed, $FAILED failed (in $SECONDS s)"
    [ "$FAILED" -eq 0 ]
}

clean_up() {
    local pid
    trap - EXIT
    for pid in $UP_PID $WATCH_PID $WEB_PID $SSHD_PID; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    [ -z "$WORK" ] || rm -rf "$WORK" 2>/dev/null || { sleep 1; rm -rf "$WORK"; }
}

# ----------------------------------------------------------------------------------------------------------- world --

find_sshd() {
    locate_sshd && command -v rsync >/dev/null || install_sshd || true
    if ! locate_sshd || ! command -v rsync >/dev/null || ! command -v python3 >/dev/null; then
        echo "skipped cloud_failover.sh: it takes sshd, rsync and python3 to test it, and not all are installed"
        return 1
    fi
}

locate_sshd() {
    SSHD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd)
}

# Nobody asked for a server on port 22: it is kept from starting.
install_sshd() {
    local policy=/usr/sbin/policy-rc.d ours=false result=0
    debian_root || return 1
    echo "Installing openssh-server and rsync with apt-get ..." >&2
    if [ ! -e "$policy" ]; then
        ours=true
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    apt_install openssh-server rsync || result=$?
    if $ours; then rm -f "$policy"; fi
    return "$result"
}

make_world() {
    local parent=${TMPDIR:-/tmp}
    WORK=$(mktemp -d "${parent%/}/failover-test.XXXXXX")
    WORK=$(cd "$WORK" && pwd -P)
    mkdir "$WORK/bin" "$WORK/cloud" "$WORK/droplet" "$WORK/droplet/bin" "$WORK/keys" "$WORK/tmp" "$WORK/user"
    echo "$CANARY" >"$WORK/canary" # for grep, whose own arguments are watched too
    make_doctl
    make_life_os
    make_repository "$WORK/repository" true
    make_repository "$WORK/bare-repository" false
    printf '#!/bin/sh\nexit 0\n' >"$WORK/droplet/bin/docker"
    chmod +x "$WORK/droplet/bin/docker"
    # shellcheck disable=SC2046 # two words
    set -- $(free_ports 2)
    SSH_PORT=$1 WEB_PORT=$2
    unset LIFEOS_HOME SYNC_MIRROR_DIR LIFEOS_HEALTH_URL CODE_REMOTE_TOKEN LIFEOS_DB_PASSWORD_FILE BACKUP_TOKENS BACKUP_TOKENS_FILE \
        BACKUP_DB_PASSWORD BACKUP_DB_PASSWORD_FILE BACKUP_API_TOKEN BACKUP_API_TOKEN_FILE SSH_AUTH_SOCK http_proxy HTTP_PROXY all_proxy ALL_PROXY
    export PATH="$WORK/bin:$PATH" TMPDIR="$WORK/tmp" HOME="$WORK/user" CLOUD="$WORK/cloud"
    export FAILOVER_STATE_DIR="$WORK/the state" FAILOVER_REMOTE_DIR="$WORK/droplet/files"
    export FAILOVER_SSH_PORT=$SSH_PORT FAILOVER_SSH_KEY="$WORK/keys/mine" FAILOVER_WAIT_SECONDS=20
    FAILOVER_SSH_USER=$(id -un)
    export FAILOVER_SSH_USER FAILOVER_HEALTH_URL="http://127.0.0.1:$WEB_PORT/droplet"
    export LIFEOS_HOME="$WORK/life os" SYNC_MIRROR_DIR="$WORK/a mirror"
    export LIFEOS_REPO_URL="http://me:$CANARY@127.0.0.1:$WEB_PORT/repository/.git" LIFEOS_DB_PASSWORD="$CANARY it's"
}

# As much of doctl as is used. The file `fault` says what goes wrong next.
make_doctl() {
    cat >"$WORK/bin/doctl" <<'END'
#!/bin/sh
echo "$*" >>"$CLOUD/calls"
fault=$(cat "$CLOUD/fault" 2>/dev/null)
add() {
    number=$(($(cat "$CLOUD/number" 2>/dev/null || echo 1000) + 1))
    echo "$number" >"$CLOUD/number"
    echo "$number    $1    127.0.0.1    active" >>"$CLOUD/droplets"
}
case "$*" in
    "account get")
        [ "$fault" != login ] || { echo "Error: Unable to initialize DigitalOcean API client: access token is required." >&2; exit 1; }
        echo "User Email        Team      Droplet Limit    Email Verified    User UUID    Status"
        echo "me@example.org    $(cat "$CLOUD/team" 2>/dev/null || echo "Team 1")    $(wc -l <"$CLOUD/calls" | tr -d ' ')    true    abc-def    active"
        ;;
    "compute size list --format Slug,PriceHourly --no-header")
        printf 's-1vcpu-1gb    0.00893\ns-4vcpu-8gb-intel    0.083330\ns-4vcpu-8gb    0.071430\n'
        ;;
    "compute ssh-key list --format ID --no-header") cat "$CLOUD/keys" 2>/dev/null || printf '11\n22\n' ;;
    "compute droplet list --format ID,Name,PublicIPv4,Status --no-header")
        [ "$fault" != list ] || { echo "Error: GET https://api.digitalocean.com/v2/droplets: 500" >&2; exit 1; }
        [ "$fault" = unlisted ] || [ "$fault" = untold ] || cat "$CLOUD/droplets" 2>/dev/null || true
        ;;
    "compute droplet get "*" --format ID,Name,PublicIPv4,Status --no-header")
        [ "$fault" != untold ] || { echo "Error: GET https://api.digitalocean.com/v2/droplets/$4: 500 (request 404)" >&2; exit 1; }
        [ "$fault" != unknown ] || { echo 'Error: unknown command "get" for "doctl compute droplet"' >&2; exit 1; }
        grep "^$4 " "$CLOUD/droplets" 2>/dev/null && exit 0
        [ "$fault" != words ] || { echo "Error: droplet not found" >&2; exit 1; }
        echo "Error: GET https://api.digitalocean.com/v2/droplets/$4: 404" >&2
        exit 1
        ;;
    "compute droplet create life-os-failover --image docker-20-04 --size s-4vcpu-8gb --region nyc3 --ssh-keys 11,22 --wait --format ID,PublicIPv4 --no-header")
        rm -f "$CLOUD/fault"
        case $fault in
            refused) echo "Error: POST https://api.digitalocean.com/v2/droplets: 422 creating this would exceed your droplet limit" >&2; exit 1 ;;
            lost) add life-os-failover; echo "Error: Post \"https://api.digitalocean.com/v2/droplets\": EOF" >&2; exit 1 ;;
            late) add life-os-failover; exec sleep 60 ;;
        esac
        add life-os-failover
        echo "$number    127.0.0.1"
        ;;
    "compute droplet delete "*" --force")
        case $fault in
            undeleted) echo untold >"$CLOUD/fault" && fault=delete ;;
            deaf) echo list >"$CLOUD/fault" ;;
        esac
        [ "$fault" != delete ] || { echo "Error: DELETE https://api.digitalocean.com/v2/droplets/$4: 503" >&2; exit 1; }
        sed -i.old "/^$4 /d" "$CLOUD/droplets"
        ;;
    *) echo "Error: unknown command $*" >&2; exit 1 ;;
esac
END
    chmod +x "$WORK/bin/doctl"
}

# Four good backups, of which the first is much larger, and a newer one that is corrupt here and good in the mirror; a folder that only the mirror has, one that nobody has.
make_life_os() {
    local home="$WORK/life os" day
    mkdir -p "$home/backups/postgres/safety" "$home/output/@eaDir" "$home/data" "$home/presets" "$WORK/a mirror/uploads" "$WORK/a mirror/backups/postgres"
    echo "POSTGRES_PASSWORD=$CANARY" >"$home/.env"
    for day in 1 2 3 4 5; do
        make_backup "$home/backups/postgres" "life_os_backup_2026010${day}_030000.sql.gz" "2026-01-0${day}T03:00:00.5Z" lifeos
    done
    make_backup "$home/backups/postgres" life_os_backup_20260101_030000.sql.gz 2026-01-01T03:00:00.5Z lifeos 2000
    echo damage >>"$home/backups/postgres/life_os_backup_20260105_030000.sql.gz"
    make_backup "$WORK/a mirror/backups/postgres" life_os_backup_20260105_030000.sql.gz 2026-01-05T03:00:00Z lifeos
    make_backup "$home/backups/postgres" app_manual_backup_20260106_030000.sql.gz 2026-01-06T03:00:00Z app
    make_backup "$home/backups/postgres/safety" pre_restore_20260107_030000.sql.gz 2026-01-07T03:00:00Z lifeos
    head -c 3000000 /dev/urandom >"$home/output/a large film.bin"
    echo thumbnail >"$home/output/@eaDir/thumb"
    echo data >"$home/data/models.txt"
    echo "ümlaut" >"$home/data/ümlaut \$(x) 'quoted'.txt"
    echo upload >"$WORK/a mirror/uploads/upload.txt"
    echo stale >"$WORK/a mirror/stale.txt"
}

# make_backup FOLDER FILE SNAPSHOT TARGET [BYTES]
make_backup() {
    {
        printf -- '-- %s\n' "$2"
        head -c "${5:-0}" /dev/urandom
        printf -- '\n-- PostgreSQL database dump complete\n'
    } | gzip >"$1/$2"
    (cd "$1" && sum_of "$2" >"$2.sha256")
    printf '{"version":1,"target":"%s","file":{"name":"%s"},"snapshotAt":"%s","verification":{"level":"restore","outcome":"PASSED"}}\n' \
        "$4" "$2" "$3" >"$1/$2.manifest.json"
}

sum_of() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi
}

# The recover.sh of the droplet: proves what it was given, and life-os is well from then on.
make_repository() {
    mkdir -p "$1/scripts"
    echo 'services: {}' >"$1/docker-compose.yml"
    if $2; then make_recover "$1/scripts/recover.sh"; fi
    mkdir "$1/presets"
    (
        cd "$1"
        git init -q .
        echo old >"presets/an old one.json"
        commit 2026-01-31T12:00:00Z
        echo new >presets/new.json
        commit 2026-03-01T12:00:00Z
        git update-server-info
    )
}

commit() {
    git add -A
    GIT_COMMITTER_DATE=$1 git -c user.name=test -c user.email=test@example.org commit -q -m 'life-os'
}

make_recover() {
    cat >"$1" <<END
#!/bin/sh
set -eu
echo "recover.sh begins"
echo run >>"$WORK/droplet/runs"
pwd >"$WORK/droplet/where"
[ ! -e "$WORK/droplet/fault" ] || { rm "$WORK/droplet/fault"; echo "the disk is full"; exit 1; }
tries=0
while [ -e "$WORK/droplet/silence" ] && [ "\$tries" -lt 600 ]; do tries=\$((tries + 1)); sleep 0.1; done
[ "\$(cat "\$LIFEOS_DB_PASSWORD_FILE")" = "$CANARY it's" ]
[ "\$LIFEOS_UID" = "\$(id -u)" ]
cp -R "\$SYNC_MIRROR_DIR"/. "\$LIFEOS_HOME"
[ -f "\$LIFEOS_HOME/docker-compose.yml" ]
touch "$WORK/droplet/well"
echo "recover.sh ends"
END
    chmod +x "$1"
}

# start_sshd KEY: as the droplet, with a host key of that name.
start_sshd() {
    [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
    [ -f "$WORK/keys/$1" ] || ssh-keygen -q -t ed25519 -N '' -f "$WORK/keys/$1"
    [ -f "$WORK/keys/mine" ] || ssh-keygen -q -t ed25519 -N '' -f "$WORK/keys/mine"
    cp "$WORK/keys/mine.pub" "$WORK/keys/authorized"
    cat >"$WORK/sshd_config" <<END
ListenAddress 127.0.0.1
Port $SSH_PORT
HostKey $WORK/keys/$1
PidFile none
AuthorizedKeysFile $WORK/keys/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
MaxStartups 100
SetEnv PATH=$WORK/droplet/bin:/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin
END
    "$SSHD" -D -e -f "$WORK/sshd_config" </dev/null >>"$WORK/sshd.log" 2>&1 &
    SSHD_PID=$!
    wait_for "sshd" port_answers "$SSH_PORT"
}

stop_sshd() {
    kill "$SSHD_PID"
    wait "$SSHD_PID" 2>/dev/null || true
    SSHD_PID=''
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# /repository/… with a password, or with a token alone; /primary with the status in its file, /droplet well when its file is there.
start_web() {
    cat >"$WORK/web.py" <<'END'
import base64, http.server, os, sys

WORK, CANARY = sys.argv[2], os.environ["CANARY"]
LOGINS = ["Basic " + base64.b64encode(login.encode()).decode() for login in ("me:" + CANARY, CANARY + ":")]


class Web(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/primary":
            self.tell(int(open(WORK + "/primary").read()))
        elif self.path == "/droplet":
            self.tell(200 if os.path.exists(WORK + "/droplet/well") else 503)
        elif self.headers.get("Authorization") not in LOGINS and self.path.startswith("/repository/"):
            self.tell(401)
        else:
            super().do_GET()

    def tell(self, status):
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


os.chdir(WORK)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Web).serve_forever()
END
    CANARY=$CANARY python3 "$WORK/web.py" "$WEB_PORT" "$WORK" </dev/null >"$WORK/web.log" 2>&1 &
    WEB_PID=$!
    wait_for "the web server" port_answers "$WEB_PORT"
}

# All arguments of all processes, over and over, where the system shows them in /proc; else as ps tells.
watch_arguments() {
    cat >"$WORK/watch.py" <<'END'
import glob, os, subprocess, sys, time

while True:
    seen = []
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            seen.append(open(name, "rb").read().replace(b"\0", b" "))
        except OSError:
            pass
    if not seen:
        seen = subprocess.run(["ps", "-axww", "-o", "command="], capture_output=True).stdout.splitlines()
    with open(sys.argv[1], "ab") as log:
        for line in seen:
            if os.environ["CANARY"].encode() in line:
                log.write(b"SEEN " + line + b"\n")
            elif b"git-remote-http" in line:
                log.write(b"git " + line + b"\n")
    time.sleep(0.05)
END
    CANARY=$CANARY python3 "$WORK/watch.py" "$WORK/arguments" </dev/null >"$WORK/watch.log" 2>&1 &
    WATCH_PID=$!
}

# ---------------------------------------------------------------------------------------------------------- checks --

# check SENTENCE COMMAND…: in a subshell, so that settings made in it end with it.
check() {
    local sentence=$1
    shift
    if (set +e; "$@") >"$WORK/check.log" 2>&1; then
        echo "ok      $sentence"
        PASSED=$((PASSED + 1))
    else
        echo "FAILED  $sentence"
        sed 's/^/          /' "$WORK/check.log"
        FAILED=$((FAILED + 1))
    fi
}

wait_for() {
    local what=$1 tries=0
    shift
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -le 300 ] || { echo "$what did not come in time" >&2; return 1; }
        sleep 0.1
    done
}

# ends CODE ARGUMENTS…: its output goes to files out and err.
ends() {
    local expected=$1 code=0
    shift
    $SHELL_UNDER_TEST "$SCRIPT" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
    cat "$WORK/out" "$WORK/err" >>"$WORK/all-output"
    [ "$code" -eq "$expected" ] || {
        echo "$* ended with $code instead of $expected"
        cat "$WORK/out" "$WORK/err"
        return 1
    }
}

err_says() { grep -q -e "$1" "$WORK/err" || { echo "stderr does not say: $1"; cat "$WORK/err"; return 1; }; }
out_says() { grep -q -e "$1" "$WORK/out" || { echo "stdout does not say: $1"; cat "$WORK/out"; return 1; }; }
calls() { grep -c -e "compute droplet $1" "$CLOUD/calls" || true; }
are() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
fault() { echo "$1" >"$CLOUD/fault"; }
no_fault() { rm -f "$CLOUD/fault"; }

# A new sky, and an empty droplet.
start_afresh() {
    rm -rf "$CLOUD" "$FAILOVER_STATE_DIR" "$WORK/droplet/files" "$WORK/droplet/well" "$WORK/droplet/runs"
    mkdir "$CLOUD"
    : >"$CLOUD/calls"
}

# ------------------------------------------------------------------------------------------------ before a droplet --

test_before_a_droplet() {
    start_afresh
    check "wrong arguments end with 1 and the usage" wrong_arguments
    check "a dry run shows the plan and changes nothing" dry_run
    check "without a login nothing begins" no_login
    check "without a list of droplets nothing is created" no_list
    check "up refuses while the primary answers" primary_answers
    check "a copy without a good backup is refused" no_backup
    check "dumps without a manifest are as old as their names say" names_tell_time
    check "SSH keys are taken by their fingerprints too" fingerprints_are_taken
    check "without the database's password a dry run warns and shows the plan" no_password
    check "of all who find the lock of a killed process one has it at a time" one_takes_over
    check "status and down say that there is none" none_there
}

wrong_arguments() {
    local arguments
    for arguments in '' 'left' 'up down' 'up --now'; do
        # shellcheck disable=SC2086 # words
        ends 1 $arguments && err_says '^Usage' || return 1
    done
    FAILOVER_WAIT_SECONDS=soon ends 1 up && err_says FAILOVER_WAIT_SECONDS && ends 0 --help && out_says '^Usage'
}

dry_run() {
    ends 0 up --dry-run && out_says 'create the droplet life-os-failover: image docker-20-04, size s-4vcpu-8gb, region nyc3, SSH keys 11,22; 0.071430' &&
        out_says 'output: .*MiB of ' && out_says 'uploads: .*a mirror/uploads' && out_says 'entity_previews: nothing' &&
        out_says 'mirror/.*life_os_backup_20260105' && ends 0 down --dry-run &&
        are "$(calls create)$(calls delete)" 00 && [ ! -e "$FAILOVER_STATE_DIR" ] && [ ! -e "$WORK/droplet/files" ]
}

no_login() {
    fault login
    ends 1 up && err_says 'not logged in.*access token is required' && err_says 'doctl auth init' && ends 1 status && ends 1 down --yes
    local result=$?
    no_fault
    [ "$result" -eq 0 ] && are "$(calls create)" 0
}

no_list() {
    fault list
    ends 1 up && err_says 'cannot be listed' && ends 1 down --yes && are "$(calls create)" 0
    local result=$?
    no_fault
    return "$result"
}

primary_answers() {
    local status
    export LIFEOS_HEALTH_URL=http://127.0.0.1:$WEB_PORT/primary
    for status in 401 500 503; do
        echo "$status" >"$WORK/primary"
        ends 1 up && err_says "The primary still answers.*HTTP $status" || return 1
    done
    for status in 502 504; do
        echo "$status" >"$WORK/primary"
        ends 0 up --dry-run && { ! out_says 'It would refuse' >/dev/null || return 1; } && err_says "does not answer (HTTP $status)" || return 1
    done
    # a proxy that would answer for it
    http_proxy=http://127.0.0.1:$WEB_PORT no_proxy='' LIFEOS_HEALTH_URL=http://127.0.0.1:1/ ends 0 up --dry-run && err_says 'does not answer (HTTP 000)' || return 1
    echo 200 >"$WORK/primary"
    ends 1 up && err_says 'The primary still answers.*HTTP 200' && err_says 'up --force' && ends 0 up --dry-run && out_says 'It would refuse: the primary' &&
        ends 0 up --dry-run --force && { ! out_says 'It would refuse' >/dev/null || return 1; } && err_says 'Going on by --force' &&
        are "$(calls create)" 0 && [ ! -e "$FAILOVER_STATE_DIR" ]
}

no_backup() {
    LIFEOS_HOME=$WORK/nowhere SYNC_MIRROR_DIR=$WORK/droplet ends 1 up && err_says 'no good backup in .*droplet/backups/postgres' &&
        LIFEOS_HOME='' SYNC_MIRROR_DIR='' ends 1 up && err_says 'nothing to send' && LIFEOS_REPO_URL='' ends 1 up && err_says 'LIFEOS_REPO_URL is not set'
}

# Of five the oldest three were copied last. A day that is none, and one that has not come, say nothing.
names_tell_time() {
    local folder="$WORK/old dumps/backups/postgres" name
    mkdir -p "$folder"
    for name in 20260101 20260102 20260103 20260104 20260105 20260231 99990101; do
        make_backup "$folder" "life_os_backup_${name}_030000.sql.gz" 2026-01-01T03:00:00Z lifeos
    done
    rm "$folder"/*.manifest.json
    touch -t 202501010000 "$folder"/*
    touch "$folder"/life_os_backup_2026010[1-3]_030000.sql.gz
    LIFEOS_HOME="$WORK/old dumps" SYNC_MIRROR_DIR='' TZ=EST5 ends 0 up --dry-run || return 1
    are "$(sed -n 's/^ *\(.* UTC\).*_backup_\(.*\)_030000.*/\1 \2/p' "$WORK/out")" \
        "$(for name in 05 04 03; do echo "2026-01-${name}T08:00:00 UTC 202601$name"; done)"
}

fingerprints_are_taken() {
    printf '\n3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa    mac\n33\nnone\n' >"$CLOUD/keys"
    ends 0 up --dry-run && out_says 'SSH keys 3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa,33;'
    local result=$?
    rm "$CLOUD/keys"
    return "$result"
}

# The copy's own environment file has it.
no_password() {
    unset LIFEOS_DB_PASSWORD
    export LIFEOS_HEALTH_URL=http://127.0.0.1:$WEB_PORT/primary
    ends 0 up --dry-run && { ! err_says WARNING >/dev/null || return 1; } &&
        FAILOVER_LIFEOS_ENV=/dev/null ends 0 up --dry-run && are "$(grep -c "WARNING: the password of life-os's database is not known" "$WORK/err")" 1 &&
        out_says 'It would refuse: the primary' && out_says 'create the droplet life-os-failover'
}

one_takes_over() {
    local round starter starters dead
    export SEEN="$WORK/seen" FAILOVER_STATE_DIR="$WORK/contended"
    make_starter
    for round in {1..20}; do
        rm -rf "$SEEN" "$FAILOVER_STATE_DIR"
        mkdir -p "$SEEN" "$FAILOVER_STATE_DIR/lock"
        # shellcheck disable=SC2016 # for that shell
        dead=$(sh -c 'echo $$')
        # killed before it wrote its name, before it took over, or after
        [ $((round % 3)) -eq 0 ] || echo "$dead" >"$FAILOVER_STATE_DIR/lock/pid"
        [ $((round % 3)) -ne 1 ] || ln -s "$dead" "$FAILOVER_STATE_DIR/lock/1"
        starters=''
        for starter in {1..6}; do
            $SHELL_UNDER_TEST "$WORK/starter.sh" "$ROOT" 2>>"$SEEN/err" &
            starters="$starters $!"
        done
        touch "$SEEN/go"
        for starter in $starters; do wait "$starter"; done
        if [ ! -s "$SEEN/winners" ] || [ -e "$SEEN/intruders" ] || [ -e "$FAILOVER_STATE_DIR" ]; then
            echo "round $round"
            head "$SEEN"/*
            return 1
        fi
    done
    # one that another has got by hand
    mkdir -p "$FAILOVER_STATE_DIR"
    $SHELL_UNDER_TEST "$WORK/starter.sh" "$ROOT" replaced && are "$(cat "$FAILOVER_STATE_DIR/lock/pid")" 1
}

# starter.sh ROOT [replaced]: takes the lock for a moment, when all may.
make_starter() {
    cat >"$WORK/starter.sh" <<'END'
set -eu
. "$1/scripts/support/failover/state.sh"
COMMAND=status DRY_RUN=false
close_connection() { :; }
failover_start
until [ -e "$SEEN/go" ]; do sleep 0.02; done
open_state
echo "$$" >>"$SEEN/winners"
mkdir "$SEEN/inside" || echo "$$" >>"$SEEN/intruders"
if [ $# -gt 1 ]; then rm -r "$STATE_DIR/lock" && mkdir "$STATE_DIR/lock" && echo 1 >"$STATE_DIR/lock/pid"; else sleep 0.1; fi
rmdir "$SEEN/inside"
END
}

none_there() {
    ends 1 status && out_says 'There is no droplet' && ends 0 down </dev/null && out_says 'There is no droplet' && are "$(calls delete)" 0
}

# ------------------------------------------------------------------------------------------------------- broken up --

test_broken_up() {
    start_afresh
    echo "77    life-os-failover-2    127.0.0.1    active" >"$CLOUD/droplets"
    SHELL_UNDER_TEST=dash
    command -v dash >/dev/null || SHELL_UNDER_TEST="sh"
    check "an up that is killed while it sends leaves what down must find" killed_while_sending
    check "the next up goes on with the same droplet, and tells the words of a recover.sh that fails" recover_fails
    check "the one after it runs recover.sh again, and prints address and cost" goes_on
    check "code, backups and folders arrived as they are here" files_arrived
    check "files that git brought into a synced folder are as old as their own last commit" files_are_as_old_as_their_commits
    check "secrets lie in files of mode 600" secrets_are_private
}

killed_while_sending() {
    local partial="$FAILOVER_REMOTE_DIR/mirror/output"
    set -m
    FAILOVER_BANDWIDTH_KIB=700 $SHELL_UNDER_TEST "$SCRIPT" up >"$WORK/out" 2>"$WORK/err" </dev/null &
    UP_PID=$!
    set +m
    wait_for "a part of the film" part_is_there "$partial" || { cat "$WORK/err"; kill -9 -- "-$UP_PID"; return 1; }
    kill -9 -- "-$UP_PID"
    wait "$UP_PID" 2>/dev/null
    cat "$WORK/out" "$WORK/err" >>"$WORK/all-output"
    [ ! -e "$WORK/droplet/well" ] && are "$(head -n 1 "$FAILOVER_STATE_DIR/id")" 1001 &&
        wait_for "the part under its own name" test -s "$partial/a large film.bin" &&
        [ "$(wc -c <"$partial/a large film.bin")" -lt 3000000 ] && ends 0 down --dry-run && out_says 'would destroy 1001 life-os-failover$' && ends 1 status
}

part_is_there() {
    [ -n "$(find "$1" -name '.a large film.bin.*' -size +300k 2>/dev/null)" ]
}

recover_fails() {
    touch "$WORK/droplet/fault"
    ends 1 up && err_says '| the disk is full' && err_says "Step 'recover': recover.sh ended with 1" && err_says 'Next: cloud_failover.sh up' && ends 1 status &&
        are "$(calls create)" 1
}

goes_on() {
    ends 0 up && out_says '^life-os is up' && out_says '^address  127.0.0.1' && out_says '^cost     0.071430 USD an hour' && out_says '^took     [0-9]* s' &&
        err_says 'not sent: .*20260105_030000.sql.gz .*checksum' && err_says '| recover.sh ends' && err_says 'recover: done in [0-9]* s' &&
        are "$(calls create)" 1 && are "$(wc -l <"$WORK/droplet/runs" | tr -d ' ')" 2
}

files_arrived() {
    local there="$FAILOVER_REMOTE_DIR/life-os"
    diff -r -x @eaDir "$LIFEOS_HOME/output" "$there/output" && diff -r "$LIFEOS_HOME/data" "$there/data" &&
        diff -r "$SYNC_MIRROR_DIR/uploads" "$there/uploads" && [ ! -e "$there/output/@eaDir" ] && [ -d "$there/.git" ] &&
        are "$(cd "$there/backups/postgres" && echo *.sql.gz)" \
            "life_os_backup_20260101_030000.sql.gz life_os_backup_20260103_030000.sql.gz life_os_backup_20260104_030000.sql.gz life_os_backup_20260105_030000.sql.gz" &&
        (cd "$there/backups/postgres" && for sums in *.sha256; do sha256sum -c "$sums" || shasum -a 256 -c "$sums" || exit 1; done) &&
        [ -f "$there/backups/postgres/life_os_backup_20260104_030000.sql.gz.manifest.json" ]
}

# 1769860800 is 2026-01-31T12:00:00Z, 1772366400 is 2026-03-01T12:00:00Z.
files_are_as_old_as_their_commits() {
    are "$(date -r "$FAILOVER_REMOTE_DIR/life-os/presets/an old one.json" +%s)" 1769860800 &&
        are "$(date -r "$FAILOVER_REMOTE_DIR/life-os/presets/new.json" +%s)" 1772366400
}

secrets_are_private() {
    local file
    for file in secrets/lifeos_db_password secrets/git-credentials recover.env life-os/.env; do
        are "$(find "$FAILOVER_REMOTE_DIR/$file" -perm 600 | wc -l | tr -d ' ')" 1 || return 1
    done
    are "$(cat "$FAILOVER_REMOTE_DIR/secrets/lifeos_db_password")" "$LIFEOS_DB_PASSWORD" && grep -q -f "$WORK/canary" "$FAILOVER_REMOTE_DIR/life-os/.env" &&
        ! grep -q -f "$WORK/canary" "$FAILOVER_REMOTE_DIR/recover.env" "$FAILOVER_REMOTE_DIR/life-os/.git/config" &&
        are "$(find "$FAILOVER_STATE_DIR" -maxdepth 0 -perm 700 | wc -l | tr -d ' ')" 1
}

# ------------------------------------------------------------------------------------------------- running droplet --

test_running_droplet() {
    SHELL_UNDER_TEST='bash --posix'
    check "a second up takes the droplet and restores nothing over it" second_up
    check "who logs in is what was set, else what the user's own configuration says, else root" ssh_user_is_chosen
    check "status tells steps, age and cost, and ends with 0" status_is_told
    check "a changed host key stops up and status" host_key_changed
    check "status ends with 1 when life-os does not answer there" not_well
    check "up waits for SSH no longer than it was told" no_ssh
    start_sshd first
}

second_up() {
    ends 0 up && err_says 'taking the droplet 1001' && err_says 'nothing is restored over it' && are "$(calls create)" 1 &&
        are "$(wc -l <"$WORK/droplet/runs" | tr -d ' ')" 2
}

ssh_user_is_chosen() {
    local result
    mkdir -p "$HOME/.ssh"
    printf 'Host 127.0.0.1\n    User %s\nHost elsewhere\n    User somebody\n' "$FAILOVER_SSH_USER" >"$HOME/.ssh/config"
    ends 0 up && are "$(ssh_user_at elsewhere)" "$FAILOVER_SSH_USER" && unset FAILOVER_SSH_USER &&
        ends 0 up && are "$(ssh_user_at elsewhere)" somebody && are "$(ssh_user_at another)" root
    result=$?
    rm "$HOME/.ssh/config"
    return "$result"
}

ssh_user_at() {
    ssh -G -F "$FAILOVER_STATE_DIR/ssh_config" "$1" | sed -n 's/^user //p'
}

status_is_told() {
    ends 0 status && out_says '^droplet  1001' && out_says '^address  127.0.0.1' && out_says '^status   active' &&
        out_says '^steps    create ssh prepare code secrets backups folder-output .*recover health' && out_says '^age      0 h' &&
        out_says '^cost     0.071430 USD an hour, so far 0.07 USD' && out_says '^health   .* answers there'
}

host_key_changed() {
    stop_sshd
    start_sshd second
    ends 1 up && err_says 'host key .* is not the one that was pinned' && err_says 'Next: ' && ends 1 status
    local result=$?
    stop_sshd
    start_sshd first
    echo "$SSHD_PID" >"$WORK/sshd.pid"
    [ "$result" -eq 0 ] && ends 0 status
}

not_well() {
    rm "$WORK/droplet/well"
    ends 1 status && out_says 'does not answer there'
    local result=$?
    touch "$WORK/droplet/well"
    return "$result"
}

no_ssh() {
    local began=$SECONDS
    kill "$(cat "$WORK/sshd.pid")"
    FAILOVER_WAIT_SECONDS=5 ends 1 up && err_says "Step 'ssh': No SSH as .* in 5 s: .*refused" && [ $((SECONDS - began)) -lt 30 ]
}

# ------------------------------------------------------------------------------------------------------------ down --

test_down() {
    check "down asks for the name, and destroys nothing without it" down_asks
    check "a droplet that cannot be destroyed is told" not_destroyed
    check "down destroys ours alone and forgets it" down_destroys
    check "two of that name: up refuses, down destroys both" two_of_them
}

down_asks() {
    ends 1 down </dev/null && err_says '1001  life-os-failover  127.0.0.1' && ends 1 down <<<'life-os' && err_says 'Nothing was destroyed' &&
        ends 1 down <<<'life-os-failover-2' && are "$(calls delete)" 0
}

not_destroyed() {
    fault delete
    ends 1 down --yes && err_says 'Still there: 1001' && err_says 'goes on costing' && fault undeleted &&
        ends 1 down --yes && err_says 'doctl said: .*503' && err_says '1001 .* cannot be told' && { ! err_says 'Nothing was changed' >/dev/null || return 1; } &&
        [ -s "$FAILOVER_STATE_DIR/id" ]
    local result=$?
    no_fault
    return "$result"
}

# With a doctl that cannot be asked for a single one.
down_destroys() {
    fault unknown
    ends 0 down <<<'life-os-failover' && out_says '^destroyed 1001 life-os-failover$' && [ ! -e "$FAILOVER_STATE_DIR" ] &&
        are "$(awk '{ print $1 }' "$CLOUD/droplets")" 77 && ends 1 status && ends 0 down --yes
    local result=$?
    no_fault
    return "$result"
}

two_of_them() {
    printf '78  life-os-failover  127.0.0.1  active\n79  life-os-failover    new\n' >>"$CLOUD/droplets"
    ends 1 up && err_says 'several: 78 (life-os-failover), 79' && ends 1 status && ends 0 down <<<'life-os-failover' && err_says '79  life-os-failover' &&
        are "$(awk '{ print $1 }' "$CLOUD/droplets")" 77
}

# -------------------------------------------------------------------------------------------------------- creation --

# On a droplet without room for the files, which ends each up soon: what counts is the droplet.
test_creation() {
    SHELL_UNDER_TEST="sh"
    start_afresh
    local folder=$FAILOVER_REMOTE_DIR
    FAILOVER_REMOTE_DIR=/dev/null/files
    check "a creation that is refused is told, and down has nothing to do" creation_refused
    check "a creation whose answer is lost is found by its name" creation_lost
    start_afresh
    check "a creation that is not answered in time is found by its name" creation_late
    start_afresh
    check "Ctrl-C in the creation leaves what the next up and down find" creation_interrupted
    check "under the login of another account a droplet is not forgotten" another_account
    check "one that was destroyed while no list could be had is gone, even if doctl cannot be asked for it" list_came_late
    FAILOVER_REMOTE_DIR=$folder
}

creation_refused() {
    fault refused
    FAILOVER_WAIT_SECONDS=3 LIFEOS_DB_PASSWORD='' FAILOVER_LIFEOS_ENV=/dev/null ends 1 up && err_says '^cloud_failover: WARNING: the password' &&
        err_says '422.*limit' && err_says 'No droplet was made' && [ ! -e "$FAILOVER_STATE_DIR" ] && ends 0 down --yes && are "$(calls delete)" 0 &&
        : >"$CLOUD/calls"
}

creation_lost() {
    fault lost
    ends 1 up && err_says 'answered.*EOF.*looking' && err_says 'droplet 1001' && err_says "Step 'prepare': .*Not a directory" &&
        are "$(calls create)" 1 || return 1
    fault untold
    ends 1 down --yes && err_says '1001 .* cannot be told: .*500' && ends 1 up && err_says 'cannot be told' && are "$(calls create)" 1 || return 1
    fault unlisted
    ends 0 down --yes && out_says 'destroyed 1001'
    local result=$?
    no_fault
    [ "$result" -eq 0 ] && [ ! -s "$CLOUD/droplets" ]
}

creation_late() {
    fault late
    FAILOVER_WAIT_SECONDS=3 ends 1 up && err_says 'no answer in 3 s: looking\|no answer in 3 s).* looking' && err_says 'droplet 1001' && are "$(calls create)" 1 || return 1
    # destroyed by other hands
    : >"$CLOUD/droplets"
    fault words
    ends 0 down --yes && out_says 'There is no droplet' && [ ! -e "$FAILOVER_STATE_DIR" ]
}

creation_interrupted() {
    local code=0
    fault late
    set -m
    $SHELL_UNDER_TEST "$SCRIPT" up >"$WORK/out" 2>"$WORK/err" </dev/null &
    UP_PID=$!
    set +m
    wait_for "the droplet" grep -qs life-os-failover "$CLOUD/droplets" || return 1
    kill -INT -- "-$UP_PID"
    wait "$UP_PID" || code=$?
    are "$code" 130 && err_says "Interrupted in step 'create'" && err_says 'cloud_failover.sh up goes on' || return 1
    ends 1 up && err_says 'taking the droplet 1001' && are "$(calls create)" 1
}

another_account() {
    local arguments
    mv "$CLOUD/droplets" "$CLOUD/droplets.theirs"
    echo "Team 2" >"$CLOUD/team"
    for arguments in 'down --yes' 'down --dry-run' 'up'; do
        # shellcheck disable=SC2086 # words
        ends 1 $arguments && err_says 'droplet 1001 .* belongs to me@example.org, Team 1, abc-def, .* logged in as me@example.org, Team 2, abc-def,' || return 1
    done
    # nor that of a creation whose answer was lost
    mv "$FAILOVER_STATE_DIR/id" "$WORK/id"
    ends 1 down --yes && err_says 'The droplet of the last up belongs to me@example.org, Team 1' || return 1
    mv "$WORK/id" "$FAILOVER_STATE_DIR/id"
    mv "$CLOUD/droplets.theirs" "$CLOUD/droplets"
    # but one that both can see is anybody's
    ends 1 up && err_says 'taking the droplet 1001' && are "$(calls create)$(calls delete)" 10 && are "$(cat "$FAILOVER_STATE_DIR/account")" 'me@example.org, Team 2, abc-def'
}

list_came_late() {
    fault deaf
    ends 1 down --yes && err_says 'droplets cannot be listed' && fault unknown && ends 0 down --yes && [ ! -e "$FAILOVER_STATE_DIR" ]
    local result=$?
    no_fault
    return "$result"
}

# -------------------------------------------------------------------------------------------------------- recovery --

test_recovery() {
    start_afresh
    check "where the code has no recover.sh this project is sent, and its silence is waited for, bounded" project_is_sent
    check "the next up waits for the same run" waits_again
    check "an up that knows nothing of before restores nothing over it either" knows_without_state
}

project_is_sent() {
    local project="$WORK/a project"
    mkdir -p "$project/backup-api/target/quarkus-app/lib" "$project/backup-api/target/classes" "$project/secrets"
    cp -R "$ROOT/scripts" "$project/"
    make_recover "$project/scripts/recover.sh"
    touch "$project/docker-compose.yml" "$project/backup-api/target/quarkus-app/lib/a.jar" "$project/backup-api/target/classes/A.class" "$project/.env"
    echo "$CANARY" >"$project/secrets/backup_tokens"
    SCRIPT=$project/scripts/cloud_failover.sh
    printf "POSTGRES_PASSWORD=another\nLIFEOS_DB_PASSWORD=old\nLIFEOS_DB_PASSWORD=\"%s it's\"\n" "$CANARY" >"$WORK/life-os.env"
    unset LIFEOS_DB_PASSWORD
    export FAILOVER_LIFEOS_ENV="$WORK/life-os.env"
    touch "$WORK/droplet/silence"
    FAILOVER_WAIT_SECONDS=5 LIFEOS_REPO_URL=$WORK/bare-repository ends 1 up && err_says 'has not said a word for 5 s' &&
        err_says '^cloud_failover: This project is not built here: .* ./mvnw package -DskipTests' || return 1
    project=$FAILOVER_REMOTE_DIR/life-os-backup
    are "$(cat "$WORK/droplet/where")" "$project" && [ -f "$project/backup-api/target/quarkus-app/lib/a.jar" ] &&
        [ ! -e "$project/backup-api/target/classes" ] && [ ! -e "$project/.env" ] && [ ! -e "$project/secrets" ] &&
        are "$(cat "$FAILOVER_REMOTE_DIR/secrets/backup_tokens")" "$CANARY" && are "$(cat "$FAILOVER_REMOTE_DIR/secrets/lifeos_db_password")" "$CANARY it's" || return 1
    project=${SCRIPT%/scripts/*}
    mkdir -p "$project/backup-worker/target/quarkus-app"
    touch "$project/backup-api/target/quarkus-app/quarkus-run.jar" "$project/backup-worker/target/quarkus-app/quarkus-run.jar"
    ends 0 up --dry-run && { ! err_says 'not built here' >/dev/null || return 1; }
}

waits_again() {
    (wait_for "the look" grep -qs 'runs there already' "$WORK/err"; rm "$WORK/droplet/silence") &
    ends 0 up && are "$(wc -l <"$WORK/droplet/runs" | tr -d ' ')" 1 && err_says 'runs there already'
}

knows_without_state() {
    rm -r "$FAILOVER_STATE_DIR"
    ends 0 up && err_says 'taking the droplet 1001' && err_says 'nothing is restored over it' && are "$(wc -l <"$WORK/droplet/runs" | tr -d ' ')" 1
}

# ---------------------------------------------------------------------------------------- what recover.sh is told --

# The real recover.sh, up to the first thing that takes a real engine.
test_recover_settings() {
    MACHINE="$WORK/machine"
    mkdir "$MACHINE"
    cp -R "$ROOT/scripts" "$MACHINE/"
    printf "LIFEOS_HOME=\"%s\"\nSYNC_MIRROR_DIR='%s'\n" "$WORK/home of .env" "$WORK/a mirror" >"$MACHINE/.env"
    check "recover.sh takes quoted values from .env, a login out of an address, and asks for the database's password" login_is_taken_out
    check "recover.sh takes a token alone out of an address" token_is_taken_out
    check "recover.sh refuses a password that is not the one in its file, also where the file is named" password_differs
    check "recover.sh writes into .env what it was told" environment_is_kept
}

# recover_says SENTENCE: what it ends with.
recover_says() {
    local code=0
    (
        cd "$MACHINE"
        PATH="$WORK/droplet/bin:$PATH" scripts/recover.sh
    ) </dev/null >"$WORK/out" 2>"$WORK/err" || code=$?
    cat "$WORK/out" "$WORK/err" >>"$WORK/all-output"
    are "$code" 1 && err_says "$1"
}

# code_is_in FOLDER: all of it, and nothing secret.
code_is_in() {
    [ -f "$1/docker-compose.yml" ] && [ -f "$1/presets/new.json" ] && ! grep -f "$WORK/canary" "$1/.git/config"
}

login_is_taken_out() {
    unset LIFEOS_HOME SYNC_MIRROR_DIR LIFEOS_DB_PASSWORD
    recover_says "password of life-os's database is not known" && code_is_in "$WORK/home of .env" && [ ! -e "$MACHINE/secrets/lifeos_db_password" ]
}

token_is_taken_out() {
    unset LIFEOS_DB_PASSWORD
    export LIFEOS_HOME="$WORK/home by token" LIFEOS_REPO_URL="http://$CANARY@127.0.0.1:$WEB_PORT/repository/.git"
    recover_says "password of life-os's database is not known" && code_is_in "$LIFEOS_HOME"
}

password_differs() {
    echo another >"$MACHINE/secrets/lifeos_db_password"
    recover_says 'LIFEOS_DB_PASSWORD is not what .*secrets/lifeos_db_password holds' || return 1
    rm "$MACHINE/secrets/lifeos_db_password"
    echo another >"$WORK/password"
    LIFEOS_DB_PASSWORD_FILE=$WORK/password recover_says "LIFEOS_DB_PASSWORD is not what $WORK/password holds" &&
        LIFEOS_DB_PASSWORD_FILE=$WORK/none recover_says 'LIFEOS_DB_PASSWORD_FILE cannot be read'
}

environment_is_kept() {
    rm "$MACHINE/.env"
    echo "else:admin:$CANARY" >"$WORK/tokens"
    BACKUP_TOKENS_FILE=$WORK/tokens LIFEOS_DB_NAME=studio LIFEOS_DB_HOST=db recover_says 'has no service postgres' &&
        are "$(cat "$MACHINE/.env")" "LIFEOS_HOME=$LIFEOS_HOME
LIFEOS_UID=$(id -u)
LIFEOS_GID=$(id -g)
SYNC_MIRROR_DIR=$SYNC_MIRROR_DIR
LIFEOS_DB_HOST=db
LIFEOS_DB_NAME=studio
BACKUP_TOKENS_FILE=$WORK/tokens" && are "$(find "$MACHINE/.env" -perm 600 | wc -l | tr -d ' ')$(find "$MACHINE/secrets/lifeos_db_password" -perm 400 | wc -l | tr -d ' ')" 11
}

# --------------------------------------------------------------------------------------------------------- secrets --

# That the watch sees a process of ours shows that it would have seen others.
no_secret_was_seen() {
    grep -f "$WORK/canary" "$WORK/arguments" "$CLOUD/calls" "$WORK/all-output" && return 1
    grep -q 'git-remote-http' "$WORK/arguments" || echo "(git was too quick to be watched)"
    (exec -a "shown-$CANARY" sleep 1) &
    wait_for "the watch" grep -qs "SEEN shown-$CANARY" "$WORK/arguments"
}

main
