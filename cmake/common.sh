# shellcheck shell=sh
# SPDX-License-Identifier: BSL-1.0
#
# What demo.sh, test.sh and bench.sh share. Each of them sets $root, the directory of the source tree,
# and then reads this file.
: "${root:?}"

# Prints the comment at the head of a script.
show_help() { awk 'NR > 3 && !/^#/ { exit } NR > 3 { sub(/^# ?/, ""); print }' "$1"; }

if ! processors=$(nproc 2>/dev/null); then
    processors=2
fi

# use_build_directory NAME: sets $build to a directory in which this user can build: build/NAME in
# the source tree. Where the tree is read-only, or another user has built there, it is a directory
# in the user's cache; without one, a temporary directory, which $temporary_build then names.
use_build_directory() {
    temporary_build=
    build=$root/build/$1
    ! can_build_in "$build" || return 0
    cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
    if [ -n "$cache" ]; then
        build=$cache/crex-$(printf %s "$root" | cksum | cut -d ' ' -f 1)/$1
        ! can_build_in "$build" || return 0
    fi
    build=$(mktemp -d "${TMPDIR:-/tmp}/crex-$1.XXXXXX")
    # shellcheck disable=SC2034 # demo.sh removes it
    temporary_build=$build
}

can_build_in() {
    mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || return 1
    [ ! -e "$1/CMakeCache.txt" ] || [ -w "$1/CMakeCache.txt" ]
}

# build TARGETS MINUTES [OPTION...]: configures with these options of CMake, and where nobody has built
# yet also with $options_of_new_tree, and builds the targets (a list of words), showing how far it is. MINUTES is what that takes on one processor. What the tools
# print goes into $build/build.log; the end of it is shown when one of them fails.
build() {
    targets=$1
    minutes=$((($2 + processors - 1) / processors))
    shift 2
    log=$build/build.log
    echo "Building in $build"
    echo "(about $minutes min from scratch on this machine's $processors processors; log: build.log)"
    await_other_builds
    # A directory that an older CMake or another place of the tree has left may be unusable.
    if ! configure "$@" >"$log" 2>&1; then
        rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
        configure "$@" >"$log" 2>&1 || show_failure
    fi
    rm -f "$build/build.failed"
    # shellcheck disable=SC2086 # several targets
    { cmake --build "$build" --parallel "$processors" --target $targets 2>&1 9>&- ||
        echo failed >"$build/build.failed"; } | show_progress
    [ ! -e "$build/build.failed" ] || show_failure
    exec 9>&-
}

# Two builds at once in one directory would destroy each other's work.
await_other_builds() {
    exec 9>"$build/build.lock"
    if command -v flock >/dev/null && ! flock --nonblock 9; then
        echo "Waiting for another build there to end"
        flock 9 || true # a file system without such locks
    fi
}

configure() {
    more=${options_of_new_tree-}
    [ ! -e "$build/CMakeCache.txt" ] || more=
    # shellcheck disable=SC2086 # a list of words
    cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release "$@" $more 9>&-
}

show_failure() {
    echo "The build has failed. The end of $log:" >&2
    tail -n 60 "$log" >&2
    exit 1
}

# Reads what ninja prints, copies it into the log and shows the share that is done: on a terminal in
# one line, else in a line for each tenth.
show_progress() {
    next=10
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case $line in
        \[*/*\]*) ;;
        *) continue ;;
        esac
        count=${line%%\]*}
        count=${count#\[}
        percent=$((${count%/*} * 100 / ${count#*/}))
        if [ -t 1 ]; then
            printf '\r  %3d %%  (%s steps)' "$percent" "$count"
            [ "$percent" != 100 ] || echo
        elif [ "$percent" -ge "$next" ]; then
            echo "  $percent %  ($count steps)"
            next=$((percent - percent % 10 + 10))
        fi
    done
}
