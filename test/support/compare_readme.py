#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fails unless each program that README.md shows is, to the letter, the file it is said to be.

    compare_readme.py ROOT
"""
import pathlib
import re
import sys

SHOWN = re.compile(r"<!-- (\S+) -->\n```cpp\n(.*?)```", re.DOTALL)


def main(root):
    shown = SHOWN.findall((root / "README.md").read_text(encoding="utf-8"))
    different = []
    for path, code in shown:
        _licence, text = (root / path).read_text(encoding="utf-8").split("\n", 1)
        if text != code:
            different.append(path)
    for path in different:
        print("README.md shows something else than", path)
    if len(shown) < 3:
        print("README.md was expected to show three programs, and shows", len(shown))
    return 1 if different or len(shown) < 3 else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
