# SPDX-License-Identifier: BSL-1.0
"""The programs of lib/doc/python.md print what their comments say, and the stubs are true."""

import os
import pathlib
import re
import subprocess
import unittest

from support import TestCase

import crex
import crex.sysv_ipc as sysv_ipc

MANUAL = pathlib.Path(os.environ["CREX_TEST_MANUAL"])


class Manual(TestCase):
    def test_programs_print_what_they_say(self):
        programs = re.findall(r"```python\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
        self.assertEqual(len(programs), 5)
        for program in programs:
            said = re.findall(r"^ *print\(.*\)  # (.*)$", program, re.MULTILINE)
            self.assertTrue(said)
            out = self.assertEndsWell(self.child(program))
            self.assertEqual(out.splitlines(), said)

    def test_everything_public_has_a_docstring(self):
        things = [(name, getattr(crex, name)) for name in crex.__all__]
        for name, thing in (*things, *vars(sysv_ipc).items()):
            if not isinstance(thing, type):
                continue
            self.assertTrue(thing.__doc__, name)
            for member, value in vars(thing).items():
                if not member.startswith("_"):
                    self.assertTrue(value.__doc__, f"{name}.{member}")

    def test_stubs_are_those_of_the_package(self):
        found = subprocess.run(
            ["/usr/bin/python3", "-m", "mypy.stubtest", "--help"], capture_output=True, check=False
        )
        if found.returncode != 0:
            raise unittest.SkipTest("mypy is not installed")
        result = subprocess.run(
            ["/usr/bin/python3", "-B", "-m", "mypy.stubtest", "crex"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env={**os.environ, "MYPY_CACHE_DIR": os.devnull},
        )
        self.assertEqual(result.returncode, 0, result.stdout)


