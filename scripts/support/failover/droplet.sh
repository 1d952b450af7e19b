# shellcheck shell=sh
# For cloud_failover.sh: the droplet, by doctl's text output. A list that cannot be had is never taken for an empty one.

LOOK_SECONDS=30 # for a droplet whose creation was not answered
UNCHANGED='Nothing was changed. ' # until something is

check_login() {
    run "$WAIT" doctl account get || fail "doctl is not logged in, or DigitalOcean does not answer: $(why_not)" \
        "Log in with: doctl auth init"
    read_account
}

# ACCOUNT: the e-mail, the team where there is one, and the UUID; or nothing. What changes is left out: limit, verified, status.
read_account() {
    ACCOUNT=$(awk -F '  +|\t+' '/@/ {
        sub(/[ \t]+$/, "")
        for (i = 1; i <= NF; i++) {
            if ($i ~ /^[0-9]+$/ && $(i + 1) ~ /^(true|false)$/) { i++; limited = 1; continue }
            if (i == NF && limited) break
            text = text separator $i
            separator = ", "
        }
        print text
        exit
    }' "$WORK/out")
}

# Under another login a droplet that is not found may well be there, and cost.
refuse_other_account() {
    theirs=$(recall account)
    if [ -n "$theirs" ] && [ -n "$ACCOUNT" ] && [ "$theirs" != "$ACCOUNT" ]; then
        fail "The droplet ${known:+$known }of the last up belongs to $theirs, but doctl is logged in as $ACCOUNT, where it is not found." \
            "Log in as before (doctl auth switch, or doctl auth init). If both are the same account: rm '$STATE_DIR/account'"
    fi
}

remember_account() {
    [ -z "$ACCOUNT" ] || remember account "$ACCOUNT"
}

# The price is for people: without it things go on.
read_price() {
    HOURLY=''
    if run "$WAIT" doctl compute size list --format Slug,PriceHourly --no-header && [ -s "$WORK/out" ]; then
        HOURLY=$(awk -v size="$SIZE" '$1 == size { print $2; exit }' "$WORK/out")
        [ -n "$HOURLY" ] || fail "DigitalOcean has no size $SIZE: set FAILOVER_SIZE to one of 'doctl compute size list'."
    fi
}

cost_sentence() {
    if [ -n "$HOURLY" ]; then echo "$HOURLY USD an hour"; else echo "price unknown (doctl compute size list)"; fi
}

# cost_so_far SECONDS: at most, with a begun hour counted whole.
cost_so_far() {
    if [ -n "$HOURLY" ]; then
        awk -v price="$HOURLY" -v hours="$((($1 + 3599) / 3600))" 'BEGIN { printf "%.2f USD\n", price * hours }'
    else
        echo "unknown"
    fi
}

# All keys of the account, by ID or fingerprint, unless FAILOVER_SSH_KEYS names some.
read_ssh_keys() {
    [ -z "$SSH_KEYS" ] || return 0
    run "$WAIT" doctl compute ssh-key list --format ID --no-header || fail "The account's SSH keys cannot be listed: $(why_not)"
    SSH_KEYS=$(awk '$1 ~ /^([0-9]+|[0-9A-Fa-f][0-9A-Fa-f](:[0-9A-Fa-f][0-9A-Fa-f])+)$/ { printf "%s%s", separator, $1; separator = "," }' "$WORK/out")
    [ -n "$SSH_KEYS" ] || fail "The account has no SSH key, so nobody could log in." \
        "Give it one: doctl compute ssh-key import NAME --public-key-file ~/.ssh/id_ed25519.pub"
}

# Into the file `droplets`: ID ADDRESS STATUS NAME, - for no address yet; into `ours` those of exactly our name, and the one
# that was written down.
list_droplets() {
    run "$WAIT" doctl compute droplet list --format ID,Name,PublicIPv4,Status --no-header ||
        fail "The droplets cannot be listed: $(why_not)"
    read_droplets >"$WORK/droplets"
    add_unlisted_droplet
    awk -v name="$DROPLET" -v id="$(recall id)" '$4 == name || $1 == id' "$WORK/droplets" >"$WORK/ours"
}

read_droplets() {
    awk '$1 ~ /^[0-9]+$/ {
        address = "-"
        for (i = 3; i <= NF; i++) if ($i ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/) address = $i
        print $1, address, $NF, $2
    }' "$WORK/out"
}

# The one that was written down, where the list leaves it out: too new, or of a kind that is not listed. It may also be gone, or be
# somebody else's. One that doctl has destroyed and that is listed no more is gone, whatever else it says.
add_unlisted_droplet() {
    known=$(recall id)
    if [ -z "$known" ]; then
        [ -z "$(recall asked)" ] || grep -q -e " $DROPLET\$" "$WORK/droplets" || refuse_other_account
        return 0
    fi
    if grep -q -e "^$known " "$WORK/droplets" || grep -q -s -x -e "$known" "$STATE_DIR/deleted"; then return 0; fi
    if run "$WAIT" doctl compute droplet get "$known" --format ID,Name,PublicIPv4,Status --no-header; then
        read_droplets >>"$WORK/droplets"
        return 0
    fi
    case $(why_not) in
        *": 404"* | *"not be found"* | *"not found"* | *"Not Found"*) refuse_other_account ;;
        *) fail "Whether the droplet $known of the last up is still there cannot be told: $(why_not)." \
            "${UNCHANGED}Run this again, or look at https://cloud.digitalocean.com/droplets" ;;
    esac
}

