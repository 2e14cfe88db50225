#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/all.sh [PATTERN]: runs all rows of the platform table, or those whose commands match
# the pattern of grep, one after the other, and prints for each whether it passed, its seconds, its
# command and what was tested. All of them take about an hour on two processors.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../.." || exit 1

rows='distribution.sh bookworm
distribution.sh trixie
distribution.sh noble
clang.sh 14
clang.sh 16
clang.sh 19
libcxx.sh 14
libcxx.sh 19
boost.sh 1.81 bookworm
boost.sh 1.88 trixie
x86_32.sh
emulated.sh i386
emulated.sh arm64
emulated.sh s390x
musl.sh
kernels.sh'

failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
while IFS= read -r row; do
    echo "$row" | grep -q -e "${1-.}" || continue
    began=$(date +%s)
    # shellcheck disable=SC2086 # the script and its arguments
    sh test/platforms/$row >"$output" 2>&1 </dev/null
    case $? in
    0) outcome=passed ;;
    77) outcome=skipped ;;
    *) outcome=FAILED && failed=$((failed + 1)) ;;
    esac
    printf '%-8s %4d s  %-24s %s\n' "$outcome" $(($(date +%s) - began)) "$row" "$(tail -n 1 "$output")"
done <<EOF
$rows
EOF
[ "$failed" = 0 ]
