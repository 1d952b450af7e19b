#!/bin/sh
# Brings life-os up on a DigitalOcean droplet while its own machine is down, and takes the droplet away again.
#
#   cloud_failover.sh up|status|down [--dry-run] [--yes] [--force]
#
# The result is on standard output, progress on standard error. Exit codes: 0 / 1. A broken `up` goes on where it stopped
# when it is called again; `down` finds the droplet by what `up` wrote down and by its name. docs/failover.md has the settings.
set -eu

# shellcheck disable=SC1007 # an empty value
self=$0 link=
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in
        /*) self=$link ;;
        *) self=$(dirname "$self")/$link ;;
    esac
done
SCRIPTS=$(unset CDPATH && cd "$(dirname "$self")" && pwd -P)
for part in state droplet connection sources sending recovery; do
    if [ ! -r "$SCRIPTS/support/failover/$part.sh" ]; then
        echo "cloud_failover: $SCRIPTS/support/failover/$part.sh is missing; copy the whole folder scripts/." >&2
        exit 1
    fi
done
# shellcheck source=scripts/support/failover/state.sh
. "$SCRIPTS/support/failover/state.sh"
# shellcheck source=scripts/support/failover/droplet.sh
. "$SCRIPTS/support/failover/droplet.sh"
# shellcheck source=scripts/support/failover/connection.sh
. "$SCRIPTS/support/failover/connection.sh"
# shellcheck source=scripts/support/failover/sources.sh
. "$SCRIPTS/support/failover/sources.sh"
# shellcheck source=scripts/support/failover/sending.sh
. "$SCRIPTS/support/failover/sending.sh"
# shellcheck source=scripts/support/failover/recovery.sh
. "$SCRIPTS/support/failover/recovery.sh"

usage() {
    cat <<'END'
Usage: cloud_failover.sh up|status|down [--dry-run] [--yes] [--force]

up      creates the droplet life-os-failover or takes the one that is there, sends code, backups and folders, restores, starts
        and checks life-os, and prints its address and what it costs. Asks nothing. Call it again when it broke off.
status  prints what is there, what was done and what it costs; 0 when life-os answers on the droplet.
down    shows what it would destroy, asks for the droplet's name, and destroys it with all that is on it.

--dry-run  shows what would be done and changes nothing
--yes      down: does not ask
--force    up: also while the primary still answers at LIFEOS_HEALTH_URL

Exit codes: 0 done, 1 not done; the last lines say why and what to do next. Needs doctl (logged in), ssh and rsync, and curl for LIFEOS_HEALTH_URL.
Reads LIFEOS_HOME or SYNC_MIRROR_DIR, LIFEOS_REPO_URL, LIFEOS_HEALTH_URL and FAILOVER_WAIT_SECONDS (600: how long it waits for
something without a sign of life); docs/failover.md has the others.
END
}

main() {
    read_arguments "$@"
    failover_start
    case $COMMAND in
        up) up ;;
        status) status ;;
        down) down ;;
    esac
}

read_arguments() {
    COMMAND='' DRY_RUN=false YES=false FORCE=false
    for argument in "$@"; do
        case $argument in
            up | status | down)
                [ -z "$COMMAND" ] || usage_error
                COMMAND=$argument
                ;;
            --dry-run) DRY_RUN=true ;;
            --yes) YES=true ;;
            --force) FORCE=true ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) usage_error ;;
        esac
    done
    [ -n "$COMMAND" ] || usage_error
}

usage_error() {
    usage >&2
    exit 1
}

# -------------------------------------------------------------------------------------------------------------- up --

up() {
    began=$(date +%s)
    if ! $DRY_RUN; then open_state; fi
    check_up
    if $DRY_RUN; then
        print_plan
        return 0
    fi
    have_droplet
    await_connection
    read_recovery
    case $RECOVERY in
        "ended 0") say "life-os was restored there before: nothing is sent, and nothing is restored over it." ;;
        running) say "recover.sh runs there already: nothing is sent." ;;
        *)
            prepare_droplet
            send_code
            send_secrets
            send_backups
            send_folders
            send_service
            ;;
    esac
    recover
    await_health
    print_result
}

# Whatever can be known to fail is known before a droplet costs anything.
check_up() {
    begin_step check
    need_tools doctl ssh rsync
    check_settings
    choose_sources
    find_good_backups
    check_login
    read_price
    read_ssh_keys
    find_droplet
    check_primary
    if ! was_recovered; then
        warn_of_password
        warn_of_build
    fi
    end_step
}

# As far as is known from here.
was_recovered() {
    [ -n "$ID" ] && [ "$ID" = "$(recall id)" ] && step_is_done recover
}

print_plan() {
    echo "What up would do; nothing was changed:"
    [ -z "$OBJECTION" ] || echo "It would refuse: $OBJECTION"
    if [ -n "$ID" ]; then
        echo "1. take the droplet $DROPLET that is there: $ID, $ADDRESS, $DROPLET_STATUS"
    else
        echo "1. create the droplet $DROPLET: image $IMAGE, size $SIZE, region $REGION, SSH keys $SSH_KEYS; $(cost_sentence)"
    fi
    echo "2. wait for SSH as $SSH_AS for at most $WAIT s, and pin its host key in $STATE_DIR"
    echo "3. clone $REPOSITORY${BRANCH:+, branch $BRANCH,} into $REMOTE_DIR/life-os on the droplet"
    if was_recovered; then
        echo "4. send and restore nothing: life-os was restored there before"
        return 0
    fi
    echo "4. send these backups:"
    print_backups
    echo "5. send these folders:"
    print_folders
    echo "6. start the stack, restore and check with recover.sh; wait for $HEALTH_URL on the droplet"
}

print_result() {
    echo "life-os is up on the droplet $DROPLET ($ID)"
    echo "address  $ADDRESS"
    echo "health   $HEALTH_URL answers there"
    echo "cost     $(cost_sentence), until 'cloud_failover.sh down'"
    echo "log in   ssh -F '$STATE_DIR/ssh_config' $ADDRESS"
    echo "took     $(($(date +%s) - began)) s"
    [ -z "$LEFT_OUT" ] || echo "not sent $LEFT_OUT"
}

# ---------------------------------------------------------------------------------------------------------- status --

status() {
    need_tools doctl ssh
    check_login
    list_droplets
    if [ ! -s "$WORK/ours" ]; then
        echo "There is no droplet $DROPLET."
        exit 1
    fi
    answers=false
    while read -r ID ADDRESS DROPLET_STATUS its_name; do
        print_droplet
    done <"$WORK/ours"
    $answers
}

print_droplet() {
    echo "droplet  $ID ($its_name)"
    echo "address  $ADDRESS"
    echo "status   $DROPLET_STATUS"
    if [ "$ID" != "$(recall id)" ]; then
        echo "steps    unknown: it was not made from here, or its making was not written down; 'up' takes it"
        return 0
    fi
    echo "steps    $(steps_done)"
    HOURLY=$(recall hourly)
    age=$(($(date +%s) - $(recall created)))
    echo "age      $((age / 3600)) h $((age % 3600 / 60)) min"
    echo "cost     $(cost_sentence), so far $(cost_so_far "$age")"
    if droplet_answers; then
        echo "health   $HEALTH_URL answers there"
        answers=true
    else
        echo "health   $HEALTH_URL does not answer there: $(why_not)"
    fi
}

# ------------------------------------------------------------------------------------------------------------ down --

down() {
    begin_step down
    need_tools doctl
    check_login
    if ! $DRY_RUN; then open_state; fi
    list_droplets
    if [ ! -s "$WORK/ours" ] && [ -n "$(recall asked)" ] && ! $DRY_RUN; then look_for_lost_droplet || true; fi
    if [ ! -s "$WORK/ours" ]; then
        if ! $DRY_RUN; then forget_state; fi
        echo "There is no droplet $DROPLET: nothing to destroy, nothing that costs."
        return 0
    fi
    echo "To be destroyed, with everything on them:" >&2
    awk '{ printf "  %s  %s  %s  (%s)\n", $1, $4, $2, $3 }' "$WORK/ours" >&2
    if $DRY_RUN; then
        awk '{ print "would destroy " $1 " " $4 }' "$WORK/ours"
        return 0
    fi
    $YES || ask_for_name
    destroy_droplets
    forget_state
}

ask_for_name() {
    printf 'What life-os wrote there since is lost too, unless you brought it home.\nName of the droplet: ' >&2
    answer=''
    IFS= read -r answer || true
    if [ "$answer" != "$DROPLET" ]; then
        say "That is not $DROPLET. Nothing was destroyed, and it goes on costing money."
        exit 1
    fi
}

main "$@"
