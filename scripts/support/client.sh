# shellcheck shell=sh
# A client of the backup service, for the scripts beside this folder: POSIX sh (dash, bash 3.2) and curl 7.64 are enough.
#
#   client_start NAME            settings, temporary folder, signals; says what is missing and returns 1
#   start_job WHAT PATH BODY     asks for a job, once however often the answer gets lost; sets JOB and STATUS
#   await_job                    waits for its end, however long that takes; sets FILE
#   service_has PATH             asks whether there is such a thing; sets STATUS
#   client_end                   removes what client_start made
#
# start_job, await_job and service_has return 0 when it is well, 1 when the service said no or the job failed, 2 when
# the service could not be reached. They have then said so on stderr.
#
#   BACKUP_API_URL               default http://localhost:8085
#   BACKUP_API_TOKEN             or BACKUP_API_TOKEN_FILE, a file that holds it
#   BACKUP_API_PATIENCE_SECONDS  for how long in a row the service may be away; default 300
#
# Nothing here decides by JSON: states come from the last line of a job's text, everything else from status codes.

API='' TOKEN='' PATIENCE=300 FIRST_PATIENCE=10
NAME='' CLIENT_DIR='' CURL_PID='' QUIET=false SAID=''
JOB='' STATE='' RESULT_ID='' FILE='' STATUS=''
LONGEST_WAIT=30 # seconds; shorter than proxies usually let an answer take

client_start() {
    NAME=$1
    trap 'client_interrupted 129' HUP
    trap 'client_interrupted 130' INT
    trap 'client_interrupted 143' TERM
    trap client_end EXIT
    if ! command -v curl >/dev/null; then
        say "curl is missing: install it."
        return 1
    fi
    API=${BACKUP_API_URL:-http://localhost:8085}
    API=${API%/}
    PATIENCE=${BACKUP_API_PATIENCE_SECONDS:-300}
    case $PATIENCE in
        *[!0-9]* | ???????*)
            say "BACKUP_API_PATIENCE_SECONDS must be a number of seconds, not '$PATIENCE'."
            return 1
            ;;
    esac
    [ "$PATIENCE" -ge "$FIRST_PATIENCE" ] || FIRST_PATIENCE=$PATIENCE
    read_token || return 1
    parent=${TMPDIR:-/tmp}
    CLIENT_DIR=$(mktemp -d "${parent%/}/life-os-client.XXXXXX") || return 1
}

read_token() {
    if [ -n "${BACKUP_API_TOKEN:-}" ]; then
        TOKEN=$BACKUP_API_TOKEN
    elif [ -n "${BACKUP_API_TOKEN_FILE:-}" ]; then
        if [ ! -r "$BACKUP_API_TOKEN_FILE" ]; then
            say "BACKUP_API_TOKEN_FILE cannot be read: $BACKUP_API_TOKEN_FILE"
            return 1
        fi
        TOKEN=$(cat "$BACKUP_API_TOKEN_FILE") || return 1
    fi
    # Ends of lines and blanks around it come with files, and no token holds any.
    TOKEN=$(printf '%s' "$TOKEN" | tr -d '[:space:]')
    if [ -z "$TOKEN" ]; then
        say "There is no token: set BACKUP_API_TOKEN, or BACKUP_API_TOKEN_FILE to a file that holds it."
        return 1
    fi
}

# In the traps of signals as well as in that of the exit.
client_end() {
    trap - EXIT HUP INT TERM
    stop_curl
    [ -z "$CLIENT_DIR" ] || rm -rf "$CLIENT_DIR"
    CLIENT_DIR=''
}

client_interrupted() {
    trap '' HUP INT TERM
    QUIET=false
    stop_curl
    if [ -n "$JOB" ]; then
        say "Interrupted. Job $JOB goes on without this script; see $API/api/v1/jobs/$JOB"
    elif [ -n "$STATE" ]; then
        say "Interrupted while the service was being asked: a job may have been started; see $API/api/v1/jobs"
    else
        say "Interrupted. Nothing was asked for."
    fi
    exit "$1"
}

stop_curl() {
    if [ -n "$CURL_PID" ]; then
        kill "$CURL_PID"
        wait "$CURL_PID"
        CURL_PID=''
    fi 2>/dev/null
}

