# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2119,SC2120 # text for the shell over there; the other parts read, and pass, what is set here
# For cloud_failover.sh: talking to the droplet by ssh, with a host key of its own that is pinned at the first contact.
#
# A script for the droplet goes through ssh's standard input, values and secrets at its head: nothing of it is an argument.
# All goes through one connection, because the firewall of DigitalOcean's Docker image refuses the sixth in 30 seconds.

CONNECTED_TO='' SOCKET=''

# An own file of settings: what it says goes before ~/.ssh/config, which may still say how to reach the agent, and as whom to log
# in when that was not said here. That file by its path, because for ssh ~ is what the system says, not HOME.
write_ssh_config() {
    if [ -s "$STATE_DIR/known_hosts" ]; then strictness=yes; else strictness=accept-new; fi
    {
        echo "# Written by cloud_failover.sh up."
        echo "Host *"
        [ -z "$SSH_USER" ] || echo "    User $SSH_USER"
        [ -z "${FAILOVER_SSH_PORT:-}" ] || echo "    Port $FAILOVER_SSH_PORT"
        if [ -n "${FAILOVER_SSH_KEY:-}" ]; then
            echo "    IdentityFile \"$FAILOVER_SSH_KEY\""
            echo "    IdentitiesOnly yes"
        fi
        echo "    BatchMode yes"
        echo "    ConnectTimeout 10"
        echo "    ServerAliveInterval 15"
        echo "    ServerAliveCountMax 4"
        echo "    HostKeyAlias $DROPLET-$ID"
        echo "    UserKnownHostsFile \"$STATE_DIR/known_hosts\""
        echo "    GlobalKnownHostsFile /dev/null"
        echo "    StrictHostKeyChecking $strictness"
        echo "    UpdateHostKeys no"
        echo "    ForwardAgent no"
        if [ -n "${HOME:-}" ]; then echo "Include \"$HOME/.ssh/config\""; else echo "Include ~/.ssh/config"; fi
        echo "Match all" # and not in the last Host of that file
        echo "    User root"
    } >"$STATE_DIR/ssh_config"
}

# remote SECONDS: runs the file `script` of $WORK there. Exit code: the script's, 255 no connection, 124 out of time.
remote() {
    INPUT=$WORK/script
    share_connection
    code=0
    run "$1" in_state_folder ssh -F ./ssh_config -o ControlMaster=auto -o "ControlPath=$SOCKET" -o ControlPersist=60 "$ADDRESS" sh -s || code=$?
    INPUT=''
    if [ "$code" -eq 255 ]; then check_host_key; fi
    return "$code"
}

# With the agent, for code that only ssh can fetch, in a connection of its own.
remote_with_agent() {
    INPUT=$WORK/script
    code=0
    run "$1" in_state_folder ssh -F ./ssh_config -o ControlPath=none -o ForwardAgent=yes "$ADDRESS" sh -s || code=$?
    INPUT=''
    if [ "$code" -eq 255 ]; then check_host_key; fi
    return "$code"
}

# The command that holds the lock has one connection; others, as status, have each their own and do not end that.
share_connection() {
    SOCKET=none
    ! $LOCKED || CONNECTED_TO=$ADDRESS SOCKET=./ssh-$ID.socket
}

close_connection() {
    if [ -n "$CONNECTED_TO" ]; then
        (in_state_folder ssh -F ./ssh_config -o "ControlPath=$SOCKET" -O exit "$CONNECTED_TO") </dev/null >/dev/null 2>&1 || true
        CONNECTED_TO=''
    fi
}

check_host_key() {
    if grep -q -e 'HOST IDENTIFICATION HAS CHANGED' -e 'Host key verification failed' "$WORK/err"; then
        fail "The host key of $ADDRESS is not the one that was pinned: somebody may be in between, or the droplet was built anew. Nothing was sent." \
            "If you built it anew yourself: rm '$STATE_DIR/known_hosts' '$STATE_DIR/steps', else destroy it: cloud_failover.sh down"
    fi
}

# script_begin NAME VALUE…: a new script that begins with these values; its text is appended by the caller.
script_begin() {
    echo 'set -eu' >"$WORK/script"
    while [ $# -gt 1 ]; do
        printf "%s='%s'\n" "$1" "$(printf '%s' "$2" | sed "s/'/'\\\\''/g")" >>"$WORK/script"
        shift 2
    done
}

# While a droplet starts, its sshd refuses, or answers everybody with a request to wait. So what counts is an echo.
await_connection() {
    begin_step ssh
    write_ssh_config
    until_then=$(($(date +%s) + WAIT)) told='' between=2
    while true; do
        script_begin
        echo 'echo "life-os-$((40 + 2))"' >>"$WORK/script"
        seconds=$((until_then - $(date +%s)))
        [ "$seconds" -ge 1 ] || seconds=1
        if remote "$seconds" && grep -q -x 'life-os-42' "$WORK/out"; then break; fi
        words=$(why_not)
        [ "$words" = "$told" ] || say "not yet: $words"
        told=$words
        [ "$(date +%s)" -lt "$until_then" ] || no_connection
        pause "$between"
        between=7
    done
    write_ssh_config
    end_step
}

no_connection() {
    case $told in
        *'Permission denied'*)
            fail "The droplet takes none of this machine's SSH keys." \
                "Its keys are those of the account when it was made ($SSH_KEYS). Load yours (ssh-add), or set FAILOVER_SSH_KEY to the file of one of them. It was asked for as $SSH_AS; another user: FAILOVER_SSH_USER."
            ;;
        *) fail "No SSH as $SSH_AS to $ADDRESS in $WAIT s: $told" ;;
    esac
}
