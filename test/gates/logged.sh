#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh logged.sh FILE COMMAND...: runs the command, copies its output into the file and ends with its
# status. FILE.times tells what processor time it took.
set -eu
log=$1
shift
rm -f "$log.failed"
{
    "$@" 2>&1 || echo "$?" >"$log.failed"
    times >"$log.times"
} | tee "$log"
[ ! -e "$log.failed" ] || exit "$(cat "$log.failed")"
