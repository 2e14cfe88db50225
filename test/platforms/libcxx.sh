#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/libcxx.sh VERSION: that version of Clang with its own libc++. Debian's Boost.Test is
# built for libstdc++, so two processes of one program take the place of the contract suites. A libc++
# without std::stop_token must be refused in one line.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=${1:?"which version of libc++?"}
row=libcxx_$version
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

if [ "$version" -lt 18 ]; then
    # Unpacked, not installed: the packages of two versions exclude each other.
    install "clang-$version"
    fetch bookworm "$(dpkg --print-architecture)" "libc++-$version-dev"
    ! echo '#include <crex/crex.hpp>' | "clang++-$version" -x c++ -std=c++20 -nostdinc++ \
        -isystem "$fetched/usr/lib/llvm-$version/include/c++/v1" -I"$root/lib/include" \
        -fsyntax-only - 2>"$log" || skip "libc++ $version has std::stop_token"
    first=$(sed -n '/error:/{s/.*error: //p;q}' "$log")
    case $first in
    *std::stop_token*) echo "refused: $first" && exit ;;
    *) echo "the first error is not clear: $first" >&2 && exit 1 ;;
    esac
fi

install cmake ninja-build libboost-dev "clang-$version" "libc++-$version-dev" "libc++abi-$version-dev"
options=-stdlib=libc++
[ "$version" -ge 20 ] || options="$options -fexperimental-library"
build crex -DCREX_BUILD_TESTS=OFF -DCREX_BUILD_C=OFF -DCREX_BUILD_MQUEUE=OFF -DCREX_WARNINGS_AS_ERRORS=ON \
    -DCMAKE_C_COMPILER="clang-$version" -DCMAKE_CXX_COMPILER="clang++-$version" \
    -DCMAKE_CXX_FLAGS="$options"
# shellcheck disable=SC2086 # two words
converse "$build/lib/libcrex.a" "clang++-$version" $options
echo "library without a warning; two processes use every object, also killed"
