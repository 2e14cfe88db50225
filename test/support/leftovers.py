#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Fails when a test run leaves named objects behind.

    leftovers.py before|after RUN

"before" removes what an interrupted run of the same build tree left; "after" lists what this run
left, removes it too, and fails if there was any. An object belongs to the run when its name says
so (see unique_name.hpp), when it is a provisional file of a process that is gone, or when it has a
name made up by crex, was not there before, and is not in use.
"""
import contextlib
import ctypes
import os
import pathlib
import re
import sys
import tempfile

SHM = "/dev/shm"
KIND = r"(?:sem\.|crex-mq\.|crex-sem\.|crex-ring\.)?"  # prefix of a file's name before the object's
RANDOM_BEFORE = "random_names_before_the_tests.txt"  # in the build tree
SYSTEM_V_NOTES = "system_v_objects.txt"  # in the build tree
IPC_RMID = 0


def belongs(name, run):
    if f"crex-test-{run}-" in name:
        return True
    provisional = re.match(KIND + r"crex-tmp\.(\d+)\.", name)
    return provisional and not os.path.exists(f"/proc/{provisional.group(1)}")


def random_names():
    """Name and inode of each file whose name crex made up."""
    made_up = KIND + r"crex-[0-9a-f]{16}|crex-poll\.[0-9a-f]+"
    return {e.name: e.inode() for e in os.scandir(SHM) if re.fullmatch(made_up, e.name)}


def inodes_in_use():
    """Inodes in /dev/shm that a process uses. Another build tree's tests may be running."""
    device = os.stat(SHM).st_dev
    numbers = f"{os.major(device):02x}:{os.minor(device):02x}"
    inodes = set()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        # OSError: the process has ended, or belongs to another user.
        with contextlib.suppress(OSError):
            for line in (process / "maps").read_text(encoding="utf-8", errors="replace").split("\n"):
                fields = line.split()
                if len(fields) > 4 and fields[3] == numbers:
                    inodes.add(int(fields[4]))
        with contextlib.suppress(OSError):
            for fd in os.listdir(process / "fd"):
                with contextlib.suppress(OSError):
                    status = os.stat(process / "fd" / fd)
                    if status.st_dev == device:
                        inodes.add(status.st_ino)
    return inodes


def kernel_queues(libc):
    """The kernel's queues can only be listed where their file system may be mounted (by root)."""
    with tempfile.TemporaryDirectory() as directory:
        if libc.mount(b"mqueue", directory.encode(), b"mqueue", 0, None) != 0:
            return []
        names = os.listdir(directory)
        libc.umount(directory.encode())
        return names


def noted_system_v_objects():
    """(key, number) or (sem, shm or msg, id), as noted by the tests since the machine started."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    notes = pathlib.Path(SYSTEM_V_NOTES)
    lines = notes.read_text(encoding="ascii").splitlines() if notes.exists() else []
    fields = [line.split() for line in lines]
    return {(what, int(number)) for what, number, when in fields if when == boot}


def present_system_v_objects():
    """(sem, shm or msg, key, id) of each object."""
    for kind in "sem", "shm", "msg":
        with open(f"/proc/sysvipc/{kind}", encoding="ascii") as file:
            for line in file.readlines()[1:]:
                key, number = line.split()[:2]
                yield kind, int(key), int(number)


def take_away_system_v_objects(libc):
    """Removes the run's objects and returns their descriptions; deletes the notes."""
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
    made_up = random_names()  # first: a file made after this is in use
    used = inodes_in_use()
    left += [n for n, inode in made_up.items() if n not in before and inode not in used]
    for name in left:
        with contextlib.suppress(FileNotFoundError):  # another process was faster
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