# Progress and complaints; with QUIET they are only kept, all in one line.
say() {
    if $QUIET; then
        SAID="$SAID${SAID:+ }$1"
    else
        printf '%s: %s\n' "$NAME" "$1" >&2
    fi
}

# ------------------------------------------------------------------------------------------------------------ jobs --

# The key makes a second call for the same job out of one whose answer was lost: it never starts another.
start_job() {
    what=$1 path=$2 body=$3
    JOB='' FILE='' STATE=ASKED
    key=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
    sent=false
    forget_absence
    while true; do
        request 60 -X POST -H 'Content-Type: application/json' -H 'Accept: text/plain' \
            -H "Idempotency-Key: $NAME-$key" --data "$body" "$API$path"
        case $STATUS in
            202 | 200)
                JOB=$(job_of_location)
                if [ -n "$JOB" ]; then
                    say "$what is job $JOB"
                    return 0
                fi
                say "What answers at $API is not the backup service, or something between takes its headers away."
                return 1
                ;;
            000 | 502 | 503 | 504) ;;
            3??)
                say "$API leads to another address (HTTP $STATUS): set BACKUP_API_URL to that."
                return 1
                ;;
            *)
                say "$what was refused (HTTP $STATUS)."
                print_problem
                return 1
                ;;
        esac
        # As long as nothing could arrive there, nothing waits there either.
        $CONNECTED && sent=true
        if $sent; then
            bear_absence "$PATIENCE" || return 2
        else
            bear_absence "$FIRST_PATIENCE" || return 2
        fi
    done
}

await_job() {
    shown='' seconds=1 # soon a first word, then rarely
    forget_absence
    while true; do
        STATE='' # so that nothing old is taken for an answer
        began=$(date +%s)
        request $((seconds + 30)) -H "Prefer: wait=$seconds" -H 'Accept: text/plain' "$API/api/v1/jobs/$JOB"
        case $STATUS in
            200) read_last_line ;;
            4??) ! is_problem || {
                say "Job $JOB cannot be seen any more (HTTP $STATUS)."
                print_problem
                return 1
            } ;;
        esac
        case $STATUS:$STATE in
            200:UNREADABLE) ;;
            200:*)
                [ -z "$away" ] || say "The service answers again."
                forget_absence
                ;;
        esac
        case $STATUS:$STATE in
            200:SUCCEEDED) return 0 ;;
            200:FAILED | 200:CANCELLED)
                say "Job $JOB: $STATE ($FILE)."
                say_line 's/^failure  *//p'
                say_line 's/^next  *//p'
                return 1
                ;;
            200:QUEUED | 200:RUNNING)
                show_progress
                # Something between that does not hold the answer must not make this a storm.
                [ $(($(date +%s) - began)) -ge 1 ] || pause 1
                seconds=$((seconds * 3))
                [ "$seconds" -le "$LONGEST_WAIT" ] || seconds=$LONGEST_WAIT
                ;;
            *)
                bear_absence "$PATIENCE" || {
                    say "Whether job $JOB goes on is not known; see $API/api/v1/jobs/$JOB"
                    return 2
                }
                ;;
        esac
    done
}

service_has() {
    forget_absence
    while true; do
        request 60 "$API$1"
        case $STATUS in
            2??) return 0 ;;
            000 | 502 | 503 | 504) bear_absence "$FIRST_PATIENCE" || return 2 ;;
            *)
                print_problem
                return 1
                ;;
        esac
    done
}

# STATE backup-or-other-id file-or-code; anything else is an answer of somebody else.
read_last_line() {
    STATE='' RESULT_ID='' FILE='' words=''
    tail -n 1 "$CLIENT_DIR/body" >"$CLIENT_DIR/line"
    # shellcheck disable=SC2034 # RESULT_ID is for the scripts
    IFS=" " read -r STATE RESULT_ID FILE words <"$CLIENT_DIR/line" || true
    case $STATE:$FILE:$words in
        QUEUED:?*: | RUNNING:?*: | SUCCEEDED:?*: | FAILED:?*: | CANCELLED:?*:) ;;
        *) STATE=UNREADABLE ;;
    esac
}

