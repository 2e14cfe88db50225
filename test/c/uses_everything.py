#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""uses_everything.py LIBRARY PROGRAM: prints what LIBRARY exports and PROGRAM does not use, and fails if
there is any."""
import subprocess
import sys


def names(which, path):
    lines = subprocess.run(["nm", "-D", which, path], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1].split("@")[0] for line in lines.splitlines() if "crex_" in line}


library, program = sys.argv[1:]
exported = names("--defined-only", library)
unused = exported - names("--undefined-only", program)
print(f"{len(exported)} functions, unused: {sorted(unused)}")
sys.exit(1 if unused or not exported else 0)
