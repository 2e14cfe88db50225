#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh tsan.sh: runs those of the library's tests that the tsan preset has built, under ThreadSanitizer.
set -eu
TSAN_OPTIONS="second_deadlock_stack=1 die_after_fork=0" \
    ctest --test-dir build/tsan/test/lib --output-on-failure --no-tests=error --parallel 4 -LE soak