show_progress() {
    now="$STATE $(sed -n 's/^progress  *//p' "$CLIENT_DIR/body" | head -n 1)"
    if [ "$now" != "$shown" ]; then
        say "$now"
    elif [ "$STATE" = QUEUED ]; then
        say "Still waiting for its turn; $API/api/v1/workers says whether a worker is there."
    fi
    shown=$now
}

job_of_location() {
    tr -d '\r' <"$CLIENT_DIR/headers" |
        sed -n 's|^[Ll]ocation: .*/api/v1/jobs/\([0-9A-Za-z-]*\)$|\1|p' | tail -n 1
}

# --------------------------------------------------------------------------------------------------------- absence --

# away: seconds since the first of the tries in a row that failed; empty when the last one did not. Each try counts for
# a minute at most, so that a machine that slept does not give up.
forget_absence() {
    away=''
}

# Waits a little, or says that it is enough and returns 1.
bear_absence() {
    if [ -z "$away" ]; then
        say "$API does not answer ($(why_no_answer)); trying again for $1 s."
        away=0 counted=$(date +%s)
    fi
    pause 1
    tried=$(($(date +%s) - counted))
    if [ "$tried" -lt 1 ]; then tried=1; elif [ "$tried" -gt 60 ]; then tried=60; fi
    away=$((away + tried)) counted=$(date +%s)
    if [ "$away" -ge "$1" ]; then
        say "The backup service at $API cannot be reached: $(why_no_answer)."
        return 1
    fi
}

why_no_answer() {
    if [ "$STATUS" != 000 ]; then
        echo "HTTP $STATUS"
    elif [ -s "$CLIENT_DIR/error" ]; then
        tail -n 1 "$CLIENT_DIR/error"
    else
        echo "no answer"
    fi
}

# A signal is not held up by it, as it would be by a sleep in the foreground.
pause() {
    sleep "$1" &
    wait "$!" || true
}

# ------------------------------------------------------------------------------------------------------------ HTTP --

# request SECONDS ARGUMENTS OF CURL…: sets STATUS (000: no answer) and CONNECTED; the answer is in $CLIENT_DIR.
# The token reaches curl by its standard input, because everybody can see arguments. -q: without the user's ~/.curlrc.
request() {
    most_seconds=$1
    shift
    case $API in
        *://localhost | *://localhost[:/]* | *://127.* | *://\[::1\]*) set -- --noproxy '*' "$@" ;;
    esac
    : >"$CLIENT_DIR/body"
    : >"$CLIENT_DIR/headers"
    : >"$CLIENT_DIR/written"
    printf 'header = "Authorization: Bearer %s"\n' "$(printf '%s' "$TOKEN" | sed 's/[\\"]/\\&/g')" |
        curl -q -sS -g -K - --connect-timeout 10 --max-time "$most_seconds" -o "$CLIENT_DIR/body" -D "$CLIENT_DIR/headers" \
            -w '%{http_code} %{time_connect} %{content_type}\n' "$@" >"$CLIENT_DIR/written" 2>"$CLIENT_DIR/error" &
    CURL_PID=$!
    ended=0
    wait "$CURL_PID" || ended=$?
    CURL_PID=''
    STATUS='' connect='' CONTENT_TYPE=''
    read -r STATUS connect CONTENT_TYPE <"$CLIENT_DIR/written" || true
    # An answer that was cut off is none.
    [ "$ended" -eq 0 ] && [ -n "$STATUS" ] || STATUS=000
    case $connect in
        *[1-9]*) CONNECTED=true ;;
        *) CONNECTED=false ;;
    esac
}

is_problem() {
    case $CONTENT_TYPE in
        application/problem+json*) return 0 ;;
        *) return 1 ;;
    esac
}

# For eyes only: no decision hangs on it.
print_problem() {
    for field in detail hint; do
        say_line 's/\\"/'"'"'/g; s/.*"'"$field"'" *: *"\([^"]*\)".*/\1/p'
    done
}

# Says the first line of the answer that a sed script prints, if any.
say_line() {
    line=$(sed -n "$1" "$CLIENT_DIR/body" | head -n 1)
    [ -z "$line" ] || say "$line"
}
