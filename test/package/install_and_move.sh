#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# install_and_move.sh CMAKE BUILD CONFIG PREFIX: installs a build elsewhere and moves it to PREFIX.
set -eu
cmake=$1 build=$2 config=$3 prefix=$4

rm -rf "$prefix" "$prefix.as_installed"
"$cmake" --install "$build" --config "$config" --prefix "$prefix.as_installed"
mv "$prefix.as_installed" "$prefix"
