#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh cmake/docs.sh [--in NAME]
#
# Builds the documentation as a site that needs neither a server nor a network, and says where it
# is: the pages of the tree, the reference of C++, C and Python, and the command's manual pages.
# Installs missing packages (Debian, Ubuntu), and works as any user, from any directory. Fails on a
# warning, and on a link that leads nowhere in the site.
#
#   --in NAME  takes the command and the Python package from build/NAME, and builds them there if
#              they are missing; by default from build/crex, as demo.sh and test.sh do
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=cmake/common.sh
. "$root/cmake/common.sh"

case $#:${1-} in
0:) name=crex ;;
1:--help | 1:-h) show_help "$0" && exit 0 ;;
2:--in) name=$2 ;;
*)
    echo "Usage: sh cmake/docs.sh [--in NAME]" >&2
    exit 64
    ;;
esac

sh "$root/cmake/install_packages.sh" g++ cmake ninja-build libboost-dev \
    libboost-program-options-dev libncurses-dev nlohmann-json3-dev python3 python3-dev \
    python3-sphinx furo python3-myst-parser python3-sphinx-copybutton python3-clang mandoc

use_build_directory "$name"
# shellcheck disable=SC2034 # build() reads it
options_of_new_tree='-DCREX_BUILD_TESTS=OFF -DCREX_BUILD_MQUEUE=OFF -DCREX_BUILD_DEMOS=OFF
                     -DCREX_BUILD_C=OFF -DCREX_BUILD_BENCHMARKS=OFF -DCREX_INSTALL=OFF'
manual=$build/apps/crex/generated/man1
package=$build/python/crex
if [ "$name" = crex ] || [ ! -e "$manual/crex.1" ] || [ ! -e "$package/_crex.abi3.so" ]; then
    build "crex_manual crex_python" 6 -DCREX_BUILD_COMMAND=ON -DCREX_BUILD_PYTHON=ON
fi

# Another Python may come first in PATH, without Debian's packages.
python=python3
python3 -c 'import sphinx, clang' 2>/dev/null || python=/usr/bin/python3

docs=$build/docs
site=$root/lib/doc/site
log=$docs/sphinx.log
mkdir -p "$docs"
"$python" -B "$site/stage.py" "$root" "$docs/source" --man "$manual" \
    --python "${package%/*}"
rm -rf "$docs/html"
PYTHONDONTWRITEBYTECODE=1 "$python" -m sphinx -q -W --keep-going -j "$processors" -c "$site" \
    -d "$docs/doctrees" "$docs/source" "$docs/html" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
"$python" -B "$site/check_links.py" "$docs/html"
echo "The documentation is in $docs/html/index.html"
