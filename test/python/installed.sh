#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# installed.sh CMAKE BUILD PYTHON DIRECTORY SOURCE: the package works where `cmake --install` puts
# it, in DIRECTORY below a prefix, and where pip does, if there is one.
set -eu
cmake=$1 build=$2 python=$3 directory=$4 source=$5
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# works DIRECTORY: prints the version of the package there.
works() {
    (cd "$place" && PYTHONPATH=$1 "$python" -B -c '
import sys, crex, crex.posix_ipc, crex.sysv_ipc
if not crex.__file__.startswith(sys.argv[1]):
    sys.exit(crex.__file__)
semaphore = crex.Semaphore(None, crex.O_CREX, initial_value=1)
with semaphore:
    semaphore.unlink()
print(crex.__version__)' "$1")
}

"$cmake" --install "$build" --component python --prefix "$place/prefix"
works "$place/prefix/$directory"

if "$python" -m pip --version; then
    "$python" -m pip install --no-index --no-deps --target "$place/pip" \
        --config-settings "build-directory=$build" "$source"
    works "$place/pip"
    test -f "$place/pip/crex/py.typed"
fi
