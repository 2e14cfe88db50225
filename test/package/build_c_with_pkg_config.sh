#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# build_c_with_pkg_config.sh PC_DIR COMPILER SOURCE PROGRAM: compiles SOURCE as C11 with the flags that
# the crex-c.pc in PC_DIR gives, and runs it.
set -eu
compiler=$2 source=$3 program=$4
PKG_CONFIG_PATH=$1
export PKG_CONFIG_PATH

if ! command -v pkg-config >/dev/null; then
    echo "[skipped] pkg-config is not installed"
    exit 77
fi

# Flags are many words.
# shellcheck disable=SC2046
"$compiler" -std=c11 -pedantic "$source" -o "$program" $(pkg-config --cflags --libs crex-c)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir crex-c) "$program"
