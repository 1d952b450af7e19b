# shellcheck shell=sh
# shellcheck disable=SC2016 # text for the shell over there
# For cloud_failover.sh: code, secrets, backups and folders onto the droplet. Each step may be done again: what is there already
# is not sent twice, and files that broke off go on.
#
#   FAILOVER_REMOTE_DIR/life-os         the clone of LIFEOS_REPO_URL: LIFEOS_HOME there
#                      /mirror          the folders and backups: SYNC_MIRROR_DIR there
#                      /life-os-backup  this project, where the clone does not hold recover.sh
#                      /secrets         mode 700, a file each, mode 600
#                      /recover.env     what recover.sh is started with, beside NAME_FILE for each secret

RSYNC_TRIES=3

prepare_droplet() {
    begin_step prepare
    script_begin dir "$REMOTE_DIR"
    cat >>"$WORK/script" <<'END'
mkdir -p "$dir/mirror/backups/postgres" "$dir/secrets"
chmod 755 "$dir"
chmod 700 "$dir/mirror" "$dir/secrets"
missing=''
for tool in docker git rsync curl; do
    command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -z "$missing" ] || { echo "missing there:$missing" >&2; exit 3; }
END
    remote "$WAIT" || fail "The droplet is not as it must be: $(why_not)" \
        "The image must have docker, git, rsync and curl, as $IMAGE should; another one: FAILOVER_IMAGE, after cloud_failover.sh down"
    end_step
}

# The credential waits in a file that git is pointed to: it is in no argument and no output there either.
send_code() {
    begin_step code
    script_begin dir "$REMOTE_DIR" url "$REPOSITORY" branch "$BRANCH" credential "$CREDENTIAL" folders "$FOLDERS"
    cat >>"$WORK/script" <<'END'
main() {
    [ ! -d "$dir/life-os/.git" ] || exit 0
    rm -rf "$dir"/life-os.partial.*
    export GIT_TERMINAL_PROMPT=0
    export GIT_SSH_COMMAND='ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o ConnectTimeout=15'
    set --
    if [ -n "$credential" ]; then
        (umask 077 && printf '%s\n' "$credential" >"$dir/secrets/git-credentials")
        set -- --config "credential.helper=store --file=$dir/secrets/git-credentials"
    fi
    [ -z "$branch" ] || set -- "$@" --branch "$branch"
    git clone --quiet "$@" "$url" "$dir/life-os.partial.$$" </dev/null
    # as old as the last commit that changed it, and not as this minute: what its user made of it since is newer, and comes back
    # shellcheck disable=SC2086 # a list
    (cd "$dir/life-os.partial.$$" && git ls-files -z -- $folders | xargs -0 -r sh -c '
        for file; do
            time=$(git --literal-pathspecs log -1 --date=format-local:%Y%m%d%H%M.%S --format=%cd -- "$file") &&
                touch -h -t "$time" -- "$file" || exit 255
        done' sh)
    [ -d "$dir/life-os/.git" ] || mv "$dir/life-os.partial.$$" "$dir/life-os"
}
main
END
    code=0
    case $REPOSITORY in
        http://* | https://* | file://* | /*) remote "$WAIT" || code=$? ;;
        *) remote_with_agent "$WAIT" || code=$? ;;
    esac
    [ "$code" -eq 0 ] || fail "$REPOSITORY could not be cloned on the droplet: $(why_not)" \
        "A private one needs a token in LIFEOS_REPO_URL or CODE_REMOTE_TOKEN, or, over ssh, a key in your agent (ssh-add)."
    end_step
}

# What recover.sh needs to know. Secrets go into files, which it is told as NAME_FILE; those of an up before stay.
send_secrets() {
    begin_step secrets
    checkout=${SCRIPTS%/*}
    : >"$WORK/recover.env"
    setting LIFEOS_HOME "$REMOTE_DIR/life-os"
    setting SYNC_MIRROR_DIR "$REMOTE_DIR/mirror"
    setting LIFEOS_REPO_URL "$REPOSITORY"
    setting TZ "${TZ:-}"
    setting LIFEOS_DB_NAME "${LIFEOS_DB_NAME:-}"
    setting LIFEOS_DB_USER "${LIFEOS_DB_USER:-}"
    for secret in LIFEOS_DB_PASSWORD BACKUP_DB_PASSWORD BACKUP_TOKENS BACKUP_API_TOKEN CODE_REMOTE_TOKEN; do
        file=$(printf '%s' "$secret" | tr '[:upper:]' '[:lower:]')
        case $secret in
            LIFEOS_DB_PASSWORD) value=$(database_password) ;;
            *) value=$(read_secret "$secret" "$checkout/secrets/$file") ;;
        esac
        [ -z "$value" ] || send_private "$REMOTE_DIR/secrets/$file" "$value"
    done
    environment=$(environment_file)
    if [ -r "$environment" ]; then
        send_private "$REMOTE_DIR/life-os/.env" "$(cat "$environment")"
    else
        say "life-os has no .env here ($environment): if it needs one, set FAILOVER_LIFEOS_ENV to it."
    fi
    send_private "$REMOTE_DIR/recover.env" "$(cat "$WORK/recover.env")"
    end_step
}

# A line that a shell and docker compose read alike.
setting() {
    [ -z "$2" ] || printf "%s='%s'\n" "$1" "$(printf '%s' "$2" | tr -d "'")" >>"$WORK/recover.env"
}

# send_private PATH CONTENT
send_private() {
    script_begin path "$1" content "$2"
    cat >>"$WORK/script" <<'END'
umask 077
printf '%s\n' "$content" >"$path.new"
mv "$path.new" "$path"
END
    remote "$WAIT" || fail "${1##*/} could not be written on the droplet: $(why_not)"
}

