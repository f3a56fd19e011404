# What the scripts in ops/ share: packages, versions, a private Redis and Postgres, and tidying up. Sourced by bash.
#
#   set_up            what every script needs first: packages, Swift, the temporary folder $work
#   stage NAME CMD…   runs CMD, says how long it took; its exit status is CMD's
#   launch NAME SIGNAL CMD…   starts CMD in the background, output to $work/NAME.log; SIGNAL ends it gently
#   start_redis, start_postgres   set redis_url and postgres_url
#   "${release[@]}"   the release build: swift build with its options, to which --product NAME or --show-bin-path is added
#
# Every process runs in a session of its own, so that Ctrl-C reaches this script alone, and tidy_up ends them in order.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# With the Swift runtime inside, a program takes a quarter less memory, and runs where no Swift is installed.
release=(swift build -c release --static-swift-stdlib)
work=
foreground=
launched=() # "PID SIGNAL NAME", in the order of starting
kept=       # not empty: leave everything running at the end
patience=5  # seconds that the command in the foreground gets to stop
policy_made= # the policy-rc.d that we put there, while it is there

say() { printf '== %s\n' "$*" >&2; }
die() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# ---- packages and versions

# Debian package, then the test that says it is there.
needs=(
    'python3|command -v python3'
    'pkg-config|command -v pkg-config'
    'libhiredis-dev|pkg-config --exists hiredis'
    'libcurl4-openssl-dev|pkg-config --exists libcurl'
    'libxml2-dev|pkg-config --exists libxml-2.0'
    'libpq-dev|pkg-config --exists libpq'
    'zlib1g-dev|pkg-config --exists zlib'
    'redis-server|command -v redis-server && command -v redis-cli'
    'postgresql|postgres_folder'
)

# The folder of the newest Postgres server on this machine.
postgres_folder() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [[ -x $newest ]] || newest=$(command -v initdb) || return 1
    dirname "$(readlink -f "$newest")"
}

missing_packages() {
    local need
    for need in "${needs[@]}"; do
        eval "${need#*|}" >/dev/null 2>&1 || printf '%s\n' "${need%%|*}"
    done
}

# As root, directly or through sudo.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# Installs what is missing. The packages' own services stay off: a policy-rc.d says so while apt works.
install_missing() {
    local missing policy=/usr/sbin/policy-rc.d
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || die "missing: ${missing[*]} (Debian's names). Install them and try again"
    ((EUID == 0)) || command -v sudo >/dev/null || die "missing: ${missing[*]}. Run as root: apt-get install ${missing[*]}"
    say "installing with apt-get: ${missing[*]}"
    if [[ ! -e $policy ]]; then
        policy_made=$policy
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    {
        as_root apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"
    } >&2 </dev/null || die "apt-get failed. Its message is above"
    remove_policy
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || die "still missing after apt-get: ${missing[*]}"
}

remove_policy() {
    [[ -z $policy_made ]] || as_root rm -f "$policy_made"
    policy_made=
}

# at_least NAME FOUND WANTED WHERE
at_least() {
    [[ $(printf '%s\n%s\n' "$3" "$2" | sort -V | head -n 1) == "$3" ]] ||
        die "$1 $2 is too old ($4). $1 $3 or later is needed"
}

check_versions() {
    local version
    command -v swift >/dev/null || die "no swift on PATH. Install Swift 6.2 or later from swift.org and add its usr/bin to PATH"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
    at_least Swift "$version" 6.2 "$(command -v swift)"
    version=$(redis-server --version | sed -n 's/.* v=\([0-9.]*\).*/\1/p')
    at_least Redis "$version" 6.2 "$(command -v redis-server)"
    version=$("$(postgres_folder)/postgres" --version | sed 's/[^0-9]*\([0-9.]*\).*/\1/')
    at_least PostgreSQL "$version" 15 "$(postgres_folder)"
}

set_up() {
    trap tidy_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    install_missing
    check_versions
    work=$(mktemp -d "${TMPDIR:-/tmp}/schedcu.XXXXXX")
    chmod 711 "$work" # the user of Postgres passes through
}

# ---- processes

# A process that is there and not a zombie.
alive() {
    local state
    state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) && [[ -n $state && $state != Z ]]
}

# When a process started, in clock ticks since boot: tells it from a later one with the same id.
started() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# Waits up to SECONDS (the first argument) until the rest succeeds.
within() {
    local tenths=$(($1 * 10))
    shift
    until "$@"; do
        ((tenths-- > 0)) || return 1
        sleep 0.1
    done
}

gone() { ! alive "$1"; }

