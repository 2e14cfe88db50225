#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# public_headers.sh: compiles each public header alone with GCC, and all of them together with GCC and with
# Clang, as C++20 and as C++23. It uses more warnings than crex's own build, since users choose their
# warnings. Prints what fails.
set -eu
cd "$(dirname "$0")/../../lib/include"

gcc_warnings='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast'
# All of clang's warnings except
# - c++98-compat: crex is C++20
# - padded: members stand in an order that makes sense
# - float-equal: a NaN duration is recognised by not being equal to itself
# - weak-vtables: exceptions are a line each, whole in their header
clang_warnings='-Weverything -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-padded -Wno-float-equal -Wno-weak-vtables'

failures=0
# check COMPILER STANDARD HEADER...: the compiler accepts a source that includes the headers.
check() {
    compiler=$1 standard=$2
    shift 2
    # Warnings are many words.
    # shellcheck disable=SC2086
    printf '#include <%s>\n' "$@" | $compiler -x c++ -std="$standard" -I. -fsyntax-only -Werror - ||
        { echo "$*: not clean with ${compiler%% *} -std=$standard" && failures=$((failures + 1)); }
}

headers=$(find crex -name '*.hpp' ! -name asio.hpp | sort)
if echo '#include <boost/asio.hpp>' | g++ -x c++ -fsyntax-only - 2>/dev/null; then
    headers="$headers crex/asio.hpp"
fi
for header in $headers; do
    check "g++ $gcc_warnings" c++20 "$header"
done
# shellcheck disable=SC2086 # one word each
for compiler in "g++ $gcc_warnings" "clang++ $clang_warnings"; do
    check "$compiler" c++20 $headers
    check "$compiler" c++2b $headers
done
echo "$(echo "$headers" | wc -w) public headers, $failures failures"
[ "$failures" -eq 0 ]
