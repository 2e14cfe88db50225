#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/boost.sh VERSION SUITE [--short]: that version of Boost, from a suite of Debian, with
# GCC 12: the contract suites; with --short, two processes of one program instead. The packages are
# unpacked, not installed: they exclude those of Debian's own version.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=${1:?"which version of Boost?"} suite=${2:?"from which suite of Debian?"}
row=boost_$version
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

need_debian bookworm
install g++ cmake ninja-build
if [ "$suite" = bookworm ] && [ "${3-}" != --short ]; then
    fetch "$suite" amd64 "libboost$version-dev" "libboost-test$version-dev" "libboost-test$version.0"
    build_contracts -DBoost_DIR="$(echo "$fetched"/usr/lib/*/cmake/Boost-*)"
    run_contracts
    echo "library, C interface and drop-in; contract suites: $counted"
else # the Boost.Test of a newer suite needs a newer libstdc++
    fetch "$suite" amd64 "libboost$version-dev"
    build crex -DCREX_BUILD_TESTS=OFF -DCREX_BUILD_C=OFF -DCREX_BUILD_MQUEUE=OFF \
        -DBoost_DIR="$(echo "$fetched"/usr/lib/*/cmake/Boost-*)"
    converse "$build/lib/libcrex.a" g++
    echo "library; two processes use every object, also killed"
fi
