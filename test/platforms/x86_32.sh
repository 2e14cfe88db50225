#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/x86_32.sh [--widths]: 32-bit x86: the contract suites in 32-bit programs, and one
# queue, robust semaphore and ring shared by a 32-bit and a 64-bit process, in both roles. With --widths
# only the latter.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
row=x86_32
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

[ "$(uname -m)" = x86_64 ] || skip "this is no x86-64"
install g++ cmake ninja-build libboost-dev g++-multilib
echo 'int main() {}' | g++ -m32 -x c++ - -o "$build/probe"
"$build/probe" 2>/dev/null || skip "this kernel executes no 32-bit programs"

if [ "${1-}" != --widths ]; then
    need_debian bookworm
    fetch bookworm i386 libboost1.74-dev libboost-test1.74-dev libboost-test1.74.0
    build=$work/widths/crex # the library there serves both
    build_contracts -DCREX_BUILD_TESTS=ON -DCMAKE_C_FLAGS=-m32 -DCMAKE_CXX_FLAGS=-m32 \
        -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ \
        -DBoost_DIR="$(echo "$fetched"/usr/lib/*/cmake/Boost-*)"
    run_contracts
fi

build=$work/x86_64
build crex -DCREX_BUILD_TESTS=OFF -DCREX_BUILD_MQUEUE=OFF -DCREX_BUILD_C=OFF
logged sh "$here/share_between_widths.sh" "/crex-platforms-$$" "$root" "$work/widths" cmake Ninja \
    gcc g++ "$build/lib/libcrex.a"
echo "${counted+32-bit contract suites: $counted; }32- and 64-bit processes share queue, robust semaphore," \
    "ring, memory and the kernel's queue"
