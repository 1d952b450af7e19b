# shellcheck shell=sh
# shellcheck disable=SC2015,SC2016 # what follows || is for both; quotes for people
# shellcheck disable=SC2034 # the other parts read the settings
# For cloud_failover.sh: its settings, what it remembers between two calls, and how it waits and ends.
#
# In FAILOVER_STATE_DIR (mode 700): `asked` when a droplet was asked for, written before the call, so that one whose answer
# is lost is looked for; `account` whose it is; `id`, `address`, `created`, `hourly`; `known_hosts` its pinned host key;
# `ssh_config` to log in with; `steps` what is finished, a line each; `deleted` what down had destroyed; `lock` who is at work.

NAME=cloud_failover DROPLET=life-os-failover
STEP='' STEP_BEGAN=0 WORK='' CHILD='' LOCKED=false LEFT_OUT='' OBJECTION=''
ID='' ADDRESS='' DROPLET_STATUS='' HOURLY='' ACCOUNT=''

failover_start() {
    umask 077
    LC_ALL=C # what tools say is looked at, and values may hold any bytes
    export LC_ALL
    trap failover_end EXIT
    trap 'interrupted 129' HUP
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM
    WAIT=${FAILOVER_WAIT_SECONDS:-600}
    case $WAIT in
        0 | *[!0-9]* | ???????*) fail "FAILOVER_WAIT_SECONDS must be a number of seconds, not '$WAIT'." ;;
    esac
    STATE_DIR=${FAILOVER_STATE_DIR:-$HOME/.life-os-failover}
    case $STATE_DIR in
        /*) ;;
        *) STATE_DIR=$PWD/$STATE_DIR ;;
    esac
    IMAGE=${FAILOVER_IMAGE:-docker-20-04}
    SIZE=${FAILOVER_SIZE:-s-4vcpu-8gb}
    REGION=${FAILOVER_REGION:-nyc3}
    SSH_KEYS=${FAILOVER_SSH_KEYS:-}
    SSH_USER=${FAILOVER_SSH_USER:-} # none: as ~/.ssh/config says, else root
    SSH_AS=${SSH_USER:-root or the user of ~/.ssh/config}
    REMOTE_DIR=${FAILOVER_REMOTE_DIR:-/opt/life-os-failover}
    BRANCH=${FAILOVER_BRANCH:-}
    HEALTH_URL=${FAILOVER_HEALTH_URL:-http://localhost:8000/health}
    parent=${TMPDIR:-/tmp}
    WORK=$(mktemp -d "${parent%/}/life-os-failover.XXXXXX") || fail "No temporary folder could be made in $parent: set TMPDIR."
    WORK=$(cd "$WORK" && pwd)
}

failover_end() {
    trap - EXIT HUP INT TERM
    stop_child
    close_connection
    close_state
    [ -z "$WORK" ] || rm -rf "$WORK"
}

interrupted() {
    trap '' HUP INT TERM
    stop_child
    say "Interrupted${STEP:+ in step '$STEP'}."
    say_next
    exit "$1"
}

# ----------------------------------------------------------------------------------------------------------- words --

say() {
    printf '%s: %s\n' "$NAME" "$1" >&2
}

# fail SENTENCE [NEXT]: names the step, and what to do next.
fail() {
    say "${STEP:+Step '$STEP': }$1"
    if [ -n "${2-}" ]; then say "$2"; fi
    say_next
    exit 1
}

say_next() {
    case ${COMMAND-}:$DRY_RUN in
        up:false) ;;
        down:false)
            say "Next: cloud_failover.sh down, again. What was not destroyed goes on costing money."
            return 0
            ;;
        *) return 0 ;;
    esac
    if [ -e "${STATE_DIR-}/asked" ]; then
        say "Next: cloud_failover.sh up goes on from here; cloud_failover.sh down ends it. The droplet costs money as long as it exists."
    else
        say "No droplet was made. Next: cloud_failover.sh up, again."
    fi
}

begin_step() {
    STEP=$1 STEP_BEGAN=$(date +%s)
    say "$STEP ..."
}

# Said with its time, and remembered where there is a place for it.
end_step() {
    say "$STEP: done in $(($(date +%s) - STEP_BEGAN)) s"
    if $LOCKED && [ "$STEP" != check ] && ! step_is_done "$STEP"; then
        echo "$STEP" >>"$STATE_DIR/steps"
    fi
    STEP=''
}

step_is_done() {
    [ -r "$STATE_DIR/steps" ] && grep -q -x -e "$1" "$STATE_DIR/steps"
}

steps_done() {
    if [ -s "$STATE_DIR/steps" ]; then tr '\n' ' ' <"$STATE_DIR/steps"; else echo "none"; fi
}

need_tools() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail "$tool is missing: $(how_to_install "$tool")."
    done
}

how_to_install() {
    case $1:$(uname -s) in
        doctl:Darwin) echo "brew install doctl, then doctl auth init" ;;
        doctl:*) echo "https://docs.digitalocean.com/reference/doctl/how-to/install/, then doctl auth init" ;;
        *:Darwin) echo "brew install $1" ;;
        ssh:*) echo "install the package openssh-client" ;;
        *) echo "install the package $1" ;;
    esac
}

# ----------------------------------------------------------------------------------------------------------- state --

open_state() {
    mkdir -p "$STATE_DIR" && chmod 700 "$STATE_DIR" || fail "The folder $STATE_DIR cannot be made: set FAILOVER_STATE_DIR."
    if mkdir "$STATE_DIR/lock" 2>/dev/null; then
        echo "$$" >"$STATE_DIR/lock/pid"
    else
        take_over_lock
    fi
    # what was seen before one's own name was in it may be over
    refuse_holder
    lock_is_ours || refuse_lock
    LOCKED=true
}

# The lock of a process that was killed stays where it is, so that nobody takes a new one meanwhile: whoever adds the next name,
# a link, which comes whole and once, has it.
take_over_lock() {
    naps=0
    while [ ! -s "$STATE_DIR/lock/pid" ] && [ "$naps" -lt 12 ]; do nap; done # it may just be made
    refuse_holder
    ln -s "$$" "$STATE_DIR/lock/$next" 2>/dev/null && return 0
    refuse_holder
    refuse_lock
}

# Sets names, the processes in the lock, and next, the number of the next one.
read_lock() {
    next=1
    names=$(cat "$STATE_DIR/lock/pid" 2>/dev/null) || names=''
    while [ -L "$STATE_DIR/lock/$next" ]; do
        names="$names $(readlink "$STATE_DIR/lock/$next" || true)"
        next=$((next + 1))
    done
}

refuse_holder() {
    read_lock
    for name in $names; do
        if [ "$name" != "$$" ] && kill -0 "$name" 2>/dev/null; then refuse_lock " (process $name)"; fi
    done
}

lock_is_ours() {
    read_lock
    case " $names " in
        *" $$ "*) ;;
        *) return 1 ;;
    esac
}

refuse_lock() {
    say "Another cloud_failover.sh is at work${1-}. Let it end, or end it; if it is something else: rm -r '$STATE_DIR/lock'"
    exit 1
}

# In one move, and only when it is ours: by hand it may have been taken away and made anew.
close_state() {
    $LOCKED || return 0
    LOCKED=false
    if lock_is_ours && mv "$STATE_DIR/lock" "$STATE_DIR/lock.$$" 2>/dev/null; then rm -rf "$STATE_DIR/lock.$$"; fi
    rmdir "$STATE_DIR" 2>/dev/null || true # when there was nothing to remember
}

remember() {
    printf '%s\n' "$2" >"$STATE_DIR/$1.new" && mv "$STATE_DIR/$1.new" "$STATE_DIR/$1" || fail "The folder $STATE_DIR cannot be written."
}

recall() {
    if [ -r "$STATE_DIR/$1" ]; then head -n 1 "$STATE_DIR/$1"; fi
}

# What was true of a droplet that is gone.
forget_droplet() {
    (cd "$STATE_DIR" && rm -f asked account id address created hourly known_hosts ssh_config steps deleted)
}

forget_state() {
    forget_droplet
    close_state
}

# --------------------------------------------------------------------------------------------------------- waiting --

# run SECONDS COMMAND…: bounded (0: not), without holding up a signal. Reads the file $INPUT, leaves its output in the files
# out and err of $WORK; its exit code, or 124 when the time ran out.
run() {
    limit=$1
    shift
    "$@" <"${INPUT:-/dev/null}" >"$WORK/out" 2>"$WORK/err" &
    CHILD=$!
    deadline=$(($(date +%s) + limit)) naps=0
    while kill -0 "$CHILD" 2>/dev/null; do
        if [ "$limit" -gt 0 ] && [ "$(date +%s)" -ge "$deadline" ]; then
            stop_child
            echo "no end of it after $limit s; FAILOVER_WAIT_SECONDS is $WAIT" >>"$WORK/err"
            return 124
        fi
        nap
    done
    ended=0
    wait "$CHILD" || ended=$?
    CHILD=''
    return "$ended"
}

# For run: as rsync cuts its command at blanks, no path goes into it.
in_state_folder() {
    cd "$STATE_DIR" && exec "$@"
}

# Short at first. A sleep that knows whole seconds only does as well. Nothing but the sleep is kept quiet: a trap would be too.
nap() {
    naps=$((naps + 1))
    case $naps in
        ?) short=0.03 ;;
        1?) short=0.1 ;;
        *) short=0.5 ;;
    esac
    sleep "$short" 2>/dev/null || sleep 1
}

stop_child() {
    [ -n "$CHILD" ] || return 0
    kill "$CHILD" 2>/dev/null || true
    naps=0
    while [ "$naps" -lt 20 ] && kill -0 "$CHILD" 2>/dev/null; do nap; done
    kill -9 "$CHILD" 2>/dev/null || true
    wait "$CHILD" 2>/dev/null || true
    CHILD=''
}

pause() {
    INPUT='' run 0 sleep "$1" || true
}

# The last words of what was run, in one line.
why_not() {
    words=$(cat "$WORK/err" "$WORK/out" 2>/dev/null | grep -v -e '^ *$' -e '^Warning: Permanently added' -e '^[@*]' | tail -n 1) || true
    printf '%s' "${words:-no answer}"
}
