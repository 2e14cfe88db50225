#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# check_installed.sh PREFIX COMPILER SOURCE PATH...: the installation in PREFIX must not ask for
# Boost, neither in the headers that SOURCE includes nor in the files that build tools read. These
# files must not contain a PATH or the directory of the first installation.
set -eu
prefix=$1 compiler=$2 source=$3
shift 3

# Succeeds, and prints the place, if a file for build tools matches.
tools_read() { find "$prefix" \( -name '*.cmake' -o -name '*.pc' \) -exec grep "$1" {} + | grep .; }

# The compiler writes a blank in a path with a backslash, as make requires.
"$compiler" -std=c++20 -M -I"$prefix/include" "$source" | sed 's/\\ / /g' >"$prefix.headers"
grep -q "$prefix/include/crex/crex.hpp" "$prefix.headers" # otherwise another crex was checked
if sed "s|$prefix||; s|$source||" "$prefix.headers" | grep /boost/; then
    echo "a header of Boost is included"
    exit 1
fi
if tools_read '[Bb]oost'; then
    echo "an installed file asks for Boost"
    exit 1
fi

for path in "$prefix.as_installed" "$@"; do
    # Does not match in the middle of another path: ${prefix}/include/crex is allowed in a clone
    # called /crex.
    if tools_read "\(^\|[^a-z0-9_}.-]\)$path\>"; then
        echo "an installed file says $path"
        exit 1
    fi
done
