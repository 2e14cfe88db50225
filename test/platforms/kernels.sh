#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/kernels.sh [FEATURE...]: kernels that lack a feature which crex uses when it is there,
# one at a time, or those given: the contract suites, and those of rings, robust semaphores, readiness,
# notification and signals. lib/doc/platforms.md says what each feature is for. What crex cannot do
# without is refused with an error; the test older_kernel shows it.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
row=kernels
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

[ $# -gt 0 ] || set -- statx wipe_on_fork membarrier pidfd_open futex_waitv file_leases
install g++ cmake ninja-build libboost-dev libboost-test-dev
# As test.sh builds it, since only the kernel differs.
build 'crex contract_tests crex_test_helpers test/robust/ring/all robust_semaphore robust_fork readiness
       notification signals stop older_kernel' -DCMAKE_BUILD_TYPE=Release \
    -DCREX_BUILD_MQUEUE=OFF -DCREX_BUILD_C=OFF
suites='_contract\.|^ring_|^robust_semaphore\.|^robust_fork\.|^readiness\.|^notification\.|^signals\.|^stop\.'

# The cases that need the feature, as lib/doc/platforms.md says: without them a signal may come while its
# thread looks and not while it sleeps.
needs() {
    case $1 in
    statx) echo 'inspecting_returns_the_creation_time' ;;
    membarrier) echo 'a_signal_' ;;
    futex_waitv) echo 'a_signal_|^signals\.handler_without_sa_restart_is_told' ;;
    *) echo '^$' ;;
    esac
}

"$build/test/helpers/without" statx true || skip "the system does not permit seccomp(2)"
run_tests -R '^older_kernel\.'
for feature; do
    logged "$build/test/helpers/without" "$feature" ctest --test-dir "$build" --output-on-failure \
        --no-tests=error --parallel 6 -R "$suites" -E "$(needs "$feature")"
done
run_tests -R '^older_kernel\.'
echo "each missing: $*"
