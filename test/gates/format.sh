#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh format.sh: fails when clang-format (version 14) would change a file, or shellcheck finds a fault
# in a script. It prints how many files it has read.
set -eu
cd "$(dirname "$0")/../.."

sources=$(git ls-files '*.cpp' '*.hpp' '*.c' '*.h')
scripts=$(git ls-files .ci/run '*.sh')
# shellcheck disable=SC2086 # lists of words: no name in the tree has a blank
clang-format --dry-run -Werror $sources
# shellcheck disable=SC2086
shellcheck -x $scripts
echo "formatted: $(echo "$sources" | wc -l) sources; no fault found in $(echo "$scripts" | wc -l) scripts"