# ----------------------------------------------------------------------------------------------------------- rsync --

# send WHAT DESTINATION ARGUMENTS…: only an end without a word is a good end, except that files which cannot be read here are told
# and left out (23), and files that went away meanwhile are fine (24). Returns 1 when they were left out.
send() {
    what=$1 destination=$2 try=1
    shift 2
    [ -z "${FAILOVER_BANDWIDTH_KIB:-}" ] || set -- "--bwlimit=$FAILOVER_BANDWIDTH_KIB" "$@"
    share_connection
    while true; do
        code=0
        run 0 in_state_folder rsync -rltp --partial --timeout="$WAIT" \
            --exclude=@eaDir --exclude=.SynologyWorkingDirectory --exclude='#recycle' --exclude=.DS_Store \
            -e "ssh -F ./ssh_config -o ControlMaster=auto -o ControlPath=$SOCKET -o ControlPersist=60" \
            "$@" "$ADDRESS:$destination" || code=$?
        check_host_key
        case $code in
            0 | 24) return 0 ;;
            23) return 1 ;;
            10 | 12 | 30 | 35 | 255)
                [ "$try" -lt "$RSYNC_TRIES" ] || fail "$what did not arrive: $(why_not)"
                say "$what broke off ($(why_not)); going on in a moment"
                try=$((try + 1))
                pause 7
                ;;
            *) fail "$what did not arrive (rsync $code): $(why_not)" ;;
        esac
    done
}

# Then the droplet says whether they are what they are here.
send_backups() {
    begin_step backups
    set --
    sums=''
    while IFS=' ' read -r _ hash dump; do
        for file in "$dump" "$dump.manifest.json" "$dump.sha256" "$dump.roles.sql"; do
            [ ! -f "$file" ] || set -- "$@" "$file"
        done
        sums="$sums$hash  ${dump##*/}
"
        say "sending ${dump##*/}"
    done <"$WORK/backups"
    send "The backups" "$REMOTE_DIR/mirror/backups/postgres/" "$@" || fail "Not all of the backups arrived: $(why_not)"
    script_begin dir "$REMOTE_DIR" sums "$sums"
    cat >>"$WORK/script" <<'END'
cd "$dir/mirror/backups/postgres"
printf '%s' "$sums" >../sums
if command -v sha256sum >/dev/null; then sha256sum -c ../sums >&2; else shasum -a 256 -c ../sums >&2; fi
rm ../sums
END
    remote "$WAIT" || fail "The backups are not the same on the droplet: $(why_not)"
    end_step
}

send_folders() {
    for folder in $FOLDERS; do
        source=$(source_of "$folder")
        [ -n "$source" ] || {
            say "$folder: nothing to send, it is in neither copy"
            continue
        }
        begin_step "folder-$folder"
        say "sending $source ($(size_of "$source"))"
        send "The folder $folder" "$REMOTE_DIR/mirror/$folder/" "$source/" || {
            LEFT_OUT="$LEFT_OUT${LEFT_OUT:+; }of $folder: $(why_unreadable)"
            say "WARNING: not all of $folder was sent: $(why_unreadable)"
        }
        end_step
    done
}

why_unreadable() {
    grep -e '^rsync: ' "$WORK/err" | head -n 1 || why_not
}

# SERVICE: the folder there in which scripts/recover.sh is.
send_service() {
    begin_step service
    script_begin dir "$REMOTE_DIR"
    echo '[ ! -f "$dir/life-os/scripts/recover.sh" ] || echo "the clone has it"' >>"$WORK/script"
    remote "$WAIT" || fail "The droplet does not answer: $(why_not)"
    if grep -q -x 'the clone has it' "$WORK/out"; then
        SERVICE=$REMOTE_DIR/life-os
    else
        [ -f "$SCRIPTS/recover.sh" ] || fail "Neither $REPOSITORY nor $SCRIPTS has recover.sh." \
            "Call cloud_failover.sh from a checkout of the backup service."
        SERVICE=$REMOTE_DIR/life-os-backup
        # Of what was built the jars: then the droplet needs no build.
        send "This project" "$SERVICE/" --include=/backup-*/target --include=/backup-*/target/quarkus-app \
            --exclude='/*/target/*' --exclude=/target --exclude=/.git --exclude=/.env --exclude=/secrets --exclude=/targets.env \
            --exclude=/.idea "${SCRIPTS%/*}/" || fail "Not all of this project arrived: $(why_unreadable)"
    fi
    end_step
}
