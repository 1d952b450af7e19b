# shellcheck shell=sh
# shellcheck disable=SC2034 # the other parts read what is set here
# For cloud_failover.sh: is the primary away, the run of recover.sh on the droplet, and is life-os well there.

# ask_url SECONDS URL: the HTTP status, 000 without an answer. A certificate that is out of date is an answer too; what a proxy
# says of a dead host is none, so none is asked. The URL goes through standard input: it may hold a secret.
ask_url() {
    printf 'url = "%s"\n' "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')" >"$WORK/url"
    INPUT=$WORK/url
    run "$(($1 + 5))" curl -q -sS -g -k -K - -o /dev/null -w '%{http_code}' --noproxy '*' --connect-timeout "$1" --max-time "$1" || true
    INPUT=''
    http_status=$(cut -c 1-3 "$WORK/out")
    [ -n "$http_status" ] || http_status=000
}

# Two at once would both be written to, and one that answers with an error may be as well. 502 and 504 are a proxy's words for
# somebody who does not answer.
check_primary() {
    if [ -z "${LIFEOS_HEALTH_URL:-}" ]; then
        say "LIFEOS_HEALTH_URL is not set: nobody looks whether the primary still answers."
        return 0
    fi
    need_tools curl
    for try in 1 2 3; do
        ask_url 10 "$LIFEOS_HEALTH_URL"
        case $http_status in
            000 | 502 | 504) ;;
            *)
                OBJECTION="the primary still answers at LIFEOS_HEALTH_URL (HTTP $http_status). Both would be written to."
                break
                ;;
        esac
        [ "$try" -eq 3 ] || pause 1
    done
    if [ -z "$OBJECTION" ]; then
        say "the primary does not answer (HTTP $http_status)"
    elif $FORCE; then
        say "$OBJECTION Going on by --force."
        OBJECTION=''
    elif ! $DRY_RUN; then
        fail "T${OBJECTION#t}" "Stop it first, or if that is meant: cloud_failover.sh up --force"
    fi
}

# Sets RECOVERY: none, running, or ended CODE. The droplet knows, whoever asks: a recovery that is over is never done again, because
# people have worked there since.
read_recovery() {
    script_begin dir "$REMOTE_DIR"
    cat >>"$WORK/script" <<'END'
main() {
    if ! cd "$dir" 2>/dev/null || [ ! -f recover.pid ]; then echo none; return; fi
    read -r pid boot <recover.pid
    if [ ! -f recover.code ]; then
        if [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none)" ] && kill -0 "$pid" 2>/dev/null; then
            echo running
            return
        fi
        sleep 1 # it may just have ended
    fi
    if [ -f recover.code ]; then echo "ended $(cat recover.code)"; else echo "ended killed"; fi
}
main
END
    remote "$WAIT" || fail "The droplet cannot be asked: $(why_not)"
    RECOVERY=$(head -n 1 "$WORK/out")
}

# It goes on there when the connection breaks, and a second up waits for the same run.
recover() {
    begin_step recover
    case $RECOVERY in
        "ended 0") ;;
        running) await_recover ;;
        *)
            start_recover
            await_recover
            ;;
    esac
    end_step
}

start_recover() {
    script_begin dir "$REMOTE_DIR" service "$SERVICE"
    cat >>"$WORK/script" <<'END'
main() {
    cd "$dir"
    rm -f recover.code
    cat >run-recover.sh <<'RUN'
cd "$(dirname "$0")"
code=0
(
    set -a
    LIFEOS_UID=$(id -u)
    LIFEOS_GID=$(id -g)
    . ./recover.env
    for secret in secrets/[a-z]*_*; do
        [ ! -f "$secret" ] || eval "$(echo "${secret#*/}" | tr '[:lower:]' '[:upper:]')_FILE=\$PWD/\$secret"
    done
    set +a
    cd "$1" || exit 1
    if [ -x scripts/recover.sh ]; then scripts/recover.sh; else sh scripts/recover.sh; fi
) || code=$?
echo "$code" >recover.code.new
mv recover.code.new recover.code
RUN
    if command -v setsid >/dev/null; then set -- setsid sh; else set -- sh; fi
    nohup "$@" ./run-recover.sh "$service" </dev/null >recover.log 2>&1 &
    echo "$! $(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none)" >recover.pid
}
main
END
    remote "$WAIT" || fail "recover.sh could not be started: $(why_not)"
    say "recover.sh runs on the droplet; its words:"
}

# Bounded by its silence, not by its length: images are built and models may be pulled.
await_recover() {
    read_bytes=0 between=1 until_then=$(($(date +%s) + WAIT))
    while true; do
        script_begin dir "$REMOTE_DIR" from "$read_bytes"
        cat >>"$WORK/script" <<'END'
cd "$dir"
state=running
read -r pid boot <recover.pid
if [ -f recover.code ]; then
    state="ended $(cat recover.code)"
elif ! kill -0 "$pid" 2>/dev/null; then
    sleep 1
    if [ -f recover.code ]; then state="ended $(cat recover.code)"; else state="ended killed"; fi
fi
size=$(wc -c <recover.log | tr -d ' ')
echo "$state $size"
tail -c "+$((from + 1))" recover.log | head -c "$((size - from))"
END
        if remote "$WAIT"; then
            read -r recover_state rest <"$WORK/out"
            sed 1d "$WORK/out" | sed 's/^/  | /' >&2
            size=${rest##* }
            if [ "$size" -gt "$read_bytes" ]; then
                read_bytes=$size until_then=$(($(date +%s) + WAIT))
            fi
            case $recover_state:${rest%% *} in
                ended:0) return 0 ;;
                ended:*) fail "recover.sh ended with ${rest%% *}." \
                    "All its words: ssh -F '$STATE_DIR/ssh_config' $ADDRESS cat $REMOTE_DIR/recover.log" ;;
            esac
        else
            say "the droplet cannot be asked: $(why_not)"
        fi
        [ "$(date +%s)" -lt "$until_then" ] || fail "recover.sh has not said a word for $WAIT s." \
            "It goes on there, and cloud_failover.sh up waits for it again. Look: ssh -F '$STATE_DIR/ssh_config' $ADDRESS tail -f $REMOTE_DIR/recover.log"
        pause "$between"
        between=2
    done
}

# ---------------------------------------------------------------------------------------------------------- health --

ask_health() {
    script_begin url "$HEALTH_URL"
    cat >>"$WORK/script" <<'END'
printf 'url = "%s"\n' "$(printf '%s' "$url" | sed 's/[\\"]/\\&/g')" |
    curl -q -fsS -g -K - -o /dev/null --noproxy '*' --connect-timeout 5 --max-time 10
END
    remote "${1-$WAIT}"
}

await_health() {
    begin_step health
    until_then=$(($(date +%s) + WAIT)) told='' between=1
    until ask_health 30; do
        words=$(why_not)
        [ "$words" = "$told" ] || say "not yet: $words"
        told=$words
        [ "$(date +%s)" -lt "$until_then" ] || fail "life-os does not answer at $HEALTH_URL on the droplet: $words" \
            "Look: ssh -F '$STATE_DIR/ssh_config' $ADDRESS docker ps -a"
        pause "$between"
        between=2
    done
    end_step
}

# For status: never the first contact.
droplet_answers() {
    : >"$WORK/err"
    : >"$WORK/out"
    [ "$DROPLET_STATUS" = active ] && [ "$ADDRESS" != - ] && [ -s "$STATE_DIR/known_hosts" ] || return 1
    ask_health 30
}
