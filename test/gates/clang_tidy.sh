#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# clang_tidy.sh BUILD [FILE...]: runs clang-tidy over the library's and the programs' sources, or
# over these files, as BUILD compiles them (CMAKE_EXPORT_COMPILE_COMMANDS, no precompiled headers).
set -eu
build=$1
shift
source=$(cd "$(dirname "$0")/../.." && pwd)
tool=$(command -v run-clang-tidy-14 || command -v run-clang-tidy)

[ $# -gt 0 ] || set -- "$source/(lib/src|apps)/.*\\.cpp"
begin=$(date +%s)
if "$tool" -quiet -p "$build" -j "$(nproc)" "$@" >"$build/clang_tidy.log" 2>&1; then
    echo "clang-tidy finds nothing, in $(($(date +%s) - begin)) s"
else
    grep -E '(warning|error):' "$build/clang_tidy.log" | sort -u
    echo "clang-tidy is not content: $build/clang_tidy.log"
    exit 1
fi
