#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Shows what crex does: builds the demo programs, lets Mrs Premise and Mrs Conclusion converse in
# shared memory and through a message queue, each in a process of her own, and shows what becomes
# of the conversation when nothing guards the memory.
#
#     sh cmake/demo.sh [--iterations N]
#
# Installs what is missing (Debian, Ubuntu) and runs as any user, from any folder. Succeeds if both
# guarded conversations came to their end without a corrupt message.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
iterations=100000

usage() {
    echo "Usage: sh cmake/demo.sh [--iterations N]" >&2
    exit 2
}

case $#:${1-} in
0:) ;;
2:--iterations) iterations=$2 ;;
1:--iterations=*) iterations=${1#*=} ;;
*) usage ;;
esac
case $iterations in
'' | 0* | *[!0-9]*) usage ;;
esac

# A tree that another user has built in, or owns, is built elsewhere.
scratch=$(mktemp -d)
build=$root/build/demo
if ! mkdir -p "$build" 2>/dev/null || ! [ -w "$build" ]; then
    build=$scratch/build
fi
bin=$build/bin

# Names of our own: two users, or one twice, can run this at the same time.
set -- --params "$root/params.txt" --semaphore-name "/crex-demo-$$" \
    --shared-memory-name "/crex-demo-$$" --message-queue-name "/crex-demo-mq-$$"

finish() {
    trap - EXIT INT TERM
    # Not the list of jobs, which a subshell would not have.
    # shellcheck disable=SC2086
    [ -z "$running" ] || kill $running 2>/dev/null || true
    [ ! -x "$bin/cleanup" ] || "$bin/cleanup" "$@" >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
running=
trap 'finish "$@"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

configure() {
    generator=
    if [ ! -e "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then
        generator=-GNinja
    fi
    cmake ${generator:+"$generator"} -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release \
        -DCREX_BUILD_TESTS=OFF -DCREX_INSTALL=OFF
}

build() {
    # What an earlier CMake, or a tree that has moved, left there may not do any more.
    configure || { rm -rf "$build" && configure; } || return 1
    cmake --build "$build" --parallel "$(nproc)" \
        --target premise conclusion mq_premise mq_conclusion cleanup
}

# converse PREFIX OPTION...: both at once. Their results are in $scratch/{premise,conclusion}, and
# how they ended in $premise_status and $conclusion_status.
converse() {
    prefix=$1
    shift
    # Two commands or none, which want splitting.
    # shellcheck disable=SC2086
    $on_one "$bin/${prefix}premise" "$@" >"$scratch/premise" 2>>"$scratch/errors" &
    premise=$!
    running=$premise
    # shellcheck disable=SC2086
    $on_other "$bin/${prefix}conclusion" "$@" >"$scratch/conclusion" 2>>"$scratch/errors" &
    conclusion=$!
    running="$premise $conclusion"
    premise_status=0
    conclusion_status=0
    wait "$premise" || premise_status=$?
    wait "$conclusion" || conclusion_status=$?
    running=
}

# value FILE KEY
value() { awk -F': *' -v key="$2" '$1 == key { print $2 }' "$scratch/$1"; }

row() { printf '%-36s %12s %9s %20s\n' "$@"; }

# guarded PREFIX TITLE OPTION...: a conversation in which nothing must go wrong.
guarded() {
    prefix=$1
    title=$2
    shift 2
    : >"$scratch/errors"
    converse "$prefix" "$@" --quiet --iterations "$iterations"
    row "$title" "$(value premise 'messages exchanged')" "$(value premise 'messages corrupt')" \
        "$(value premise 'messages per second')" >>"$scratch/table"
    if [ "$premise_status$conclusion_status" != 00 ]; then
        cat "$scratch/errors" >&2
        echo "$title: premise ended with $premise_status, conclusion with $conclusion_status" >&2
        failed=yes
    fi
}

# dangerous OPTION...: the same without the semaphore, longer and longer until it goes wrong. Whoever
# finds the corruption stops; the other then misses her.
dangerous() {
    if taskset -c 0 true 2>/dev/null && taskset -c 1 true 2>/dev/null; then
        on_one='taskset -c 0' # side by side, where one writes while the other reads
        on_other='taskset -c 1'
    fi
    for n in 100000 1000000 5000000; do
        converse "" "$@" --quiet --live-dangerously 1 --patience 1 --iterations "$n"
        case $premise_status$conclusion_status in
        1?) finder=premise && break ;;
        ?1) finder=conclusion && break ;;
        00 | 33) ;;
        *) failed=yes && break ;;
        esac
    done
    title="shared memory without semaphore"
    if [ -n "$finder" ]; then
        row "$title" "$(value $finder 'messages exchanged')" \
            "$(value $finder 'messages corrupt')" "broken off" >>"$scratch/table"
    else
        row "$title" "$(value premise 'messages exchanged')" 0 \
            "$(value premise 'messages per second')" >>"$scratch/table"
    fi
}

sh "$root/cmake/install_packages.sh" \
    g++ cmake ninja-build libboost-dev libboost-program-options-dev libncurses-dev libssl-dev \
    nlohmann-json3-dev

echo "Building in $build ..."
if ! build >"$scratch/build.log" 2>&1; then
    cat "$scratch/build.log" >&2
    exit 1
fi

failed=no
finder=
on_one=
on_other=
echo "Two processes converse; each answers what she read with its MD5 digest. It begins like this:"
converse "" "$@" --iterations 2
sed -n 's/^\([0-9:.]*\) Mrs/  \1 Mrs/p' "$scratch/premise" "$scratch/conclusion" |
    sort -s -k 1,1
echo "And now $iterations times, without a word."
guarded "" "shared memory and semaphore" "$@"
guarded mq_ "message queue" "$@"
dangerous "$@"

echo
row conversation messages corrupt "messages per second"
cat "$scratch/table"
echo
if [ -n "$finder" ]; then
    echo "Without the semaphore one of them read a text that the other was still writing."
else
    echo "Without the semaphore it went well this time: nothing promises that it does."
fi
[ "$failed" = no ]
