#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/emulated.sh arm64|s390x|i386: compiled for that processor, of which s390x is big
# endian, and run by QEMU's user emulation: the contract suites, and the conversations of the demo.
#
# This shows the compiler, the layout and the logic. It does not show the processor's memory order: QEMU
# runs the threads on this processor and keeps its stronger order. Nor does it show futexes that outlive
# their holder (set_robust_list(2)), which QEMU refuses; of crex's objects, only Boost's mutex uses them.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
architecture=${1:?"which architecture?"}
row=$architecture
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

case $architecture in
arm64) processor=aarch64 ;;
s390x | i386) processor=$architecture ;;
*) echo "unknown architecture: $architecture" >&2 && exit 2 ;;
esac
triplet=$processor-linux-gnu
need_debian bookworm
if [ "$architecture" = i386 ]; then # for kernels that do not execute it themselves
    compiler=gcc
    compiler_for_cxx=g++
    flags=-m32
    sysroot=/
    install cmake ninja-build qemu-user g++-multilib
else # Clang, since Debian's cross GCCs exclude g++-multilib
    compiler=clang-14
    compiler_for_cxx=clang++-14
    flags=
    sysroot=/usr/$triplet
    install cmake ninja-build qemu-user clang-14 "binutils-$triplet" \
        "libstdc++-12-dev-$architecture-cross"
fi
fetch bookworm "$architecture" libboost1.74-dev libboost-test1.74-dev libboost-test1.74.0 \
    libboost-program-options1.74-dev libboost-program-options1.74.0 libssl-dev libssl3

# Programs start other programs, which the kernel cannot execute. So each program becomes a script that
# starts the emulator.
wrap_programs() {
    for program in "$build"/test/helpers/* "$build"/bin/*; do
        case $program in *".$architecture") continue ;; esac # of an earlier run
        if [ -f "$program" ] && [ -x "$program" ] && ! head -c 2 "$program" | grep -q '#!'; then
            mv "$program" "$program.$architecture"
            # shellcheck disable=SC2016 # for the script
            printf '#!/bin/sh\nexec %s "$0.%s" "$@"\n' "$emulator" "$architecture" >"$program"
            chmod +x "$program"
        fi
    done
}

# converse_as_demo PREFIX: both sides of the demo's conversation.
converse_as_demo() {
    set -- "$build/bin/$1" --params "$root/params.txt" --semaphore-name "/crex-platforms-$$" \
        --shared-memory-name "/crex-platforms-$$" --message-queue-name "/crex-platforms-mq-$$" \
        --quiet --iterations 500
    program=$1
    shift
    "${program}premise" "$@" >>"$log" 2>&1 &
    premise=$!
    logged "${program}conclusion" "$@"
    logged wait "$premise"
}

emulator="qemu-$processor -L $sysroot"
# GNU ld refuses Clang's unaligned names of types beside a static libstdc++.
link_option=
[ "$architecture" != s390x ] || link_option=-DCREX_HAS_STATIC_LIBSTDCXX=OFF
flags="$flags -isystem $fetched/usr/include/$triplet" # OpenSSL's headers for this processor
build 'crex crex-c crex-mqueue contract_tests premise conclusion mq_premise mq_conclusion' \
    -DCREX_BUILD_DEMOS=ON -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR="$processor" \
    -DCMAKE_C_COMPILER="$compiler" -DCMAKE_CXX_COMPILER="$compiler_for_cxx" \
    -DCMAKE_C_FLAGS="$flags" -DCMAKE_CXX_FLAGS="$flags" \
    -DCMAKE_C_COMPILER_TARGET="$triplet" -DCMAKE_CXX_COMPILER_TARGET="$triplet" \
    -DCMAKE_CROSSCOMPILING_EMULATOR="qemu-$processor;-L;$sysroot" \
    -DCMAKE_FIND_ROOT_PATH="$fetched" -DCMAKE_FIND_ROOT_PATH_MODE_PROGRAM=NEVER \
    -DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY -DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY \
    -DCMAKE_LIBRARY_ARCHITECTURE="$triplet" \
    -DBoost_DIR="$(echo "$fetched"/usr/lib/*/cmake/Boost-*)" $link_option
wrap_programs
# QEMU makes up /proc/PID/stat for the process itself, in which the first case waits for the end of a
# thread. It has no futex_waitv(2), which the second needs. On i386, pthread_join(3) fails with EDEADLK
# after a signal handler has run, also without crex.
left_out='thread_that_outlives_the_first_thread_can_use_the_object'
left_out="$left_out|a_signal_handler_with_sa_restart_does_not_end_a_wait"
[ "$architecture" != i386 ] || left_out="$left_out|a_signal_ends_acquire_but_not_lock"
run_tests -R '_contract\.' -E "$left_out"
converse_as_demo ''
converse_as_demo mq_
echo "contract suites: $counted; the conversations; memory order is not shown (emulated)"
