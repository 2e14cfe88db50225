#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""layers.py LIB: compares the includes in LIB/src with the order of its directories (lib/DESIGN.md, "The tree").

Prints each include that points upwards, or from one object to another, and fails if there is one.
"""
import pathlib
import re
import sys

OBJECTS = ["semaphore", "shared_memory", "robust_semaphore", "ring", "message_queue", "sysv"]
LAYERS = [["platform"], ["common"], ["robust"], OBJECTS, ["inventory", "postgres"],
          ["mqueue", "c", "python"]]
LEVEL = {directory: level for level, layer in enumerate(LAYERS) for directory in layer}

# Values without behaviour, which every layer may name.
PUBLIC_TO_PLATFORM = {"crex/object_id.hpp", "crex/timeout.hpp"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<((?:crex|boost)/[^>]+)>)')


def faults(source):
    for path in sorted(source.rglob("*.[ch]pp")):
        mine = path.relative_to(source).parts[0]
        if mine not in LEVEL:
            yield f"{path}: in no layer"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            own, other = found.groups()
            if other:
                if mine == "platform" and other not in PUBLIC_TO_PLATFORM:
                    yield f"{path}:{number}: the platform includes <{other}>"
                continue
            its = own.split("/")[0]
            if its not in LEVEL:
                yield f"{path}:{number}: \"{own}\" is in no layer"
            elif its != mine and LEVEL[its] >= LEVEL[mine]:
                yield f"{path}:{number}: {mine} includes {own}"


all_faults = list(faults(pathlib.Path(sys.argv[1]) / "src"))
for fault in all_faults:
    print(fault)
print(f"{len(all_faults)} includes across the layers")
sys.exit(1 if all_faults else 0)
