# shellcheck shell=bash
# Finds what the project is built and run with. Sourced by ./quickstart and ./check; bash 3.2 (macOS) is enough.
#
#   find_jdk25               JAVA_HOME: a JDK 25 or later
#   find_postgres_tools      PG_BIN: a folder with the PostgreSQL server and client programs
#   install_optional_tools   igzip, pigz, rsync, git, shellcheck, curl: the service starts without all but curl
#   free_ports N             prints N free TCP ports of 127.0.0.1
#
# Quiet unless something is installed or missing; then one line on stderr says what.

# ------------------------------------------------------------------------------------------------------------- JDK --

# Sets and exports JAVA_HOME, or says how to install a JDK and returns 1.
find_jdk25() {
    local candidate
    if is_jdk25 "${JAVA_HOME:-}"; then
        export JAVA_HOME
        return 0
    fi
    while IFS= read -r candidate; do
        if is_jdk25 "$candidate"; then
            export JAVA_HOME="$candidate"
            return 0
        fi
    done < <(jdk_candidates)
    echo "JDK 25 was not found: $(how_to_install_jdk25), or set JAVA_HOME to one." >&2
    return 1
}

jdk_candidates() {
    # What `java` itself calls its home: right for links, shims and version managers alike. The java of macOS is a
    # stub that opens a dialogue when there is no JDK; java_home knows the same JDKs and does not.
    case "$(uname -s):$(command -v java)" in
        *: | Darwin:/usr/bin/java) ;;
        *) java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p' || true ;;
    esac
    if [ -x /usr/libexec/java_home ]; then
        /usr/libexec/java_home -v 25 2>/dev/null || true
    fi
    existing_folders \
        /usr/lib/jvm/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        /home/linuxbrew/.linuxbrew/opt/openjdk*/libexec \
        "${SDKMAN_DIR:-$HOME/.sdkman}"/candidates/java/*
}

# Every JDK says its version in the file `release`; asking `javac` would take half a second for each candidate.
is_jdk25() {
    local version
    [ -n "$1" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    [ "${version:-0}" -ge 25 ]
}

how_to_install_jdk25() {
    if [ "$(uname -s)" = Darwin ]; then
        echo "install it with 'brew install openjdk@25'"
    elif on_debian; then
        echo "install it with 'sudo apt-get install openjdk-25-jdk-headless' (Debian 13, Ubuntu 24.04 or later; before those" \
            "the package temurin-25-jdk of https://adoptium.net)"
    else
        echo "install it with your package manager or from https://adoptium.net"
    fi
}

# ------------------------------------------------------------------------------------------------------ PostgreSQL --

# Sets and exports PG_BIN, installing the tools where that can be done without a question, or says how to and returns 1.
find_postgres_tools() {
    if set_pg_bin; then
        return 0
    fi
    if debian_root; then
        echo "Installing PostgreSQL with apt-get ..." >&2
        keep_debian_from_creating_a_cluster
        apt_install postgresql && set_pg_bin && return 0
    fi
    echo "The PostgreSQL server programs were not found: $(how_to_install_postgres), or set PG_BIN to the folder of initdb." >&2
    return 1
}

set_pg_bin() {
    local candidate
    while IFS= read -r candidate; do
        if has_postgres_tools "$candidate"; then
            export PG_BIN="$candidate"
            return 0
        fi
    done < <(postgres_candidates)
    return 1
}

# A PG_BIN that was given, the PATH, then the newest of each place. On Debian the psql in PATH is a wrapper without a
# server beside it, so what counts is where initdb really is.
postgres_candidates() {
    local initdb
    [ -z "${PG_BIN:-}" ] || echo "$PG_BIN"
    initdb=$(command -v initdb) && dirname "$(real_path "$initdb")"
    existing_folders /usr/lib/postgresql/*/bin | newest_major_first
    existing_folders \
        /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin \
        /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin | newest_major_first
    existing_folders \
        /Applications/Postgres.app/Contents/Versions/latest/bin \
        /usr/pgsql-*/bin
}

has_postgres_tools() {
    local tool
    for tool in initdb pg_ctl postgres psql pg_dump pg_dumpall; do
        [ -x "$1/$tool" ] || return 1
    done
}

