#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# public_headers.sh: compiles each public header alone, as C++20 and C++23. It uses more warnings
# than crex's own build, since users choose their warnings. Prints the headers that fail.
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
# check COMPILER STANDARD WARNINGS HEADER
check() {
    # Warnings are many words.
    # shellcheck disable=SC2086
    echo "#include <$4>" | "$1" -x c++ -std="$2" -I. -fsyntax-only $3 -Werror - ||
        { echo "$4: not clean with $1 -std=$2" && failures=$((failures + 1)); }
}

headers=$(find crex -name '*.hpp' ! -name asio.hpp | sort)
if echo '#include <boost/asio.hpp>' | g++ -x c++ -fsyntax-only - 2>/dev/null; then
    headers="$headers crex/asio.hpp"
fi
for header in $headers; do
    for standard in c++20 c++2b; do
        check g++ $standard "$gcc_warnings" "$header"
        check clang++ $standard "$clang_warnings" "$header"
    done
done
echo "$(echo "$headers" | wc -w) public headers, $failures failures"
[ "$failures" -eq 0 ]
