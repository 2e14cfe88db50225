#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# Shows what crex does: builds the demo programs, lets Mrs Premise and Mrs Conclusion converse in
# shared memory and through a message queue, each in a process of her own, and shows what becomes
# of the conversation when nothing guards the memory.
#
#     sh cmake/demo.sh [--two-machines] [--iterations N]
#
#   --two-machines  instead: the two are on two machines, which are cut off from each other in the middle,
#                   and the queue is in PostgreSQL, which this installs (cmake/two_machines.sh)
#
# Installs missing packages (Debian, Ubuntu) and works as any user, from any directory. Succeeds if
# both guarded conversations came to their end without a corrupt message.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"
iterations=
machines=one

usage() {
    echo "Usage: sh cmake/demo.sh [--two-machines] [--iterations N]" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $#:$1 in
    *:--help | *:-h) show_help "$0" && exit 0 ;;
    *:--two-machines) machines=two ;;
    1:--iterations) usage ;;
    *:--iterations) iterations=$2 && shift ;;
    *:--iterations=*) iterations=${1#*=} ;;
    *) usage ;;
    esac
    shift
done
if [ -z "$iterations" ]; then
    [ $machines = one ] && iterations=20000 || iterations=1000
fi
case $iterations in
'' | 0* | *[!0-9]*) usage ;;
esac

scratch=$(mktemp -d)
use_build_directory crex
bin=$build/bin

# Names of our own: two users, or one twice, can run this at the same time.
set -- --params "$root/params.txt" --semaphore-name "/crex-demo-$$" \
    --shared-memory-name "/crex-demo-$$" --message-queue-name "/crex-demo-mq-$$"

end_server() { :; } # two_machines.sh has one

finish() {
    trap - EXIT INT TERM
    # Not the list of jobs, which a subshell would not have.
    # shellcheck disable=SC2086
    [ -z "$running" ] || kill $running 2>/dev/null || true
    end_server
    [ ! -x "$bin/cleanup" ] || "$bin/cleanup" "$@" >/dev/null 2>&1 || true
    rm -rf "$scratch" ${temporary_build:+"$temporary_build"}
}
running=
trap 'finish "$@"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

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
    echo "  $title ..."
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

# dangerous OPTION...: a conversation without the semaphore, longer and longer until it goes wrong. The
# process that finds the corruption stops; the other then waits for it in vain.
dangerous() {
    if taskset -c 0 true 2>/dev/null && taskset -c 1 true 2>/dev/null; then
        on_one='taskset -c 0' # side by side, where one writes while the other reads
        on_other='taskset -c 1'
    fi
    title="shared memory without semaphore"
    echo "  $title ..."
    for n in 100000 1000000 5000000; do
        converse "" "$@" --quiet --live-dangerously 1 --patience 1 --iterations "$n"
        case $premise_status$conclusion_status in
        1?) finder=premise && break ;;
        ?1) finder=conclusion && break ;;
        00 | 33) ;;
        *) failed=yes && break ;;
        esac
    done
    if [ -n "$finder" ]; then
        row "$title" "$(value $finder 'messages exchanged')" \
            "$(value $finder 'messages corrupt')" "broken off" >>"$scratch/table"
    else
        row "$title" "$(value premise 'messages exchanged')" 0 \
            "$(value premise 'messages per second')" >>"$scratch/table"
    fi
}

if [ $machines = two ]; then
    # shellcheck source=cmake/two_machines.sh
    . "$root/cmake/two_machines.sh"
    converse_on_two_machines "$@"
    exit
fi

sh "$root/cmake/install_packages.sh" \
    g++ cmake ninja-build libboost-dev libboost-program-options-dev libssl-dev

# Where test.sh has built before, its settings stay: with others, CMake removes what it built.
# shellcheck disable=SC2034 # build() reads it
options_of_new_tree='-DCREX_BUILD_TESTS=OFF -DCREX_BUILD_COMMAND=OFF -DCREX_BUILD_MQUEUE=OFF
                     -DCREX_BUILD_PYTHON=OFF -DCREX_BUILD_BENCHMARKS=OFF
                     -DCREX_POSTGRES=OFF -DCREX_INSTALL=OFF'
build "premise conclusion mq_premise mq_conclusion cleanup" 2 -DCREX_BUILD_DEMOS=ON

failed=no
finder=
on_one=
on_other=
echo
echo "Two processes converse; each answers with the MD5 digest of what it has read. The first texts:"
converse "" "$@" --iterations 2
sed -n 's/^\([0-9:.]*\) Mrs/  \1 Mrs/p' "$scratch/premise" "$scratch/conclusion" |
    sort -s -k 1,1
echo
echo "Three conversations, $iterations texts and answers each (up to a minute):"
guarded "" "shared memory and semaphore" "$@"
guarded mq_ "message queue" "$@"
dangerous "$@"

echo
row conversation messages corrupt "messages per second"
cat "$scratch/table"
echo
if [ -n "$finder" ]; then
    echo "Without the semaphore, one process read a text that the other was still writing."
else
    echo "Without the semaphore it went well this time; nothing guarantees that it does."
fi
if [ "$failed" != no ]; then
    echo "A conversation that should have worked has failed (see above)." >&2
    exit 1
elif [ -z "$temporary_build" ]; then
    echo "The programs are in $bin; try premise and conclusion in two terminals."
fi
echo "Next: sh cmake/test.sh runs the tests; lib/doc/first_programs.md shows programs of ten lines."
