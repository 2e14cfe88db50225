#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
#
# sh documented.sh: fails when a public symbol of C++ or C has no comment, and prints it. Ends with 77
# where libclang's Python package is missing (python3-clang).
set -eu
cd "$(dirname "$0")/../.."

python=python3
python3 -c 'import clang' 2>/dev/null || python=/usr/bin/python3
"$python" -c 'import clang' 2>/dev/null || {
    echo "[skipped] python3-clang is not installed"
    exit 77
}
exec "$python" -B lib/doc/site/headers.py .
