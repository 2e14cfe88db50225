#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# install_parent.sh CMAKE BUILD PREFIX: installs a project that contains crex. crex must be
# installed on request, and only then.
set -eu
cmake=$1 build=$2 prefix=$3

rm -rf "$prefix"
"$cmake" --install "$build" --prefix "$prefix"
if find "$prefix" -name '*crex*' | grep .; then
    echo "the project's installation contains crex, which it did not ask for"
    exit 1
fi
"$cmake" --install "$build" --prefix "$prefix" --component crex
find "$prefix" -name 'crex-config.cmake' | grep -q .