# Sets ID, ADDRESS and DROPLET_STATUS of the one that is there, or leaves them empty.
find_droplet() {
    list_droplets
    case $(wc -l <"$WORK/ours" | tr -d ' ') in
        0) return 0 ;;
        1) ;;
        *) fail "There are several: $(awk '{ printf "%s%s (%s)", separator, $1, $4; separator = ", " }' "$WORK/ours")." \
            "Destroy those that you do not need (doctl compute droplet delete ID), or all of them: cloud_failover.sh down" ;;
    esac
    read -r ID ADDRESS DROPLET_STATUS its_name <"$WORK/ours"
    [ "$its_name" = "$DROPLET" ] || fail "The droplet $ID of the last up is called $its_name now." \
        "Give it its name back (doctl compute droplet-action rename $ID --droplet-name $DROPLET), or destroy it: cloud_failover.sh down"
    case $DROPLET_STATUS in
        new | active) ;;
        *) fail "The droplet $ID is $DROPLET_STATUS." "Switch it on: doctl compute droplet-action power-on $ID --wait" ;;
    esac
}

have_droplet() {
    begin_step create
    if [ -z "$ID" ] && [ -n "$(recall asked)" ] && [ -z "$(recall id)" ]; then
        say "A droplet was asked for before, and the answer was lost: looking for it."
        look_for_lost_droplet || say "There is none: asking again."
    fi
    if [ -n "$ID" ]; then
        if [ "$ID" != "$(recall id)" ]; then
            take_droplet
        else
            remember_account
            [ -z "$(recall hourly)" ] || HOURLY=$(recall hourly)
        fi
        say "taking the droplet $ID that is there"
    else
        forget_droplet
        create_droplet
    fi
    await_address
    end_step
}

create_droplet() {
    remember_account
    remember asked "$(date +%s)"
    UNCHANGED=''
    code=0
    run "$WAIT" doctl compute droplet create "$DROPLET" --image "$IMAGE" --size "$SIZE" --region "$REGION" \
        --ssh-keys "$SSH_KEYS" --wait --format ID,PublicIPv4 --no-header || code=$?
    ID=$(awk '$1 ~ /^[0-9]+$/ { print $1; exit }' "$WORK/out")
    if [ -n "$ID" ]; then
        ADDRESS=$(awk '$1 ~ /^[0-9]+$/ { print $2; exit }' "$WORK/out")
        DROPLET_STATUS=active # that is what --wait waits for
        take_droplet
        return 0
    fi
    if [ "$code" -eq 124 ]; then words="no answer in $WAIT s"; else words=$(why_not); fi
    say "No droplet was answered ($words): looking whether there is one."
    if look_for_lost_droplet; then
        take_droplet
        return 0
    fi
    case $words in
        *": 4"[0-9][0-9]*) forget_droplet ;; # a plain no
    esac
    fail "No droplet could be made: $words" "See also: doctl compute droplet list"
}

# Into the list a new droplet comes with its creation, if not quite at once.
look_for_lost_droplet() {
    seconds=$LOOK_SECONDS
    [ "$seconds" -le "$WAIT" ] || seconds=$WAIT
    look_until=$(($(date +%s) + seconds))
    while true; do
        find_droplet_again
        [ -z "$ID" ] || return 0
        [ "$(date +%s)" -lt "$look_until" ] || return 1
        pause 3
    done
}

# For down any number is right, for up one.
find_droplet_again() {
    if [ "$COMMAND" = up ]; then
        find_droplet
    else
        list_droplets
        ID=$(awk 'NR == 1 { print $1 }' "$WORK/ours")
    fi
}

# What is known of another droplet is not known of this one.
take_droplet() {
    asked=''
    [ -n "$(recall id)" ] || asked=$(recall asked)
    forget_droplet
    remember_account
    remember asked "${asked:-$(date +%s)}"
    remember created "${asked:-$(date +%s)}"
    remember hourly "$HOURLY"
    remember id "$ID"
}

await_address() {
    until_then=$(($(date +%s) + WAIT))
    while true; do
        case $DROPLET_STATUS:$ADDRESS in
            active:*.*.*.*) break ;;
        esac
        list_droplets
        awk -v id="$ID" '$1 == id' "$WORK/ours" >"$WORK/this"
        read -r _ ADDRESS DROPLET_STATUS _ <"$WORK/this" || DROPLET_STATUS='not listed'
        case $DROPLET_STATUS:$ADDRESS in
            active:*.*.*.*) break ;;
        esac
        [ "$(date +%s)" -lt "$until_then" ] || fail "The droplet $ID has no address after $WAIT s (it is $DROPLET_STATUS)."
        pause 3
    done
    remember address "$ADDRESS"
    say "droplet $ID, address $ADDRESS, $(cost_sentence)"
}

# Everything in the file `ours`, and then looks whether it is gone.
destroy_droplets() {
    cp "$WORK/ours" "$WORK/doomed"
    until_then=$(($(date +%s) + WAIT)) UNCHANGED=''
    while read -r doomed _ _ its_name; do
        say "destroying $doomed ($its_name)"
        if run "$WAIT" doctl compute droplet delete "$doomed" --force; then
            echo "$doomed" >>"$STATE_DIR/deleted"
        else
            say "doctl said: $(why_not)"
            until_then=0 # then waiting does not help
        fi
    done <"$WORK/doomed"
    while true; do
        list_droplets
        [ -s "$WORK/ours" ] || break
        [ "$(date +%s)" -lt "$until_then" ] ||
            fail "Still there: $(awk '{ printf "%s%s", separator, $1; separator = ", " }' "$WORK/ours")." \
                "By hand: doctl compute droplet delete ID --force, or https://cloud.digitalocean.com/droplets"
        pause 3
    done
    awk '{ print "destroyed " $1 " " $4 }' "$WORK/doomed"
}
