#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# check_absolute.sh CMAKE BUILD LIBDIR INCLUDEDIR [SCRIPT]: installs crex from a build that was
# configured with these absolute directories. Its crex.pc must name them, and SCRIPT, which installs
# the command, must let the command look for the library there.
set -eu
cmake=$1 build=$2 libdir=$3 includedir=$4
shift 4

"$cmake" --install "$build" --component crex --prefix "${libdir%/*}"
grep -qx "libdir=$libdir" "$libdir/pkgconfig/crex.pc"
grep -qx "includedir=$includedir" "$libdir/pkgconfig/crex.pc"
for script; do
    grep -q "NEW_RPATH \"$libdir\"" "$script"
done