# Runs a command to its end in the foreground and passes its status on; Ctrl-C ends it with everything it started.
foreground() {
    local status=0
    setsid "$@" &
    foreground=$!
    wait "$foreground" || status=$?
    kill -KILL -- "-$foreground" 2>/dev/null || true # what it left behind
    foreground=
    return "$status"
}

stage() {
    local name=$1 began=$SECONDS status=0
    shift
    say "$name"
    foreground "$@" || status=$?
    say "$name: $((SECONDS - began)) s$( ((status == 0)) || printf ', status %s' "$status")"
    return "$status"
}

# launch NAME SIGNAL CMD…: the process id is in `process` afterwards.
launch() {
    local name=$1 signal=$2
    shift 2
    setsid "$@" >"$work/$name.log" 2>&1 </dev/null &
    process=$!
    disown "$process" # bash reports no end of it
    launched+=("$process $signal $name")
}

# Ends one launched process: gently, after 10 s for certain.
end_process() {
    local pid=$1 signal=$2 name=$3
    alive "$pid" || return 0
    kill -s "$signal" "$pid" 2>/dev/null || true
    within 10 gone "$pid" || printf '== %s did not stop and is killed\n' "$name" >&2
    kill -KILL -- "-$pid" 2>/dev/null || true
}

# The last words of every launched process.
show_logs() {
    local entry name
    for entry in "${launched[@]}"; do
        name=${entry##* }
        printf -- '---- %s\n' "$name" >&2
        tail -n "${1:-20}" "$work/$name.log" >&2 || true
    done
}

tidy_up() {
    local status=$? n
    trap '' INT TERM HUP # a second Ctrl-C does not leave half of it behind
    trap - EXIT
    if [[ -n $foreground ]]; then
        kill -TERM -- "-$foreground" 2>/dev/null || true
        within "$patience" gone "$foreground" || true
        kill -KILL -- "-$foreground" 2>/dev/null || true
    fi
    remove_policy
    if [[ -z $kept ]]; then
        for ((n = ${#launched[@]} - 1; n >= 0; n--)); do
            # shellcheck disable=SC2086 # three words
            end_process ${launched[n]}
        done
        [[ -z $work ]] || rm -rf "$work"
    fi
    exit "$status"
}

# ---- servers

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

logged() { grep -q -- "$2" "$work/$1.log" 2>/dev/null; }
logged_or_gone() { logged "$1" "$2" || ! alive "$3"; }

# start_server NAME SIGNAL READY CMD…: CMD holds PORT where the port goes. READY is what its log says when it serves.
# Another process may take a free port before the server does: then there is a second and a third try.
start_server() {
    local name=$1 signal=$2 ready=$3
    shift 3
    for _ in 1 2 3; do
        port=$(free_port)
        launch "$name" "$signal" "${@//PORT/$port}"
        within 30 logged_or_gone "$name" "$ready" "$process" || true
        ! logged "$name" "$ready" || return 0
        end_process "$process" KILL "$name"
    done
    show_logs
    die "$name did not start. Its log is above"
}

# start_redis [CMD LINE OPTION…]: a Redis on a free loopback port that evicts nothing; sets redis_url.
start_redis() {
    mkdir -p "$work/redis"
    start_server redis TERM 'Ready to accept connections' \
        redis-server --bind 127.0.0.1 --port PORT --dir "$work/redis" --databases 128 --save '' \
        --maxmemory-policy noeviction "$@"
    # shellcheck disable=SC2034 # for the script that sources this
    redis_url=redis://127.0.0.1:$port
}

# start_postgres DATABASE: a Postgres on a free loopback port with this one empty database; sets postgres_url.
# It trusts whoever reaches the port: it holds made-up data and lives as long as this script.
start_postgres() {
    local bin data=$work/postgres user as=()
    bin=$(postgres_folder)
    mkdir -p "$data"
    if ((EUID == 0)); then # Postgres refuses to run as root
        user=$(id -un postgres 2>/dev/null || echo nobody)
        as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
        chown "$user" "$data"
    fi
    cd "$data"
    "${as[@]}" "$bin/initdb" -D "$data/data" -U schedcu -A trust -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 3 "$work/initdb.log")"
    start_server postgres INT 'ready to accept connections' \
        "${as[@]}" "$bin/postgres" -D "$data/data" -p PORT -c listen_addresses=127.0.0.1 -c "unix_socket_directories=$data" \
        -c fsync=off -c max_connections=200
    "${as[@]}" "$bin/createdb" -h 127.0.0.1 -p "$port" -U schedcu "$1" || die "createdb $1 failed"
    cd "$root"
    # shellcheck disable=SC2034 # for the script that sources this
    postgres_url=postgresql://schedcu@127.0.0.1:$port/$1
}

cd "$root"
