#!/usr/bin/env bash
# Tests scripts/*.sh and the snippets of docs/integration.md as their users run them: against a real API, worker and
# PostgreSQL, under each shell that is there.
#
#   system-tests/scripts-test.sh
#
# Starts what it needs with the functions of ./quickstart, in a temporary folder. When BACKUP_API_URL and
# BACKUP_API_TOKEN are given it uses that service instead, and leaves out what would harm it.
#
# Prints a line for each check, then "N passed, N failed"; exit code 1 when any failed.
# shellcheck disable=SC2030,SC2031 # settings for one call are made in a subshell on purpose
# shellcheck disable=SC2034 # quickstart's functions read some of these
# shellcheck disable=SC2317,SC2329 # most functions are called by their names, through check
set -euo pipefail
unset CDPATH

# Whoever starts this in the background of a script has Ctrl-C ignored, here and in all that is tested: take that back.
if [ -z "${INTERRUPTIBLE:-}" ] && env --default-signal=INT true 2>/dev/null; then
    INTERRUPTIBLE=true exec env --default-signal=INT bash "$0" "$@"
fi

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

# What quickstart does, without doing it: its last line starts it all.
[ "$(tail -n 1 "$ROOT/quickstart")" = 'main "$@"' ] || { echo "quickstart does not end with its start any more." >&2; exit 1; }
# shellcheck disable=SC2016 # text of quickstart
eval "$(sed -e '$d' -e 's|^cd "$(dirname .*|cd "$ROOT"|' "$ROOT/quickstart")"

PASSED=0 FAILED=0
OWN=true      # the stack is ours: it may be killed
OPERATOR=''   # an operator's token; empty where we have none
URL='' DUMPS='' FAKE_URL='' FAKE_PID='' OLLAMA_URL='' OLLAMA_PID=''
SHELL_UNDER_TEST='' # its command; empty where it does not matter
TEST=''             # the folder of what is being tested
GIVEN_URL=${BACKUP_API_URL:-} GIVEN_TOKEN=${BACKUP_API_TOKEN:-}

main() {
    trap clean_up EXIT
    trap 'interrupted 129' HUP
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM
    choose_stack
    at_once shellcheck snippets dash bash
    test_waiting
    test_failures
    test_restore
    test_ollama
    PASSED=$(grep -c '^ok' "$WORK/test/results") FAILED=$(grep -c '^FAILED' "$WORK/test/results") || true
    echo "$PASSED passed, $FAILED failed"
    SAID=true
    [ "$FAILED" -eq 0 ]
}

# What does not disturb each other, in folders of their own. What they say comes one after the other.
at_once() {
    local part pid parts=''
    set -m # a process group each: they end with us
    for part in "$@"; do
        mkdir "$WORK/test/$part"
        (TEST=$WORK/test/$part && "test_$part") >"$WORK/test/$part.log" 2>&1 &
        parts="$parts $!"
    done
    set +m
    for pid in $parts; do
        wait "$pid" || echo "FAILED  a part of the tests broke off" | tee -a "$WORK/test/results"
    done
    for part in "$@"; do
        cat "$WORK/test/$part.log"
    done
}

test_shellcheck() {
    check "shellcheck finds nothing" shellcheck_is_quiet
}

test_dash() { test_shell dash; }
test_bash() { test_shell 'bash --posix'; }

test_shell() {
    SHELL_UNDER_TEST=$1
    if command -v "${1%% *}" >/dev/null; then
        test_results
        test_strange_answers
    else
        skipped "everything under $1" "it is not installed"
    fi
}

# ----------------------------------------------------------------------------------------------------------- stack --

# Quiet: these lines are quickstart's.
begin() { BEGUN=$SECONDS; }
finish() { :; }

choose_stack() {
    if [ -n "$GIVEN_URL" ]; then
        OWN=false URL=$GIVEN_URL TOKEN=$GIVEN_TOKEN
        unset BACKUP_API_TOKEN_FILE
        make_temporary_folder
    else
        find_tools
        build_if_needed
        make_temporary_folder
        umask 077
        forget_inherited_configuration
        start_postgres
        OPERATOR=$(random_hex)
        OLLAMA_URL=http://127.0.0.1:$(free_ports 1)
        start_services
        URL=http://127.0.0.1:$API_PORT DUMPS=$WORK/life-os/backups/postgres
    fi
    TEST=$WORK/test
    mkdir "$TEST"
    : >"$TEST/results"
    export BACKUP_API_URL=$URL BACKUP_API_TOKEN=$TOKEN
    unset BACKUP_API_PATIENCE_SECONDS
    start_fake
}

# quickstart's, with an operator beside the admin.
# shellcheck disable=SC2016 # text of quickstart
eval "$(declare -f api | sed 's|"quickstart:admin:$TOKEN"|"quickstart:admin:$TOKEN"$'"'\\\\n'"'"cron:operator:$OPERATOR"|')"

# quickstart's, with an Ollama of our own.
eval "$(declare -f worker | sed "s|OLLAMA_BASE_URL=http://127.0.0.1:11434|OLLAMA_BASE_URL=\"\$OLLAMA_URL\" OLLAMA_RECHECK_SECONDS=1|")"

restart_api() {
    spawn "$WORK/api.log" api
    API_PID=$SPAWNED
    await_ready API "$API_PID" "$API_PORT" "$WORK/api.log"
}

# ---------------------------------------------------------------------------------------------------------- checks --

# check SENTENCE COMMAND…: in a subshell, so that settings made in it end with it.
check() {
    local sentence=$1 name=''
    shift
    [ -z "$SHELL_UNDER_TEST" ] || name="${SHELL_UNDER_TEST%% *}: "
    if (set +e; "$@") >"$TEST/check.log" 2>&1; then
        echo "ok      $name$sentence" | tee -a "$WORK/test/results"
    else
        echo "FAILED  $name$sentence" | tee -a "$WORK/test/results"
        sed 's/^/          /' "$TEST/check.log"
    fi
}

skipped() {
    echo "skipped $1: $2"
}

# ends CODE SCRIPT ARGUMENTS…: its output goes to files out and err.
ends() {
    local expected=$1 code=0
    shift
    under_test "$@" >"$TEST/out" 2>"$TEST/err" || code=$?
    [ "$code" -eq "$expected" ] || {
        echo "$* ended with $code instead of $expected"
        cat "$TEST/out" "$TEST/err"
        return 1
    }
}

# shellcheck disable=SC2086 # a shell and its option
under_test() {
    local script=$1
    shift
    case $script in
        */*) ;;
        *) script=$ROOT/scripts/$script ;;
    esac
    $SHELL_UNDER_TEST "$script" "$@"
}

err_says() { grep -q -e "$1" "$TEST/err" || { echo "stderr does not say: $1"; cat "$TEST/err"; return 1; }; }
out_is() { [ "$(cat "$TEST/out")" = "$1" ] || { echo "stdout is not: $1"; cat "$TEST/out"; return 1; }; }
no_temporary_files() { [ -z "$(find "$TEST/tmp" -mindepth 1)" ]; }

shellcheck_is_quiet() {
    command -v shellcheck >/dev/null || { echo "not installed"; return 0; }
    cd "$ROOT" && shellcheck -x scripts/*.sh scripts/support/client.sh system-tests/scripts-test.sh
}

# --------------------------------------------------------------------------------------------------------- results --

test_results() {
    check "a good backup ends with 0, and its file is there" good_backup
    check "retention follows the backup, with the days of the old argument" old_argument
    check "a retention that fails is one line, and the backup is good" retention_fails
    check "a wrong argument ends with 1 and the usage" wrong_argument
    check "an unknown token ends with 1, 75 for backup_before" unknown_token
    check "no token at all ends with 1" no_token
    check "a token file does as well" token_file
    check "a service that is down ends with 2, 75 for backup_before" service_down
    check "the command runs after the backup with its arguments, input and exit code" command_runs
    check "wrong labels and arguments run nothing" command_does_not_run
    check "it works through links and from any folder" through_links
    check "check_backup_health prints the checks and ends as the worst of them" health_is_told
    check "check_backup_health ends with 3 when nobody can be asked" health_is_unknown
    check "restore_postgres asks for a name, and a wrong one changes nothing" restore_asks
}

good_backup() {
    mkdir -p "$TEST/tmp"
    TMPDIR=$TEST/tmp ends 0 backup_postgres.sh && [ "$(wc -l <"$TEST/out")" -eq 1 ] && dump_is_whole "$(cat "$TEST/out")" &&
        no_temporary_files
}

dump_is_whole() {
    case $1 in *.sql.gz) ;; *) echo "no dump's name: $1"; return 1 ;; esac
    [ -z "$DUMPS" ] || gunzip -c "$DUMPS/$1" | tail -n 10 | grep -q 'PostgreSQL database dump complete'
}

old_argument() {
    ends 0 backup_postgres.sh 07 && { ! grep -i 'expired' "$TEST/err" || return 1; }
    call "$URL/api/v1/jobs?type=retention&state=SUCCEEDED&limit=1" | grep -q '"expired":\['
}

retention_fails() {
    ends 0 backup_postgres.sh 999999 && dump_is_whole "$(cat "$TEST/out")" && one_line_says '422.*keepDays' || return 1
    [ -n "$OPERATOR" ] || return 0
    BACKUP_API_TOKEN=$OPERATOR ends 0 backup_postgres.sh 1 && dump_is_whole "$(cat "$TEST/out")" && one_line_says '403.*admin'
}

one_line_says() {
    [ "$(grep -c 'old ones were not expired' "$TEST/err")" -eq 1 ] && err_says "old ones were not expired.*$1"
}

wrong_argument() {
    local argument
    for argument in 0 00 -1 1.5 seven '' '3 4' 12345678901; do
        ends 1 backup_postgres.sh "$argument" && err_says '^Usage' && out_is '' || return 1
    done
    ends 1 backup_postgres.sh 3 4
}

unknown_token() {
    export BACKUP_API_TOKEN='no"bo\dy'
    ends 1 backup_postgres.sh && err_says '401' && err_says 'Authorization' &&
        ends 75 backup_before.sh -- touch "$TEST/ran" && [ ! -e "$TEST/ran" ]
}

no_token() {
    unset BACKUP_API_TOKEN
    ends 1 backup_postgres.sh && err_says 'BACKUP_API_TOKEN_FILE' && ends 75 backup_before.sh -- true
}

token_file() {
    printf '%s\r\n' "$TOKEN" >"$TEST/token"
    unset BACKUP_API_TOKEN
    export BACKUP_API_TOKEN_FILE=$TEST/token
    ends 0 backup_before.sh -- true
}

service_down() {
    BACKUP_API_URL=http://127.0.0.1:$(free_ports 1)
    export BACKUP_API_URL BACKUP_API_PATIENCE_SECONDS=1
    ends 2 backup_postgres.sh && err_says 'cannot be reached' && out_is '' &&
        ends 75 backup_before.sh -- touch "$TEST/ran" && [ ! -e "$TEST/ran" ] && ends 2 restore_postgres.sh
}

# shellcheck disable=SC2016 # for the inner shell
command_runs() {
    ends 42 backup_before.sh --label a.b_c-1 -- \
        sh -c 'printf "[%s]" "$@"; cat; exit 42' sh 'two  words' '' '*' -x -- "it's \"so\"" <<<'some input' && err_says '_a\.b_c-1\.sql\.gz' &&
        out_is "[two  words][][*][-x][--][it's \"so\"]some input"
}

command_does_not_run() {
    local label
    rm -f "$TEST/ran"
    for label in '' -x 'a b' 'a"b' "$(printf '%065d' 0)"; do
        ends 75 backup_before.sh --label "$label" -- touch "$TEST/ran" || return 1
    done
    ends 64 backup_before.sh && ends 64 backup_before.sh -- && ends 64 backup_before.sh touch "$TEST/ran" &&
        ends 64 backup_before.sh --label && [ ! -e "$TEST/ran" ] && ends 127 backup_before.sh -- no-such-command-anywhere
}

through_links() {
    mkdir -p "$TEST/a folder/bin"
    cd "$TEST/a folder" || return 1
    ln -sf "$ROOT/scripts/backup_before.sh" bin/absolute
    ln -sf absolute bin/relative
    ends 3 bin/relative -- sh -c 'exit 3' && ends 3 ./bin/absolute -- sh -c 'exit 3' && cd "$ROOT/scripts" && ends 3 ./backup_before.sh -- sh -c 'exit 3'
}

# The stack is new: there is no mirror, so it is never all well. What the table says of a check is what the API says.
health_is_told() {
    local code=0
    mkdir -p "$TEST/tmp"
    TMPDIR=$TEST/tmp under_test check_backup_health.sh >"$TEST/out" 2>"$TEST/err" || code=$?
    case $code:$(head -n 1 "$TEST/out") in
        1:WARNING:*mirror* | 2:CRITICAL:*mirror*) ;;
        *) echo "ended with $code"; cat "$TEST/out" "$TEST/err"; return 1 ;;
    esac
    grep -q '^STATUS *CHECK' "$TEST/out" && grep -q '^OK *workers ' "$TEST/out" && [ ! -s "$TEST/err" ] && no_temporary_files &&
        ends 3 check_backup_health.sh now && ends 0 check_backup_health.sh --help
}

health_is_unknown() {
    BACKUP_API_URL=http://127.0.0.1:$(free_ports 1) ends 3 check_backup_health.sh && head -n 1 "$TEST/out" | grep -q '^UNKNOWN: ' &&
        BACKUP_API_TOKEN=nobody ends 3 check_backup_health.sh && err_says 'Authorization' &&
        (unset BACKUP_API_TOKEN && ends 3 check_backup_health.sh) || return 1
    [ -z "$FAKE_URL" ] || BACKUP_API_URL=$FAKE_URL/html ends 3 check_backup_health.sh
}

restore_asks() {
    ends 1 restore_postgres.sh </dev/null && err_says 'Nothing was changed' && ends 1 restore_postgres.sh 'a/b' && err_says '^Usage' &&
        ends 1 restore_postgres.sh 01980000-0000-7000-8000-000000000000 </dev/null && err_says 'no backup' &&
        ends 1 restore_postgres.sh latest <<<'no "such\ database' && err_says 'confirm'
}

# ------------------------------------------------------------------------------------------------- strange answers --

# What the real API cannot be made to say, and answers that get lost on their way from it. The first folder of the path
# says which.
start_fake() {
    command -v python3 >/dev/null && python3 -c '' 2>/dev/null || return 0
    FAKE_URL=http://127.0.0.1:$(free_ports 1)
    cat >"$TEST/fake.py" <<'END'
import http.server, sys, urllib.error, urllib.request

REAL, LOST = sys.argv[2], set()
JOB = "01980000-0000-7000-8000-000000000000"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Fake(http.server.BaseHTTPRequestHandler):
    def answer(self):
        _, mode, path = self.path.split("/", 2)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if mode == "html":
            self.say(200, "text/html", b"<p>Welcome to the hotel</p>")
        elif mode == "moved":
            self.say(301, "text/html", b"", "https://elsewhere.invalid/")
        elif self.command == "POST" and mode in ("vanishes", "cut", "hotel"):
            self.say(202, "text/plain", b"QUEUED %s -\n" % JOB.encode(), "/api/v1/jobs/" + JOB)
        elif mode == "vanishes":
            pass
        elif mode == "cut":
            self.say(200, "text/plain", b"SUCCEEDED %s\n" % JOB.encode())
        elif mode == "hotel":
            self.say(200, "text/html", b"<p>Welcome to the hotel</p>")
        else:
            self.forward(mode, "/" + path, body)

    def forward(self, mode, path, body):
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        request = urllib.request.Request(REAL + path, method=self.command, data=body or None, headers=headers)
        try:
            answer = OPENER.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        content = answer.read()
        first = (mode, self.command) not in LOST
        LOST.add((mode, self.command))
        if first and mode.startswith("lost"):
            return
        if first and mode.startswith("gateway"):
            self.say(502 if self.command == "POST" else 404, "text/html", b"<p>no upstream</p>")
            return
        self.say(answer.status, answer.headers["Content-Type"], content, answer.headers["Location"])

    def say(self, status, kind, content, location=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Fake).serve_forever()
END
    spawn "$TEST/fake.log" python3 "$TEST/fake.py" "${FAKE_URL##*:}" "$URL"
    FAKE_PID=$SPAWNED
    until local_curl -o /dev/null "$FAKE_URL/html/" 2>/dev/null; do
        lives "$FAKE_PID" || fail "The fake server ended." "Its words are below." "$TEST/fake.log"
        sleep 0.1
    done
}

test_strange_answers() {
    if [ -z "$FAKE_URL" ]; then
        skipped "answers of others than the API" "python3 is not installed"
        return 0
    fi
    check "a page that is not the service's is no backup" not_the_service
    check "a job that nobody answers for ends with 2" nobody_answers
    check "answers that get lost start no second backup" nothing_twice lost
    check "a gateway without its service is waited for" nothing_twice gateway
}

not_the_service() {
    export BACKUP_API_PATIENCE_SECONDS=2
    BACKUP_API_URL=$FAKE_URL/html ends 1 backup_postgres.sh && BACKUP_API_URL=$FAKE_URL/moved ends 1 backup_postgres.sh && err_says 301 &&
        BACKUP_API_URL=$FAKE_URL/hotel ends 75 backup_before.sh -- true && BACKUP_API_URL=$FAKE_URL/cut ends 2 backup_postgres.sh && out_is ''
}

nobody_answers() {
    export BACKUP_API_PATIENCE_SECONDS=2
    BACKUP_API_URL=$FAKE_URL/vanishes ends 2 backup_postgres.sh && out_is '' && err_says 'Whether job .* goes on is not known'
}

nothing_twice() {
    local label=$1-${SHELL_UNDER_TEST%% *}
    BACKUP_API_URL=$FAKE_URL/$label ends 5 backup_before.sh --label "$label" -- sh -c 'exit 5' && err_says 'does not answer' || return 1
    [ "$(call -H 'Accept: text/plain' "$URL/api/v1/backups?limit=200" | grep -c "_$label\.sql\.gz")" -eq 1 ]
}

# curl with the token, which is not to be seen in its arguments.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" | local_curl -K - -H 'Content-Type: application/json' "$@"
}

# --------------------------------------------------------------------------------------------------------- waiting --

# While somebody holds a table, pg_dump waits: time to kill the API, cancel a job and press Ctrl-C.
test_waiting() {
    local lock first second cancelled interrupted first_code=0 second_code=0 cancelled_code=0 interrupted_code=0 shells
    SHELL_UNDER_TEST=''
    if ! $OWN; then
        skipped "the API killed while a script waits" "this service is not ours"
        return 0
    fi
    mkdir -p "$TEST/tmp"
    export TMPDIR=$TEST/tmp
    shells=(dash 'bash --posix')
    command -v dash >/dev/null || shells[0]='bash --posix'
    psql_lifeos -d lifeos -c "SET application_name = 'holds a table'" \
        -c 'BEGIN; LOCK TABLE characters IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(50)' >/dev/null 2>&1 &
    lock=$!
    await 5 table_is_held
    set -m # else what runs in the background cannot be interrupted
    (SHELL_UNDER_TEST=${shells[0]} under_test backup_postgres.sh) >"$TEST/first.out" 2>"$TEST/first.err" &
    first=$!
    await 15 grep -q RUNNING "$TEST/first.err"
    (SHELL_UNDER_TEST=${shells[1]} under_test backup_before.sh --label second -- echo ran) >"$TEST/second.out" 2>"$TEST/second.err" &
    second=$!
    (SHELL_UNDER_TEST=${shells[0]} under_test backup_before.sh --label gone -- echo ran) >"$TEST/cancelled.out" 2>"$TEST/cancelled.err" &
    cancelled=$!
    (SHELL_UNDER_TEST=${shells[1]} under_test backup_before.sh --label left -- echo ran) >"$TEST/left.out" 2>"$TEST/left.err" &
    interrupted=$!
    set +m
    for name in second cancelled left; do
        await 15 grep -q QUEUED "$TEST/$name.err"
    done
    check "the token is in nobody's arguments" token_is_hidden
    kill -INT -- "-$interrupted"
    wait "$interrupted" || interrupted_code=$?
    check "Ctrl-C says which job goes on, and runs nothing" interrupted_says_so "$interrupted_code"
    kill -KILL "$API_PID"
    wait "$API_PID" 2>/dev/null || true
    await 15 grep -q 'does not answer' "$TEST/first.err"
    restart_api
    call -o /dev/null -X POST "$URL/api/v1/jobs/$(job_of cancelled)/cancel"
    wait "$cancelled" || cancelled_code=$?
    check "a cancelled backup ends with 75, and runs nothing" cancelled_runs_nothing "$cancelled_code"
    psql_lifeos -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holds a table'" >/dev/null
    wait "$lock" || true
    wait "$first" || first_code=$?
    wait "$second" || second_code=$?
    check "two scripts at once survive the API's death, and both get their backup" both_are_good "$first_code" "$second_code"
    check "the job that was left alone has made its backup" left_job_succeeds
    check "nothing is left in the temporary folder" no_temporary_files
    unset TMPDIR
}

# await SECONDS COMMAND…: until it is so.
await() {
    local until=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || { echo "In vain: $*" >&2; return 0; } # the checks that follow tell
        sleep 0.1
    done
}

table_is_held() {
    [ "$(psql_lifeos -d lifeos -At -c "SELECT count(*) FROM pg_locks WHERE relation = 'characters'::regclass AND mode = 'AccessExclusiveLock' AND granted")" -gt 0 ]
}

job_of() {
    sed -n 's/.*The backup is job \([0-9a-f-]*\)$/\1/p' "$TEST/$1.err"
}

token_is_hidden() {
    local seen=0 all until=$((SECONDS + 2))
    while [ "$SECONDS" -lt "$until" ]; do
        all=$(ps -A -ww -o args)
        case $all in *"$TOKEN"*) return 1 ;; esac
        case $all in *'curl -q -sS -g -K -'*) seen=$((seen + 1)) ;; esac
    done
    [ "$seen" -gt 0 ]
}

interrupted_says_so() {
    cat "$TEST/left.err"
    [ "$1" -eq 130 ] && [ -n "$(job_of left)" ] && grep -q "Job $(job_of left) goes on" "$TEST/left.err" && [ ! -s "$TEST/left.out" ]
}

cancelled_runs_nothing() {
    cat "$TEST/cancelled.err"
    [ "$1" -eq 75 ] && [ ! -s "$TEST/cancelled.out" ] && grep -q CANCELLED "$TEST/cancelled.err"
}

both_are_good() {
    echo "$1 $2"
    cat "$TEST/first.err" "$TEST/second.err"
    [ "$1" -eq 0 ] && [ "$2" -eq 0 ] && dump_is_whole "$(cat "$TEST/first.out")" && [ "$(cat "$TEST/second.out")" = ran ] &&
        grep -q 'answers again' "$TEST/first.err"
}

left_job_succeeds() {
    call -H 'Accept: text/plain' -H 'Prefer: wait=20' "$URL/api/v1/jobs/$(job_of left)" | tail -n 1 | grep '^SUCCEEDED .*_left\.sql\.gz$'
}

# -------------------------------------------------------------------------------------------------------- failures --

test_failures() {
    if ! $OWN; then
        skipped "a backup that fails" "this service is not ours"
        return 0
    fi
    await 10 psql_lifeos -d postgres -c 'ALTER DATABASE lifeos RENAME TO lifeos_away'
    for SHELL_UNDER_TEST in dash 'bash --posix'; do
        ! command -v "${SHELL_UNDER_TEST%% *}" >/dev/null || check "a backup that fails ends with 1, 75 for backup_before" backup_fails
    done
    SHELL_UNDER_TEST=''
    psql_lifeos -d postgres -c 'ALTER DATABASE lifeos_away RENAME TO lifeos'
}

backup_fails() {
    rm -f "$TEST/ran"
    ends 1 backup_postgres.sh && out_is '' && err_says 'FAILED (target-database-missing)' &&
        ends 75 backup_before.sh -- touch "$TEST/ran" && [ ! -e "$TEST/ran" ]
}

# --------------------------------------------------------------------------------------------------------- restore --

test_restore() {
    if ! $OWN; then
        skipped "a restore in place of the database" "this service is not ours"
        return 0
    fi
    for SHELL_UNDER_TEST in dash 'bash --posix'; do
        ! command -v "${SHELL_UNDER_TEST%% *}" >/dev/null || check "a restore replaces the database, and its name has to be typed" restore_replaces
    done
    SHELL_UNDER_TEST=''
}

restore_replaces() {
    local before
    before=$(characters) && ends 0 backup_postgres.sh && psql_lifeos -d lifeos -c 'TRUNCATE characters CASCADE' && [ "$(characters)" = 0 ] &&
        ends 0 restore_postgres.sh latest <<<lifeos && out_is "SUCCEEDED $(cut -d ' ' -f 2 "$TEST/out") lifeos" && err_says rollback &&
        [ "$(characters)" = "$before" ]
}

characters() { psql_lifeos -d lifeos -At -c 'SELECT count(*) FROM characters'; }

# ---------------------------------------------------------------------------------------------------------- ollama --

test_ollama() {
    if ! $OWN || [ -z "$FAKE_URL" ]; then
        skipped "saving and pulling Ollama's models" "this service is not ours, or python3 is not installed"
        return 0
    fi
    start_ollama
    for SHELL_UNDER_TEST in dash 'bash --posix'; do
        if command -v "${SHELL_UNDER_TEST%% *}" >/dev/null; then
            check "save_ollama_manifest prints the list's path, and leaves it alone when Ollama is empty" manifest_is_saved
            check "restore_ollama_models asks, and pulls what is missing" models_come_back
            check "restore_ollama_models ends with 3 when a model failed" some_models_fail
            check "the scripts for Ollama end with 1 and 2 like the others" ollama_scripts_fail
        fi
    done
    SHELL_UNDER_TEST=''
}

# An Ollama whose registry does not hold gone:7b. POST /has with a list of names says what is there.
start_ollama() {
    cat >"$TEST/ollama.py" <<'END'
import hashlib, http.server, json, sys

MODELS = {}


def model(name):
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {"name": name, "model": name, "modified_at": "2026-01-02T03:04:05Z", "size": 7, "digest": digest, "details": {}}


class Ollama(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.say({"version": "0.32.15"} if self.path == "/api/version" else {"models": [model(name) for name in MODELS]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/has":
            MODELS.clear()
            MODELS.update(dict.fromkeys(body))
            self.say({})
        elif body["model"] == "gone:7b":
            self.say({"error": "pull model manifest: file does not exist"})
        else:
            MODELS[body["model"]] = None
            self.say({"status": "success"})

    def say(self, value):
        content = json.dumps(value).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Ollama).serve_forever()
END
    spawn "$TEST/ollama.log" python3 "$TEST/ollama.py" "${OLLAMA_URL##*:}"
    OLLAMA_PID=$SPAWNED
    await 10 local_curl -o /dev/null "$OLLAMA_URL/api/version"
    lives "$OLLAMA_PID" || fail "The Ollama of the tests ended." "Its words are below." "$TEST/ollama.log"
}

ollama_has() { local_curl -o /dev/null --data "$1" "$OLLAMA_URL/has"; }
saved_list() { echo "$WORK/life-os/data/ollama_models_manifest.txt"; }

manifest_is_saved() {
    rm -f "$WORK"/life-os/data/ollama_models_manifest*
    ollama_has '["here:1b","other:1b"]' && ends 0 save_ollama_manifest.sh && out_is "$(saved_list)" &&
        [ "$(awk '!/^#/ && NF && $1 != "NAME" { print $1 }' "$(saved_list)" | sort | tr '\n' ' ')" = 'here:1b other:1b ' ] &&
        ollama_has '[]' && ends 1 save_ollama_manifest.sh && out_is '' && err_says 'FAILED (ollama-list-empty)' && err_says 'OLLAMA_MODELS' &&
        grep -q '^other:1b ' "$(saved_list)"
}

models_come_back() {
    ends 1 restore_ollama_models.sh </dev/null && err_says 'missing here:1b' && err_says 'Nothing was pulled' &&
        ends 0 restore_ollama_models.sh <<<y && grep -q '^exact here:1b$' "$TEST/out" && grep -q '^exact other:1b$' "$TEST/out" &&
        ends 0 restore_ollama_models.sh --yes && grep -q '^already exact here:1b$' "$TEST/out" && ends 0 save_ollama_manifest.sh
}

some_models_fail() {
    ollama_has '["here:1b","gone:7b"]' && ends 0 save_ollama_manifest.sh && ollama_has '[]' &&
        ends 3 restore_ollama_models.sh --yes && grep -q '^not in registry gone:7b' "$TEST/out" && grep -q '^exact here:1b$' "$TEST/out" &&
        ends 1 save_ollama_manifest.sh && err_says 'ollama-restore-incomplete'
}

ollama_scripts_fail() {
    ends 1 save_ollama_manifest.sh now && err_says '^Usage' && ends 1 restore_ollama_models.sh --no && err_says '^Usage' || return 1
    BACKUP_API_TOKEN=$OPERATOR ends 1 restore_ollama_models.sh --yes && err_says 403 || return 1
    BACKUP_API_URL=http://127.0.0.1:$(free_ports 1)
    export BACKUP_API_URL BACKUP_API_PATIENCE_SECONDS=1
    ends 2 save_ollama_manifest.sh && ends 2 restore_ollama_models.sh --yes
}

# -------------------------------------------------------------------------------------------------------- snippets --

# Those of docs/integration.md, as they stand there.
test_snippets() {
    snippet bash >"$TEST/gate.sh"
    check "docs/integration.md: curl" snippet_is_a_gate bash "$TEST/gate.sh"
    snippet python >"$TEST/gate.py"
    if [ -n "$FAKE_URL" ]; then
        check "docs/integration.md: Python" snippet_is_a_gate python3 "$TEST/gate.py"
    else
        skipped "docs/integration.md: Python" "python3 is not installed"
    fi
    snippet java >"$TEST/BackupGate.java"
    if [ -x "${JAVA_HOME:-}/bin/java" ]; then
        check "docs/integration.md: Java" snippet_is_a_gate "$JAVA_HOME/bin/java" "$TEST/BackupGate.java"
    else
        skipped "docs/integration.md: Java" "JAVA_HOME is no JDK"
    fi
    snippet yaml >"$TEST/compose.yaml"
    if docker compose version >/dev/null 2>&1; then
        check "docs/integration.md: Compose (its syntax alone)" docker compose -f "$TEST/compose.yaml" config -q
    else
        skipped "docs/integration.md: Compose" "docker compose is not installed"
    fi
}

snippet() {
    awk -v fence="\`\`\`$1" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$ROOT/docs/integration.md"
}

snippet_is_a_gate() {
    local before after
    before=$(labelled_before_42)
    "$@" || return 1
    after=$(labelled_before_42)
    [ "$after" -eq $((before + 1)) ] || { echo "$before backups before, $after after"; return 1; }
    export BACKUP_API_TOKEN=unknown
    ! "$@"
}

labelled_before_42() {
    call -H 'Accept: text/plain' "$URL/api/v1/backups?limit=200" | grep -c '_before-42\.sql\.gz' || true
}

main "$@"
