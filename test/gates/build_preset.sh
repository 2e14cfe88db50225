#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh build_preset.sh PRESET [TARGET...]: configures the preset and builds the targets, or all.
set -eu
preset=$1
shift
cmake --preset "$preset"
# shellcheck disable=SC2086 # none, or an option and its words
cmake --build --preset "$preset" ${1+--target "$@"}
