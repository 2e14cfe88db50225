#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# check_exports.sh LIBRARY PATTERN: every name that the shared library exports must match PATTERN,
# an extended regular expression, and there must be at least one. Parameters are not part of a name.
set -eu

names() { nm -DC --defined-only "$1" | sed 's/^[0-9a-f]* *. //; s/(.*//; s/\[abi:.*//'; }

names "$1" | grep -Eq "$2" || { echo "$1 exports nothing of what it should"; exit 1; }
if names "$1" | grep -Ev "$2"; then
    echo "$1 exports these, which no program should use"
    exit 1
fi
