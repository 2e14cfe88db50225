# SPDX-License-Identifier: BSL-1.0
"""Premise and Conclusion in Python. test/demos/languages_test.cpp lets them talk to others."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from support import BACKENDS, TestCase, unique_name

import crex
import crex.posix_ipc as posix_ipc

PYTHON = pathlib.Path(os.environ["CREX_TEST_DEMOS"])


class Conversations(TestCase):
    def setUp(self):
        self.names = {
            "SEMAPHORE_NAME": self.removed(unique_name(), crex.unlink_semaphore),
            "SHARED_MEMORY_NAME": self.removed(unique_name(), crex.unlink_shared_memory),
            "MESSAGE_QUEUE_NAME": unique_name(),
        }
        for backend in BACKENDS:
            self.removed(
                self.names["MESSAGE_QUEUE_NAME"],
                lambda name, kind=backend: crex.unlink_message_queue(name, kind),
            )
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.params = pathlib.Path(directory.name, "params.txt")
        self.write(ITERATIONS=100)

    def write(self, **values):
        lines = [f"{key}={value}\n" for key, value in {**self.names, **values}.items()]
        self.params.write_text("# a comment\n\n" + "".join(lines), encoding="utf-8")

    def start(self, program, *options):
        command = [sys.executable, "-B", PYTHON / f"{program}.py", "--params", self.params]
        process = subprocess.Popen(
            [*command, "--patience", "60", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def is_there(self, program, backend):
        try:
            if program.startswith("mq_"):
                name = self.names["MESSAGE_QUEUE_NAME"]
                posix_ipc.MessageQueue(name, backend=backend, write=backend != "posix").close()
            else:
                posix_ipc.Semaphore(self.names["SEMAPHORE_NAME"]).close()
            return True
        except posix_ipc.ExistentialError:
            return False

    def test_each_step_is_printed_with_program_and_time(self):
        first = self.start("premise", "--iterations", "3")
        self.eventually(lambda: self.is_there("premise", ""))
        second = self.start("conclusion", "--iterations", "3")
        out = second.communicate()[0]
        for line in out.splitlines()[:-3]:
            self.assertRegex(line, r"^\d\d:\d\d:\d\d\.\d{6} Mrs Conclusion: ")
        for step in "Releasing the semaphore", "Waiting to acquire", "writing ", "read ":
            self.assertIn(step, out)
        self.assertIn("Removing semaphore", first.communicate()[0])

    def test_living_dangerously_ends_in_any_case(self):
        options = ["--quiet", "--live-dangerously", "1", "--patience", "1"]
        first = self.start("premise", *options)
        self.eventually(lambda: self.is_there("premise", ""))
        second = self.start("conclusion", *options)
        for process in (second, first):
            process.communicate(timeout=300)
            self.assertIn(process.returncode, (0, 1, 3))
        self.assertFalse(self.is_there("premise", ""))

    def test_a_peer_that_is_killed_has_vanished(self):
        for prefix in ("", "mq_"):
            options = ["--iterations", "1000000", "--queue-backend-name", "robust"]
            first = self.start(prefix + "premise", *options, "--quiet", "--patience", "1")
            self.eventually(lambda p=prefix: self.is_there(p + "premise", "robust"))
            second = self.start(prefix + "conclusion", *options)
            heard = 0
            while heard < 2: # Mrs Premise has an answer, and so no longer waits for a beginning
                line = second.stdout.readline()
                self.assertTrue(line)
                heard += re.search(": (read|received) ", line) is not None
            second.kill()
            out, err = first.communicate(timeout=300)
            self.assertEqual(first.returncode, 3, out)
            self.assertIn("Mrs Conclusion has vanished", err)
            self.assertFalse(self.is_there(prefix + "premise", "robust"))

    def test_ctrl_c_removes_what_was_created(self):
        for number in (2, 15):
            first = self.start("premise")
            self.eventually(lambda: self.is_there("premise", ""))
            first.send_signal(number)
            self.assertIn("interrupted", first.communicate(timeout=300)[1])
            self.assertEqual(first.returncode, 3)
            self.assertFalse(self.is_there("premise", ""))

    def test_leftovers_are_explained(self):
        name = self.names["SHARED_MEMORY_NAME"]
        posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=4096).close_fd()
        first = self.start("premise")
        self.assertIn(f"crex rm {name}", first.communicate()[1])
        self.assertEqual(first.returncode, 3)

    def test_mistakes_in_the_parameters_are_named(self):
        for values, text in (
            ({"ITERATIONS": "x"}, "params.txt:6: ITERATIONS: must be a whole number"),
            ({"PERMISSIONS": "0888"}, "params.txt:6: PERMISSIONS: must be an octal number"),
            ({"COLOUR": "red"}, "params.txt:6: COLOUR: there is no such key"),
            ({"QUEUE_BACKEND_NAME": "redis"}, "must be boost, posix or robust"),
        ):
            self.write(**values)
            process = self.start("premise")
            self.assertIn(text, process.communicate()[1])
            self.assertEqual(process.returncode, 2)
