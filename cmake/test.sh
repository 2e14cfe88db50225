#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/test.sh [--contracts] [--peers] [--soak] [--shared] [-j N] [further arguments for ctest]
#
# Installs what the tests need, builds them in build/crex, as demo.sh does, and runs them. It works from
# any directory and as any user; where the tree cannot be written, it builds in the user's cache.
#
#   --contracts  only what holds for all semaphores, all queues and all named objects: two minutes
#   --peers      also those that need further programs (see below)
#   --soak       also those labelled soak, which take hours
#   --shared     against the shared library, in build/crex-shared
#   -j N         N tests at once; by default two more than there are processors, since many tests wait
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"

packages='g++ cmake ninja-build libboost-dev libboost-test-dev libboost-program-options-dev
          libncurses-dev libssl-dev nlohmann-json3-dev python3'
# Without these, the tests that need them say that they were skipped.
peer_packages='fish libpq-dev mypy pgbouncer pkg-config perl postgresql prometheus python3-clang
               python3-dev python3-numpy python3-sysv-ipc stress-ng tmux util-linux zsh'

jobs=$((processors + 2))
selected='-LE soak'
targets=all
minutes=11
name='crex'
shared=OFF
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) show_help "$0" && exit 0 ;;
    --contracts)
        selected='-R _contract'
        targets=contract_tests
        minutes=3
        ;;
    --peers) packages="$packages $peer_packages" ;;
    --soak)
        selected=
        export CREX_SOAK=1
        ;;
    --shared)
        name='crex-shared'
        shared=ON
        ;;
    -j)
        jobs=${2:?"-j needs a number"}
        shift
        ;;
    -j*) jobs=${1#-j} ;;
    *) break ;;
    esac
    shift
done
case $jobs in
'' | 0* | *[!0-9]*)
    echo "test.sh: -j needs a number above 0, not \"$jobs\"" >&2
    exit 2
    ;;
esac

# shellcheck disable=SC2086 # a list of words
sh "$root/cmake/install_packages.sh" $packages
use_build_directory "$name"
build "$targets" "$minutes" -DBUILD_SHARED_LIBS="$shared" -DCREX_BUILD_BENCHMARKS=OFF \
    -DCREX_BUILD_TESTS=ON -DCREX_BUILD_COMMAND=ON -DCREX_BUILD_MQUEUE=ON -DCREX_BUILD_DEMOS=ON \
    -DCREX_BUILD_PYTHON=ON -DCREX_POSTGRES=AUTO -DCREX_INSTALL=ON

echo "Running the tests, $jobs at once (all of them take about 8 min on two processors)"
status=0
# shellcheck disable=SC2086 # none or two words
ctest --test-dir "$build" --progress --output-on-failure --no-tests=error --no-label-summary \
    --parallel "$jobs" $selected "$@" || status=$?
if [ "$status" != 0 ]; then
    echo "What each test printed is in $build/Testing/Temporary/LastTest.log" >&2
fi
exit "$status"
