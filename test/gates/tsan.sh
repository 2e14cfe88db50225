#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh tsan.sh: runs the library's tests that the tsan preset has built, under ThreadSanitizer.
# ThreadSanitizer does not see how the C library starts the threads behind mq_notify(3), and crashes
# in them. It also does not support a signal handler that forks, as the tests of large messages
# have.
set -eu
failed=
for suites in contract robust; do
    TSAN_OPTIONS="second_deadlock_stack=1 die_after_fork=0" \
        ctest --test-dir "build/tsan/test/$suites" --output-on-failure --no-tests=error --parallel 4 \
        -LE soak -E '^notification.*PosixQueues|^robust_deadlines.*large_message' || failed=yes
done
[ -z "$failed" ]
