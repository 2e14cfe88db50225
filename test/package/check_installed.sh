#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# check_installed.sh PREFIX COMPILER SOURCE PATH...: what is installed in PREFIX must ask for no
# Boost, be it in the headers that SOURCE includes or in the files that build tools read. Those
# must not name a PATH either, nor where they were first installed to.
set -eu
prefix=$1 compiler=$2 source=$3
shift 3

# Succeeds, and shows where, if a file for build tools matches.
tools_read() { find "$prefix" \( -name '*.cmake' -o -name '*.pc' \) -exec grep "$1" {} + | grep .; }

# The compiler writes a blank in a path as make reads it.
"$compiler" -std=c++20 -M -I"$prefix/include" "$source" | sed 's/\\ / /g' >"$prefix.headers"
grep -q "$prefix/include/crex/crex.hpp" "$prefix.headers" # else it was another crex we looked at
if sed "s|$prefix||; s|$source||" "$prefix.headers" | grep /boost/; then
    echo "a header of Boost is included"
    exit 1
fi
if tools_read '[Bb]oost'; then
    echo "an installed file asks for Boost"
    exit 1
fi

for path in "$prefix.as_installed" "$@"; do
    # Not in the middle of another path: ${prefix}/include/crex is fine in a clone called /crex.
    if tools_read "\(^\|[^a-z0-9_}.-]\)$path\>"; then
        echo "an installed file says $path"
        exit 1
    fi
done