# Sorts folders by the last number in their paths.
newest_major_first() {
    sed 's/^\(.*[^0-9]\)\([0-9][0-9]*\)\(.*\)$/\2 &/' | sort -rn | cut -d ' ' -f 2-
}

# Debian's package starts a server of its own on 5432 unless it is told not to before it is installed. A file that is
# already there is somebody's decision.
keep_debian_from_creating_a_cluster() {
    local conf=/etc/postgresql-common/createcluster.conf
    if [ ! -e "$conf" ]; then
        mkdir -p "${conf%/*}"
        echo 'create_main_cluster = false' >"$conf"
    fi
}

how_to_install_postgres() {
    if [ "$(uname -s)" = Darwin ]; then
        echo "install them with 'brew install postgresql@16'"
    elif on_debian; then
        echo "install them with 'sudo apt-get install postgresql'"
    else
        echo "install the PostgreSQL server package of your system"
    fi
}

# -------------------------------------------------------------------------------------------------- optional tools --

# Installs what is missing where that can be done without a question, else says in one line what it means.
# Arguments: the tools wanted; all by default.
install_optional_tools() {
    local tool missing='' packages='' meaning=''
    [ $# -gt 0 ] || set -- igzip pigz rsync git shellcheck curl
    for tool in "$@"; do
        command -v "$tool" >/dev/null || missing="$missing $tool"
    done
    [ -n "$missing" ] || return 0
    if debian_root; then
        packages=${missing/igzip/isal}
        echo "Installing$packages with apt-get ..." >&2
        # shellcheck disable=SC2086 # a list of words
        apt_install $packages && return 0
    fi
    case "$missing " in
        *" igzip "* | *" pigz "*)
            if command -v igzip >/dev/null || command -v pigz >/dev/null; then
                missing=${missing/ igzip/} missing=${missing/ pigz/} # one of them is enough
            else
                meaning=' (dumps are compressed in-process, more slowly)'
            fi
            ;;
    esac
    [ -z "$missing" ] || echo "Not installed:$missing$meaning." >&2
}

# ----------------------------------------------------------------------------------------------------------- ports --

# Prints N distinct ports on which nothing listens, below those the system hands out itself, so that no outgoing
# connection takes one before it is used.
free_ports() {
    local wanted=$1 found=' ' port tries=0
    while [ "$wanted" -gt 0 ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 1000 ]; then
            echo "No free TCP port was found between 20000 and 31999 on 127.0.0.1." >&2
            return 1
        fi
        port=$((20000 + RANDOM % 12000))
        case "$found" in *" $port "*) continue ;; esac
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            found="$found$port "
            wanted=$((wanted - 1))
            echo "$port"
        fi
    done
}

# ----------------------------------------------------------------------------------------------------------- system --

on_debian() {
    [ -r /etc/debian_version ] && command -v apt-get >/dev/null
}

debian_root() {
    on_debian && [ "$(id -u)" -eq 0 ]
}

# Asks nothing, keeps configuration files that exist, and shows apt-get's words only when it fails.
apt_install() {
    local log result=0
    log=$(mktemp) || return 1
    {
        apt-get update -qq || true # the lists at hand may do
        DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 apt-get install -y -qq --no-install-recommends \
            -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 "$@"
    } </dev/null >"$log" 2>&1 || result=$?
    if [ "$result" -ne 0 ]; then
        echo "apt-get install $* failed:" >&2
        tail -n 5 "$log" >&2
    fi
    rm -f "$log"
    return "$result"
}

# A pattern that matches nothing stays as it is in bash, so it is a folder that does not exist.
existing_folders() {
    local folder
    for folder in "$@"; do
        [ ! -d "$folder" ] || echo "$folder"
    done
}

# readlink -f, which older macOS does not have.
real_path() {
    local path=$1 link
    while [ -L "$path" ]; do
        link=$(readlink "$path")
        case "$link" in
            /*) path=$link ;;
            *) path=$(dirname "$path")/$link ;;
        esac
    done
    (cd "$(dirname "$path")" && echo "$(pwd -P)/$(basename "$path")")
}
