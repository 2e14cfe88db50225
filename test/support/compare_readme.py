#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fails unless each program that README.md or a page of lib/doc shows equals, to the letter,
the file that the page names, and each link to a file leads to one.

    compare_readme.py ROOT
"""
import pathlib
import re
import sys

SHOWN = re.compile(r"<!-- (\S+) -->\n```(?:cpp|c)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")


def main(root):
    programs = 0
    faults = []
    for page in [*root.glob("*.md"), *root.glob("lib/*.md"), *root.glob("lib/doc/*.md")]:
        text = page.read_text(encoding="utf-8")
        for path, code in SHOWN.findall(text):
            programs += 1
            _licence, program = (root / path).read_text(encoding="utf-8").split("\n", 1)
            if program != code:
                faults.append(f"{page}: shows something else than {path}")
        for target in LINK.findall(text):
            if not (page.parent / target).exists():
                faults.append(f"{page}: {target} does not exist")
    if programs < 17:
        faults.append(f"seventeen programs were expected to be shown, not {programs}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
