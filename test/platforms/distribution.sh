#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh test/platforms/distribution.sh bookworm|trixie|noble: README's two commands on a minimal Debian 12
# (GCC 12, Boost 1.74), Debian 13 (GCC 14, Boost 1.83) or Ubuntu 24.04 (GCC 13, Boost 1.83), with the
# contract suites. See test/bare/bare.sh.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
suite=${1:?"which suite?"}
row=$suite
# shellcheck source=test/platforms/common.sh
. "$here/common.sh"

[ "$(id -u)" = 0 ] || skip "only root can enter a root file system"
logged sh "$root/test/bare/bare.sh" "$suite" --root --contracts --user none
counted=$(sed -n 's/.*100% tests passed, 0 tests failed out of \([0-9]*\)$/\1/p' "$log" | tail -n 1)
echo "demo.sh for root and a user, contract suites: $counted cases"
