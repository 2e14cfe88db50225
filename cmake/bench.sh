#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Builds the benchmarks, runs them and prints a table:
#
#   sh cmake/bench.sh [--json FILE]
#
# FILE gets Google Benchmark's own report.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$root/build/bench
json=$build/results.json

while [ $# -gt 0 ]; do
    case $1 in
    --json)
        [ $# -gt 1 ] || { echo "bench.sh: --json takes a file" >&2; exit 2; }
        json=$2
        shift 2
        ;;
    *)
        echo "usage: sh cmake/bench.sh [--json FILE]" >&2
        exit 2
        ;;
    esac
done

sh "$here/install_packages.sh" g++ cmake ninja-build libboost-dev libboost-program-options-dev \
    libssl-dev libbenchmark-dev python3

cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCREX_BUILD_TESTS=OFF \
    -DCREX_INSTALL=OFF >/dev/null
cmake --build "$build" --target semaphore_bench >/dev/null

"$build/apps/bench/semaphore_bench" --benchmark_repetitions=9 --benchmark_min_time=0.1 \
    --benchmark_enable_random_interleaving=true --benchmark_out_format=json \
    --benchmark_out="$json" >/dev/null 2>&1
python3 "$root/apps/bench/table.py" "$json"
