#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/bench.sh [--json FILE] [--quick] [--only REGEX] [further options for queue_bench]
#
# Installs what the benchmarks need, builds them in build/bench, runs them and prints a table: crex's
# semaphores and queues beside Boost's and the system's. It fails when a result was wrong. The
# machine should have nothing else to do.
#
#   --json FILE   the medians, for another program to read
#   --quick       a few seconds instead of minutes: to see that it works, not to quote
#   --only REGEX  only cases in whose SUITE/CASE it is found: 'queue/1 to 1', semaphore
#   --only idle   instead of the others: what 1 to 512 idle waiters cost, and how soon they notice a
#                 death (three minutes)
#   --only mqueue instead of the others: libcrex-mqueue.so beside the kernel's queues (a minute)
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"

json=
only=.
semaphore_rounds=9
semaphore_seconds=0.1
options=
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) show_help "$0" && exit 0 ;;
        --json)
            json=${2:?"--json needs a file"}
            shift
            ;;
        --only)
            only=${2:?"--only needs a regular expression"}
            shift
            ;;
        --quick)
            options=--quick
            semaphore_rounds=3
            semaphore_seconds=0.02
            ;;
        *) break ;;
    esac
    shift
done

sh "$root/cmake/install_packages.sh" g++ cmake ninja-build libboost-dev \
    libboost-program-options-dev libbenchmark-dev python3
use_build_directory bench
build "semaphore_bench queue_bench idle_bench mqueue_bench crex-mqueue" 2 -DCREX_BUILD_TESTS=OFF \
    -DCREX_BUILD_COMMAND=OFF -DCREX_BUILD_DEMOS=OFF -DCREX_BUILD_MQUEUE=ON -DCREX_BUILD_PYTHON=OFF \
    -DCREX_INSTALL=OFF

programs=$build/apps/bench
semaphores=$build/semaphores.json
queues=$build/queues.tsv
if [ "$only" = idle ]; then
    exec "$programs/idle_bench" ${options:+1}
fi
if [ "$only" = mqueue ]; then
    exec python3 -B "$root/apps/bench/mqueue.py" "$programs/mqueue_bench" \
        "$build/lib/src/mqueue/libcrex-mqueue.so" ${options:+1}
fi
log=$build/semaphores.log
rm -f "$semaphores" "$queues"

"$programs/semaphore_bench" --benchmark_filter="$only" --benchmark_min_time=$semaphore_seconds \
    --benchmark_repetitions=$semaphore_rounds --benchmark_enable_random_interleaving=true \
    --benchmark_out_format=json --benchmark_out="$semaphores" >"$log" 2>&1 ||
    { cat "$log" >&2; exit 1; }
# Nothing or one word.
# shellcheck disable=SC2086
"$programs/queue_bench" $options --only "$only" --output "$queues" "$@"

python3 -B "$root/apps/bench/table.py" --semaphores "$semaphores" --journal "$queues" \
    ${json:+--json "$json"}
