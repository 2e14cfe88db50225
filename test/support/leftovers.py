#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fails when a test run leaves named objects behind.

    leftovers.py before|after RUN

"before" removes what an interrupted run of the same build tree left; "after" lists what this run
left, removes it too, and fails if there was any. An object belongs to the run when its name says
so (see unique_name.hpp), when it is a provisional file of a process that is gone, or when it has a
name that crex made up, was not there before, and nobody has it open.
"""
import ctypes
import os
import pathlib
import re
import sys
import tempfile

SHM = "/dev/shm"
KIND = r"(?:sem\.|crex-mq\.|crex-sem\.|crex-ring\.)?"  # what a file's name begins with, besides the object's own
RANDOM_BEFORE = "random_names_before_the_tests.txt"  # in the build tree
SYSTEM_V_NOTES = "system_v_objects.txt"  # likewise
IPC_RMID = 0


def belongs(name, run):
    if f"crex-test-{run}-" in name:
        return True
    provisional = re.match(KIND + r"crex-tmp\.(\d+)\.", name)
    return provisional and not os.path.exists(f"/proc/{provisional.group(1)}")


def random_names():
    made_up = KIND + r"crex-[0-9a-f]{16}|crex-bell\.[0-9a-f]+"
    return [n for n in os.listdir(SHM) if re.fullmatch(made_up, n)]


def open_files():
    """What any process has open. Another build tree's tests may be running."""
    paths = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*/fd"):
        try:
            for fd in folder.iterdir():
                paths.add(os.readlink(fd))
        except OSError:  # that process has ended, or is somebody else's
            pass
    return paths


def kernel_queues(libc):
    """The kernel's queues can only be listed where their file system may be mounted (by root)."""
    with tempfile.TemporaryDirectory() as folder:
        if libc.mount(b"mqueue", folder.encode(), b"mqueue", 0, None) != 0:
            return []
        names = os.listdir(folder)
        libc.umount(folder.encode())
        return names


def noted_system_v_objects():
    """(key, number) or (sem, shm or msg, id), as the tests have noted it since the machine started."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    notes = pathlib.Path(SYSTEM_V_NOTES)
    lines = notes.read_text(encoding="ascii").splitlines() if notes.exists() else []
    fields = [line.split() for line in lines]
    return {(what, int(number)) for what, number, when in fields if when == boot}


def present_system_v_objects():
    """(sem, shm or msg, key, id) of each."""
    for kind in "sem", "shm", "msg":
        with open(f"/proc/sysvipc/{kind}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                key, number = line.split()[:2]
                yield kind, int(key), int(number)


def take_away_system_v_objects(libc):
    """Removes the run's and says what they were; forgets the notes."""
    noted = noted_system_v_objects()
    left = [(kind, key, number) for kind, key, number in present_system_v_objects()
            if ("key", key) in noted or (kind, number) in noted]
    for kind, _, number in left:
        if kind == "sem":
            libc.semctl(number, 0, IPC_RMID)
        else:
            getattr(libc, kind + "ctl")(number, IPC_RMID, None)
    pathlib.Path(SYSTEM_V_NOTES).unlink(missing_ok=True)
    return [f"{kind}, key 0x{key & 0xffffffff:08x}, id {number}" for kind, key, number in left]


def main(step, run):
    libc = ctypes.CDLL(None, use_errno=True)
    if step == "before":
        pathlib.Path(RANDOM_BEFORE).write_text("\n".join(random_names()), encoding="utf-8")
    before = pathlib.Path(RANDOM_BEFORE).read_text(encoding="utf-8").split("\n")
    left = [n for n in os.listdir(SHM) if belongs(n, run)]
    used = open_files()
    left += [n for n in random_names() if n not in before and f"{SHM}/{n}" not in used]
    for name in left:
        os.unlink(os.path.join(SHM, name))
    queues = [n for n in kernel_queues(libc) if belongs(n, run)]
    for name in queues:
        libc.mq_unlink(b"/" + name.encode())
    left += queues + take_away_system_v_objects(libc)
    if step == "after":
        for name in left:
            print("left behind:", name)
        return 1 if left else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
