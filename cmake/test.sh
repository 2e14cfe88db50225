#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# sh cmake/test.sh [--peers] [--soak] [-j N] [further arguments for ctest]
#
# Installs what the tests need, builds them in build/test and runs them.
#
#   --peers  also those that need further programs (see below)
#   --soak   also those labelled soak, which take long
#   -j N     N tests at once; by default one for each processor
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(dirname "$here")/build/test

packages='g++ cmake ninja-build libboost-dev libboost-test-dev libboost-program-options-dev
          libncurses-dev libssl-dev nlohmann-json3-dev python3'
# Without these, the tests that need them say that they were skipped.
peer_packages='fish pkg-config perl postgresql python3-sysv-ipc stress-ng tmux util-linux zsh'

jobs=$(nproc)
label='-LE soak'
while [ $# -gt 0 ]; do
    case $1 in
        --peers) packages="$packages $peer_packages" ;;
        --soak)
            label=
            export CREX_SOAK=1
            ;;
        -j)
            jobs=${2:?"-j wants a number"}
            shift
            ;;
        -j*) jobs=${1#-j} ;;
        *) break ;;
    esac
    shift
done

# Lists of words, all of them.
# shellcheck disable=SC2086
sh "$here/install_packages.sh" $packages
cmake -S "$here/.." -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release
cmake --build "$build" --parallel "$jobs"
# shellcheck disable=SC2086
ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$jobs" $label "$@"
