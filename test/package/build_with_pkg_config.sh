#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# build_with_pkg_config.sh KIND PC_DIR COMPILER SOURCE PROGRAM: compiles SOURCE with the flags that
# the crex.pc in PC_DIR gives for a static or shared library, and runs it.
set -eu
kind=$1 compiler=$3 source=$4 program=$5
PKG_CONFIG_PATH=$2
export PKG_CONFIG_PATH

if ! command -v pkg-config >/dev/null; then
    echo "[skipped] pkg-config is not installed"
    exit 77
fi

static=
[ "$kind" = shared ] || static=--static
# Flags are many words, and $static is none or one.
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++20 "$source" -o "$program" $(pkg-config $static --cflags --libs crex)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir crex) "$program"
