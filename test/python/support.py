# SPDX-License-Identifier: BSL-1.0
"""What the tests share: names, objects that are removed, and second processes."""

import contextlib
import itertools
import os
import pathlib
import random
import subprocess
import sys
import textwrap
import threading
import time
import unittest

import crex

BACKENDS = ("robust", "posix", "boost")

# Ends a test that hangs. No test waits as long otherwise.
PATIENCE = 300

_count = itertools.count(1)

PRELUDE = """
import os, signal, sys, threading, time
import crex
import crex.posix_ipc as posix_ipc
import crex.sysv_ipc as sysv_ipc
# A shell ignores Ctrl-C for what it runs in the background, and so would Python.
signal.signal(signal.SIGINT, signal.default_int_handler)
def say(text):
    os.write(1, (text + "\\n").encode())

# From here on, this process can map that many bytes more.
def leave_memory(size):
    import mmap, resource
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with open("/proc/self/statm") as pages:
        used = int(pages.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used, hard))
    kept = [None] * 1000
    for i in range(len(kept)):  # what Python has given back since
        try:
            kept[i] = mmap.mmap(-1, resource.getpagesize())
        except OSError:
            break
    globals()["kept"] = kept
    resource.setrlimit(resource.RLIMIT_AS, (used + size, hard))
"""


def unique_name():
    run = os.environ.get("CREX_TEST_RUN", "0")
    return f"/crex-test-{run}-{os.getpid()}-{next(_count)}"


def note(what, number):
    """Notes a System V object, as test/support/sysv.hpp does."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    with open(os.environ.get("CREX_TEST_SYSV_NOTES", os.devnull), "a", encoding="ascii") as notes:
        notes.write(f"{what} {number} {boot}\n")


def unique_key():
    """A key that no System V object has."""
    key = random.SystemRandom().randint(1, 2**31 - 1)
    note("key", key)
    return key


class Child:
    """A second Python process that runs `code`, with `arguments` as sys.argv[1:]."""

    def __init__(self, code, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-c", PRELUDE + textwrap.dedent(code), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self):
        """Waits for its end; returns (exit code, standard output, standard error)."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


class TestCase(unittest.TestCase):
    def child(self, code, *arguments):
        child = Child(code, *arguments)
        self.addCleanup(child.kill)
        return child

    def assertEndsWell(self, child):
        code, out, err = child.end()
        self.assertEqual((code, err), (0, ""), out)
        return out

    def removed(self, name, unlink):
        """A name whose object is removed at the end of the test, if it is there."""

        def remove():
            with contextlib.suppress(crex.ExistentialError):
                unlink(name)

        self.addCleanup(remove)
        return name

    def queue(self, backend="robust", **options):
        name = self.removed(unique_name(), lambda n: crex.unlink_message_queue(n, backend))
        queue = crex.MessageQueue(name, crex.O_CREX, backend=backend, **options)
        self.addCleanup(queue.close)
        return queue

    def semaphore(self, value=0):
        name = self.removed(unique_name(), crex.unlink_semaphore)
        return crex.Semaphore(name, crex.O_CREX, initial_value=value)

    def robust_semaphore(self, value=1, **options):
        name = self.removed(unique_name(), crex.unlink_robust_semaphore)
        return crex.RobustSemaphore(name, crex.O_CREX, initial_value=value, **options)

    def ring(self, **options):
        name = self.removed(unique_name(), crex.unlink_ring)
        return crex.Ring(name, crex.O_CREX, **options)

    def remove_later(self, thing):
        """Removes a System V object at the end of the test, if it is still there."""
        kinds = {"Semaphore": "sem", "SharedMemory": "shm", "MessageQueue": "msg"}
        note(kinds[type(thing).__name__], thing.id)

        def remove():
            with contextlib.suppress(crex.ExistentialError):
                thing.remove()

        self.addCleanup(remove)
        return thing

    def in_child(self, function):
        """Runs function() in a forked child; it must not raise."""
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                function()
                status = 0
            finally:
                os._exit(status)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)

    def thread(self, function):
        """Runs function() in a thread, which must have ended at the end of the test."""
        thread = threading.Thread(target=function)
        thread.start()
        self.addCleanup(thread.join, PATIENCE)
        return thread

    def eventually(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it has not come true")
            time.sleep(0.005)
