#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/clang.sh VERSION: that version of Clang, with GCC's libstdc++.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=${1:?"which version of Clang?"}
row=clang_$version
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

install g++ cmake ninja-build libboost-dev libboost-test-dev "clang-$version"
build_contracts -DCMAKE_C_COMPILER="clang-$version" -DCMAKE_CXX_COMPILER="clang++-$version" \
    -DCREX_WARNINGS_AS_ERRORS=ON
run_contracts
echo "library, C interface and drop-in without a warning; contract suites: $counted"
