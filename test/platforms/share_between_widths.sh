#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# share_between_widths.sh NAME SOURCE BUILD CMAKE GENERATOR CC CXX LIBCREX: builds crex for 32 bits
# in BUILD and lets 32-bit programs communicate with 64-bit ones, which are linked with LIBCREX.
# Their objects are called NAME... . Each line of output names a success; a failure ends the script.
set -eu
name=$1 source=$2 build=$3 cmake=$4 generator=$5 cc=$6 cxx=$7 libcrex=$8
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$build"

if ! echo '#include <thread>
int main() { return sizeof(void*) == 4 ? 0 : 1; }' | "$cxx" -m32 -x c++ - -o "$build/probe" 2>/dev/null; then
    echo "[skipped] $cxx makes no 32-bit programs here (Debian: g++-multilib)"
    exit 77
fi
if ! "$build/probe" 2>/dev/null; then
    echo "[skipped] this kernel executes no 32-bit programs"
    exit 77
fi
trap 'rm -f /dev/shm/*"${name#/}"*' EXIT # left by a failure

"$cmake" -S "$source" -B "$build/crex" -G "$generator" -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_C_FLAGS=-m32 -DCMAKE_CXX_FLAGS=-m32 -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
    -DBUILD_SHARED_LIBS=OFF -DCREX_BUILD_COMMAND=OFF -DCREX_BUILD_DEMOS=OFF \
    -DCREX_BUILD_BENCHMARKS=OFF -DCREX_BUILD_PYTHON=OFF -DCREX_BUILD_TESTS=OFF >"$build/log"
"$cmake" --build "$build/crex" --target crex crex-mqueue >>"$build/log" || {
    cat "$build/log"
    exit 1
}

# program WIDTH LIBRARY
program() {
    "$cxx" "-m$1" -std=c++20 -I"$source/lib/include" "$here/conversation.cpp" "$2" \
        -Wl,-rpath,"$(dirname "$2")" -o "$build/conversation$1"
}
program 32 "$build/crex/lib/libcrex.a"
program 64 "$libcrex"
for pair in '32 64' '64 32'; do
    asker=${pair% *} answerer=${pair#* }
    "$build/conversation$asker" "$name-$asker" "$build/conversation$answerer"
    echo "a $asker-bit process shares queue, permit and ring with a $answerer-bit one, also killed"
done

dropin=$build/crex/lib/src/mqueue/libcrex-mqueue.so
for bits in 32 64; do
    "$cc" -m32 "-D_TIME_BITS=$bits" -D_FILE_OFFSET_BITS=64 "$here/mq_timed.c" -lrt \
        -o "$build/mq_timed$bits"
    LD_LIBRARY_PATH=${dropin%/*} LD_PRELOAD=${dropin##*/} "$build/mq_timed$bits" "$name-mq-$bits"
    echo "the drop-in waits for 32-bit programs with a $bits-bit time_t"
done
