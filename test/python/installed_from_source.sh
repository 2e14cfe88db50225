#!/bin/sh
# SPDX-License-Identifier: BSL-1.0

# installed_from_source.sh PYTHON SOURCE: `pip install SOURCE` by an ordinary user who has built
# nothing: the package is compiled, installed into a virtual environment, works there, and can be
# removed.
set -eu
python=$1 source=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 777 "$place"

# user COMMAND...: as nobody if this is root, and nobody may read the source.
is_nobody_s=no
nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
if [ "$(id -u)" = 0 ] && nobody test -r "$source/pyproject.toml"; then
    is_nobody_s=yes
fi
user() {
    set -- env -i "HOME=$place" "TMPDIR=$place" PATH=/usr/local/bin:/usr/bin:/bin "$@"
    if [ "$is_nobody_s" = yes ]; then nobody "$@"; else "$@"; fi
}

if ! "$python" -m pip --version; then
    echo "Not tested: pip (not found)"
    exit 77
fi
cd "$place"
user "$python" -m venv --without-pip "$place/venv"
pip() { user "$python" -m pip --python "$place/venv/bin/python" "$@"; }

pip install --no-index "$source"
user "$place/venv/bin/python" -c '
import sys, crex, crex.posix_ipc, crex.sysv_ipc
if not crex.__file__.startswith(sys.prefix):
    sys.exit(crex.__file__)
semaphore = crex.Semaphore(None, crex.O_CREX, initial_value=1)
with semaphore:
    semaphore.unlink()
print(crex.__version__, "works")'
pip show --files crex | grep -q 'crex/py.typed'
pip uninstall --yes crex
user "$place/venv/bin/python" -c '
import importlib.util, sys
sys.exit(importlib.util.find_spec("crex") and "pip has left something behind")'
