#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# odr.sh BUILD: builds the library, the command and the drop-in in BUILD with -flto, so that the
# linker can compare types that have one name in different files. Each is linked with the whole
# library: two types of one name are an error.
#
# Inline functions are not compared; odr_symbols.sh does that.
set -eu
build=$1
source=$(cd "$(dirname "$0")/../.." && pwd)
cxx=${CXX:-g++}
checks='-O0 -g1 -flto=auto -ffat-lto-objects -Werror=odr -Werror=lto-type-mismatch'

cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_CXX_FLAGS_DEBUG="$checks" -DCMAKE_AR="$(command -v gcc-ar)" \
    -DCMAKE_RANLIB="$(command -v gcc-ranlib)" -DBUILD_SHARED_LIBS=OFF \
    -DCREX_BUILD_TESTS=OFF -DCREX_INSTALL=ON >"$build.log"
cmake --build "$build" -j "$(nproc)" --target crex crex-mqueue crex_command >>"$build.log" || {
    cat "$build.log"
    exit 1
}

# linked WHAT FILE...: links the files with all of the library, and with nothing else that they may
# need.
linked() {
    what=$1
    shift
    # Flags are many words.
    # shellcheck disable=SC2086
    "$cxx" -std=c++20 $checks -I"$source/lib/include" "$@" -Wl,--unresolved-symbols=ignore-all \
        -Wl,--whole-archive \
        "$build/lib/libcrex.a" -Wl,--no-whole-archive -o "$build/$what" &&
        echo "$what: one type to a name"
}
# Names of object files have no blanks.
# shellcheck disable=SC2046
linked command $(find "$build/apps/crex" -path '*crex_command.dir*' -name '*.o')
# shellcheck disable=SC2046
linked drop-in -shared -fPIC $(find "$build/lib/src/mqueue" -name '*.o')
linked program "$source/test/package/consumer/everything.cpp"
"$build/program"
echo "program: uses everything, linked at -O0"
