# SPDX-License-Identifier: BSL-1.0
"""The kernel's message queues beside libcrex-mqueue.so: messages a second and system calls a message.

    python3 mqueue.py PROGRAM LIBRARY [ROUNDS]

The two take turns. If there is strace(1), it counts the system calls, in a run of its own.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys

SHAPES = {"one-process": 400_000, "round-trip": 100_000, "streaming": 400_000}
COUNTED = 20_000
PEERS = ("kernel", "crex")


def environment(library):
    return {**os.environ, **({"LD_PRELOAD": library} if library else {})}


def rate(program, library, shape):
    command = [program, shape, str(SHAPES[shape])]
    return float(subprocess.run(command, env=environment(library), stdout=subprocess.PIPE, check=True).stdout)


def system_calls(program, library, shape, messages):
    options = ["-f", "-c", "-o", "/dev/fd/2"]
    preload = ["-E", "LD_PRELOAD=" + library] if library else []
    command = ["strace", *options, *preload, program, shape, str(messages)]
    said = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True).stderr
    return int(re.search(r"(\d+)(?:\s+\d+)?\s+total$", said, re.MULTILINE).group(1))


def calls_a_message(program, library, shape):
    """The system calls of a run with more messages, less those of a run with fewer, a message."""
    more, fewer = (system_calls(program, library, shape, n) for n in (2 * COUNTED, COUNTED))
    return max(0, more - fewer) / COUNTED


def main(program, library, rounds=5):
    libraries = dict(zip(PEERS, (None, library)))
    counts = bool(shutil.which("strace"))
    print(f"{'64 bytes, 10 at most':22}{'kernel':>10}{'crex':>10}{'ratio':>8}   " +
          ("system calls: kernel  crex" if counts else ""))
    for shape in SHAPES:
        rates = {peer: [] for peer in PEERS}
        for _ in range(int(rounds)):
            for peer in PEERS:
                rates[peer].append(rate(program, libraries[peer], shape))
        kernel, crex = (statistics.median(rates[peer]) for peer in PEERS)
        calls = [calls_a_message(program, libraries[peer], shape) for peer in PEERS] if counts else []
        print(f"{shape + ' /s':22}{kernel:10.0f}{crex:10.0f}{crex / kernel:8.2f}   " +
              (f"{calls[0]:20.2f}{calls[1]:6.2f}" if counts else ""), flush=True)


main(*sys.argv[1:])
