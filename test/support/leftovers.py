#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fails when a test run leaves named objects behind.

    leftovers.py before|after RUN

"before" removes what an interrupted run of the same build tree left; "after" lists what this run
left, removes it too, and fails if there was any. An object belongs to the run when its name says
so (see unique_name.hpp), when it is a provisional file of a process that is gone, or when it has a
name that crex made up and was not there before.
"""
import ctypes
import os
import pathlib
import re
import sys
import tempfile

SHM = "/dev/shm"
KIND = r"(?:sem\.|crex-mq\.|crex-ring\.)?"  # what a file's name begins with, besides the object's own
RANDOM_BEFORE = "random_names_before_the_tests.txt"  # in the build tree


def belongs(name, run):
    if f"crex-test-{run}-" in name:
        return True
    provisional = re.match(KIND + r"crex-tmp\.(\d+)\.", name)
    return provisional and not os.path.exists(f"/proc/{provisional.group(1)}")


def random_names():
    made_up = KIND + r"crex-[0-9a-f]{16}|crex-bell\.[0-9a-f]+"
    return [n for n in os.listdir(SHM) if re.fullmatch(made_up, n)]


def kernel_queues(libc):
    """The kernel's queues can only be listed where their file system may be mounted (by root)."""
    with tempfile.TemporaryDirectory() as folder:
        if libc.mount(b"mqueue", folder.encode(), b"mqueue", 0, None) != 0:
            return []
        names = os.listdir(folder)
        libc.umount(folder.encode())
        return names


def main(step, run):
    libc = ctypes.CDLL(None, use_errno=True)
    if step == "before":
        pathlib.Path(RANDOM_BEFORE).write_text("\n".join(random_names()), encoding="utf-8")
    before = pathlib.Path(RANDOM_BEFORE).read_text(encoding="utf-8").split("\n")
    left = [n for n in os.listdir(SHM) if belongs(n, run)]
    left += [n for n in random_names() if n not in before]
    for name in left:
        os.unlink(os.path.join(SHM, name))
    queues = [n for n in kernel_queues(libc) if belongs(n, run)]
    for name in queues:
        libc.mq_unlink(b"/" + name.encode())
    if step == "after":
        for name in left + queues:
            print("left behind:", name)
        return 1 if left or queues else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
