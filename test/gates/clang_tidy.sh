#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# clang_tidy.sh BUILD [PATTERN...]: runs clang-tidy over the sources of the library and of the
# command (6 s of a processor for each), or over those whose paths match, such as test/robust. They are
# compiled as in BUILD, but without precompiled headers.
set -eu
build=$1
shift
source=$(cd "$(dirname "$0")/../.." && pwd)
tool=$(command -v run-clang-tidy-14 || command -v run-clang-tidy)

[ $# -gt 0 ] || set -- "$source/lib/src/" "$source/apps/crex/"
cmake --preset dev -S "$source" -B "$build" >/dev/null
begin=$(date +%s)
if "$tool" -quiet -p "$build" -j "$(nproc)" "$@" >"$build/clang_tidy.log" 2>&1; then
    echo "clang-tidy finds nothing, in $(($(date +%s) - begin)) s"
else
    grep -E '(warning|error):' "$build/clang_tidy.log" | sort -u
    echo "clang-tidy is not content: $build/clang_tidy.log"
    exit 1
fi
