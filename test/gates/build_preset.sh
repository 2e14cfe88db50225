#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh build_preset.sh PRESET [-DOPTION=VALUE...] [TARGET...]: configures the preset, with these options of
# CMake, and builds the targets, or all.
set -eu
preset=$1
shift
options=
while [ $# -gt 0 ]; do
    case $1 in
    -D*) options="$options $1" ;;
    *) break ;;
    esac
    shift
done
# shellcheck disable=SC2086 # several words
cmake --preset "$preset" $options
# shellcheck disable=SC2086 # none, or an option and its words
cmake --build --preset "$preset" ${1+--target "$@"}
