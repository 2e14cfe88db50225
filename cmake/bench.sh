#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/bench.sh [OPTION...] [further options for crex_bench]
#
# Installs what the benchmarks need, builds them in build/bench, runs them and prints a table: crex's
# semaphores, queues and rings beside those of Boost, of the kernel, of ZeroMQ and of nng, and beside
# what the machine's parts cost. It fails when a result was wrong. The machine should have nothing
# else to do. lib/doc/benchmarks.md says what is measured.
#
#   --json FILE      the results with the machine, the versions and the date, for another program
#   --pictures DIR   pictures of the results, in SVG
#   --report FILE    writes the results into a Markdown file, between its two markers
#   --from FILE      measures nothing, but takes the results that --json has written
#   --quick          a minute instead of a quarter of an hour: to see that it works, not to quote
#   --only REGEX     only cases in whose SUITE/CASE it is found: 'queue/1 to 1', semaphore, ^curve
#   --only idle      instead of the others: what 1 to 512 idle waiters cost, and how soon they notice
#                    a death (three minutes)
#   --only mqueue    instead of the others: libcrex-mqueue.so beside the kernel's queues (a minute)
#   --only languages instead of the others: the same calls in C++, C and Python (three minutes)
#   --only server    instead of the others: queues and semaphores in PostgreSQL beside the same statements
#                    by libpq alone, with a server of its own (two minutes). Its disk decides the figures
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"

command="sh cmake/bench.sh $*"
json='' pictures='' report='' from='' quick='' only=.
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) show_help "$0" && exit 0 ;;
    --quick) quick=--quick && shift && continue ;;
    --json | --pictures | --report | --from | --only)
        [ $# -gt 1 ] || { echo "bench.sh: $1 needs a value" >&2 && exit 2; } ;;
    *) break ;;
    esac
    case $1 in
    --json) json=$2 ;;
    --pictures) pictures=$2 ;;
    --report) report=$2 ;;
    --from) from=$2 ;;
    --only) only=$2 ;;
    esac
    shift 2
done

install() { sh "$root/cmake/install_packages.sh" "$@"; }

build_benchmarks() {
    install g++ cmake ninja-build libboost-dev libboost-program-options-dev python3
    # These are measured where they can be had.
    install libzmq3-dev libnng-dev || echo "Measured without what is missing" >&2
    languages=OFF targets="crex_bench idle_bench mqueue_bench crex-mqueue"
    if [ "$only" = languages ]; then
        install python3-dev
        languages=ON targets="languages_cpp languages_c crex_python"
    fi
    use_build_directory bench
    build "$targets" 2 -DCREX_BUILD_TESTS=OFF -DCREX_BUILD_COMMAND=OFF -DCREX_BUILD_DEMOS=OFF \
        -DCREX_BUILD_MQUEUE=ON -DCREX_BUILD_C=$languages -DCREX_BUILD_PYTHON=$languages \
        -DCREX_INSTALL=OFF
    programs=$build/apps/bench
}

# start_server: one in a directory of its own, which crex_bench finds by CREX_BENCH_SERVER.
start_server() {
    for bin in /usr/lib/postgresql/*/bin; do :; done
    CREX_BENCH_SERVER=$(mktemp -d /tmp/crex-bench-pg.XXXXXX) # a socket's path must be short
    export CREX_BENCH_SERVER
    trap 'sh "$root/test/postgres/server.sh" stop "$CREX_BENCH_SERVER" "$bin"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    sh "$root/test/postgres/server.sh" start "$CREX_BENCH_SERVER" "$bin"
}

# Its arguments are further options.
measure() {
    [ "$only" != server ] || install libpq-dev postgresql
    build_benchmarks
    case $only in
    idle) exec "$programs/idle_bench" ${quick:+1} ;;
    mqueue)
        exec python3 -B "$root/apps/bench/mqueue.py" "$programs/mqueue_bench" \
            "$build/lib/src/mqueue/libcrex-mqueue.so" ${quick:+1} ;;
    languages) exec python3 -B "$root/apps/bench/languages.py" "$build" ${quick:+1} ;;
    server)
        start_server
        only='^server/'
        [ -n "$quick" ] || set -- --seconds 1 "$@" ;;
    esac
    from=${json:-$build/results.json}
    journal=$build/journal.tsv
    "$programs/crex_bench" ${quick:+"$quick"} --only "$only" --output "$journal" "$@"
    python3 -B "$root/apps/bench/table.py" --journal "$journal" --command "$command" --json "$from" ||
        failed=yes
}

# Another Python may come first in PATH, without Debian's packages.
draw() {
    install python3 python3-matplotlib
    python=python3
    python3 -c 'import matplotlib' 2>/dev/null || python=/usr/bin/python3
    "$python" -B "$root/apps/bench/pictures.py" "$from" "$pictures"
}

failed=no
if [ -n "$from" ]; then
    install python3
    python3 -B "$root/apps/bench/table.py" --from "$from" ${json:+--json "$json"} || failed=yes
else
    measure "$@"
fi
[ -z "$pictures" ] || draw
[ -z "$report" ] || python3 -B "$root/apps/bench/report.py" "$from" "$report"
[ "$failed" = no ]
