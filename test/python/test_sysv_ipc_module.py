# SPDX-License-Identifier: BSL-1.0
"""What crex.sysv_ipc has besides its classes, and the other programs with which it shares objects.
"""

import ctypes
import os
import re
import resource
import subprocess
import tempfile
import unittest
import warnings

from support import TestCase, unique_key

import crex
import crex.sysv_ipc as sysv_ipc

C_PEER = os.environ.get("CREX_TEST_C_SYSV_PEER")


class Constants(unittest.TestCase):
    def test_flags_are_those_of_the_system_s_headers(self):
        names = {
            "IPC_CREAT": 0o1000,
            "IPC_EXCL": 0o2000,
            "IPC_CREX": 0o3000,
            "IPC_PRIVATE": 0,
            "SHM_RDONLY": 0o10000,
            "SHM_RND": 0o20000,
            "SHM_REMAP": 0o40000,
            "SHM_HUGETLB": 0o4000,
            "SHM_NORESERVE": 0o10000,
        }
        self.assertEqual({name: getattr(sysv_ipc, name) for name in names}, names)

    def test_limits_are_the_system_s(self):
        self.assertEqual(sysv_ipc.PAGE_SIZE, resource.getpagesize())
        self.assertEqual(sysv_ipc.SEMAPHORE_VALUE_MAX, 32767)
        self.assertEqual((sysv_ipc.KEY_MIN, sysv_ipc.KEY_MAX), (-(2**31), 2**31 - 1))
        self.assertIs(sysv_ipc.SEMAPHORE_TIMEOUT_SUPPORTED, True)

    def test_versions_are_strings(self):
        self.assertRegex(sysv_ipc.VERSION, r"^1\.1\.\d+$")
        self.assertEqual(sysv_ipc.__version__, sysv_ipc.VERSION)
        for name in "__author__", "__copyright__", "__license__":
            self.assertIsInstance(getattr(sysv_ipc, name), str)

    def test_errors_have_sysv_ipc_s_bases(self):
        self.assertEqual(sysv_ipc.Error.__bases__, (Exception,))
        names = "PermissionsError", "ExistentialError", "BusyError"
        for name in (*names, "InternalError", "NotAttachedError"):
            self.assertEqual(getattr(sysv_ipc, name).__bases__, (sysv_ipc.Error,))
        for name in names:
            self.assertIs(getattr(sysv_ipc, name), getattr(crex, name))

    def test_everything_of_the_real_package_is_there(self):
        listed = subprocess.run(
            ["/usr/bin/python3", "-c", "import sysv_ipc; print(*dir(sysv_ipc))"],
            capture_output=True,
            text=True,
            check=False,
        )
        if listed.returncode != 0:
            raise unittest.SkipTest("python3-sysv-ipc is not installed")
        self.assertLessEqual(set(listed.stdout.split()), set(dir(sysv_ipc)))


class Functions(TestCase):
    def test_ftok_is_the_system_s_and_warns(self):
        expected = ctypes.CDLL(None).ftok(b"/tmp", 42)
        with self.assertWarnsRegex(Warning, "ftok"):
            self.assertEqual(sysv_ipc.ftok("/tmp", 42), expected)
        with self.assertWarns(Warning):
            sysv_ipc.ftok("/tmp", 42, silence_warning=False)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertEqual(sysv_ipc.ftok("/tmp", 42, silence_warning=True), expected)
            self.assertEqual(sysv_ipc.ftok(path=b"/tmp", id=42 + 256, silence_warning=1), expected)
            with self.assertRaises(Warning):
                sysv_ipc.ftok("/tmp", 42)

    def test_ftok_of_no_file_is_an_os_error(self):
        with tempfile.TemporaryDirectory() as directory:
            with self.assertRaises(FileNotFoundError) as raised:
                sysv_ipc.ftok(directory + "/none", 1, True)
            self.assertEqual(raised.exception.filename, directory + "/none")

    def test_ftok_takes_a_path_and_a_number(self):
        for arguments in ((), ("/tmp",), (3, 1), ("/tmp", "1"), ("/tmp", 1, True, 2)):
            with self.assertRaises(TypeError):
                sysv_ipc.ftok(*arguments)

    def test_objects_are_removed_by_id(self):
        for kind, remove in (
            (sysv_ipc.Semaphore, sysv_ipc.remove_semaphore),
            (sysv_ipc.SharedMemory, sysv_ipc.remove_shared_memory),
            (sysv_ipc.MessageQueue, sysv_ipc.remove_message_queue),
        ):
            thing = self.remove_later(kind(None, sysv_ipc.IPC_CREX))
            if kind is sysv_ipc.SharedMemory:
                thing.detach()
            self.assertIsNone(remove(thing.id))
            with self.assertRaises(sysv_ipc.ExistentialError):
                kind(thing.key)
            with self.assertRaisesRegex(sysv_ipc.ExistentialError, f"id {thing.id}"):
                remove(thing.id)
            for wrong in ((), ("1",), (1, 2), (None,)):
                with self.assertRaises(TypeError):
                    remove(*wrong)

    def test_attach_finds_memory_by_its_id(self):
        memory = self.remove_later(sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX))
        memory.write(b"hello")
        memory.detach()
        again = sysv_ipc.attach(memory.id)
        self.assertTrue(again.attached)
        self.assertEqual((again.read(5), again.key, memory.number_attached), (b"hello", memory.key, 1))
        again.detach()
        read_only = sysv_ipc.attach(id=memory.id, address=None, flags=sysv_ipc.SHM_RDONLY)
        with self.assertRaises(OSError):
            read_only.write(b"x")
        read_only.detach()
        memory.remove()
        with self.assertRaisesRegex(ValueError, str(memory.id)):
            sysv_ipc.attach(memory.id)

    def test_attach_takes_an_id_an_address_and_flags(self):
        for arguments in ((), ("1",), (1, "0"), (1, None, "0"), (1, None, 0, 0)):
            with self.assertRaises(TypeError):
                sysv_ipc.attach(*arguments)
        with self.assertRaises(ValueError):
            sysv_ipc.attach(1, None, sysv_ipc.IPC_CREAT)


class EachClass(TestCase):
    """Rules that hold for all classes."""

    KINDS = (sysv_ipc.Semaphore, sysv_ipc.SharedMemory, sysv_ipc.MessageQueue)

    def new(self, kind, key=None, flags=sysv_ipc.IPC_CREX, **options):
        if kind is sysv_ipc.SharedMemory:
            options.setdefault("size", 100 if flags & sysv_ipc.IPC_CREAT else 0)
        return self.remove_later(kind(key, flags, **options))

    def test_flags_say_whether_an_object_is_opened_or_created(self):
        for kind in self.KINDS:
            key = unique_key()
            with self.assertRaisesRegex(sysv_ipc.ExistentialError, f"{kind.__name__}.*{key:08x}"):
                kind(key)
            first = self.new(kind, key, sysv_ipc.IPC_CREAT)
            self.assertEqual(self.new(kind, key, sysv_ipc.IPC_CREAT).id, first.id)
            self.assertEqual(kind(key).id, first.id)
            for flags in (sysv_ipc.IPC_CREX, sysv_ipc.IPC_CREAT | sysv_ipc.IPC_EXCL):
                with self.assertRaises(sysv_ipc.ExistentialError):
                    self.new(kind, key, flags)
            with self.assertRaises(ValueError):
                kind(key, sysv_ipc.IPC_EXCL)

    def test_a_key_of_none_is_one_that_is_not_in_use(self):
        for kind in self.KINDS:
            thing = self.new(kind)
            self.assertGreater(thing.key, 0)
            self.assertEqual(kind(thing.key).id, thing.id)
            for flags in (0, sysv_ipc.IPC_CREAT):
                with self.assertRaises(ValueError):
                    kind(None, flags)

    def test_a_private_object_is_always_a_new_one(self):
        for kind in self.KINDS:
            ids = set()
            for flags in (sysv_ipc.IPC_CREAT, sysv_ipc.IPC_CREX):
                thing = self.new(kind, sysv_ipc.IPC_PRIVATE, flags)
                self.assertEqual(thing.key, 0)
                ids.add(thing.id)
            self.assertEqual(len(ids), 2)
        self.new(sysv_ipc.Semaphore, sysv_ipc.IPC_PRIVATE, 0)

    def test_keys_are_numbers_of_32_bits(self):
        for kind in self.KINDS:
            key = unique_key()
            thing = self.new(kind, key - 2**31)
            self.assertEqual(thing.key, key - 2**31)
            self.assertEqual(kind(key + 2**31).id, thing.id)  # as C writes it in hexadecimal
            for wrong in (2**32, -(2**31) - 1, 2**70):
                with self.assertRaises(ValueError):
                    kind(wrong, sysv_ipc.IPC_CREAT)
            for wrong in ("42", 4.2, b"42", [], object()):
                with self.assertRaises(TypeError):
                    kind(wrong, sysv_ipc.IPC_CREAT)

    def test_wrong_arguments_are_type_errors(self):
        for kind in self.KINDS:
            for arguments, options in (
                ((), {}),
                ((1, "0"), {}),
                ((1, 0, "0"), {}),
                ((1, 0, 0o600, "0"), {}),
                ((1,), {"name": 1}),
            ):
                with self.assertRaises(TypeError):
                    kind(*arguments, **options)

    def test_attributes_are_numbers_and_some_can_be_set(self):
        for kind in self.KINDS:
            thing = self.new(kind, mode=0o640)
            user, group = os.geteuid(), os.getegid()
            self.assertGreaterEqual(thing.id, 0)
            self.assertEqual((thing.uid, thing.gid, thing.cuid, thing.cgid), (user, group) * 2)
            self.assertEqual(thing.mode, 0o640)
            thing.mode = 0o600
            self.assertEqual(thing.mode, 0o600)
            thing.uid, thing.gid = thing.uid, thing.gid
            for name in "key", "id", "cuid", "cgid":
                with self.assertRaises(AttributeError):
                    setattr(thing, name, 42)
            for name in "mode", "uid", "gid":
                with self.assertRaises(TypeError):
                    setattr(thing, name, "1")
                with self.assertRaises(ValueError):
                    setattr(thing, name, -1)
                with self.assertRaises(TypeError):
                    delattr(thing, name)
            with self.assertRaises(ValueError):
                thing.mode = 0o1000

    def test_only_root_may_give_an_object_away(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can")
        for kind in self.KINDS:
            thing = self.new(kind)
            thing.uid, thing.gid = 65534, 65533
            self.assertEqual((thing.uid, thing.gid, thing.cuid, thing.cgid), (65534, 65533, 0, 0))

    def test_another_user_is_refused(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can become another user")
        for kind in self.KINDS:
            thing = self.new(kind)

            def refused(kind=kind, thing=thing):
                os.setuid(65534)
                for call in (
                    lambda: kind(thing.key),
                    lambda: thing.mode,
                    lambda: setattr(thing, "mode", 0o666),
                    thing.remove,
                ):
                    with self.assertRaises(sysv_ipc.PermissionsError):
                        call()

            self.in_child(refused)

    def test_remove_removes_it_once_and_calls_say_so(self):
        for kind in self.KINDS:
            thing = self.new(kind)
            if kind is sysv_ipc.SharedMemory:
                thing.detach()
            self.assertIsNone(thing.remove())
            for call in (thing.remove, lambda thing=thing: thing.mode):
                with self.assertRaisesRegex(sysv_ipc.ExistentialError, f"id {thing.id}"):
                    call()
            with self.assertRaises(sysv_ipc.ExistentialError):
                kind(thing.key)

    def test_str_and_repr_are_sysv_ipc_s(self):
        for kind in self.KINDS:
            thing = self.new(kind)
            self.assertEqual(str(thing), f"Key={thing.key}, id={thing.id}")
            self.assertEqual(repr(thing), f"sysv_ipc.{kind.__name__}({thing.key})")

    def test_a_subclass_can_be_made(self):
        for kind in self.KINDS:
            self.assertIsInstance(self.new(type(kind.__name__, (kind,), {})), kind)

    def test_an_object_without_init_can_only_be_shown(self):
        for kind in self.KINDS:
            thing = kind.__new__(kind)
            self.assertIn(kind.__name__, repr(thing) + str(kind))
            for call in (thing.remove, lambda thing=thing: thing.id):
                with self.assertRaises(RuntimeError):
                    call()


class OtherPrograms(TestCase):
    """Programs that know nothing of crex."""

    def c(self, *arguments):
        result = subprocess.run(
            [C_PEER, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True
        )
        return result.stdout.rstrip("\n")

    def ipcs(self, kind, number):
        return subprocess.run(
            ["ipcs", kind, "-i", str(number)], stdout=subprocess.PIPE, text=True, check=True
        ).stdout

    @unittest.skipUnless(C_PEER, "the program in C was not built")
    def test_a_program_in_c_uses_what_python_made(self):
        key = unique_key()
        semaphore = self.remove_later(sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, initial_value=3))
        self.assertEqual(self.c("value", key), "3")
        self.c("release", key)
        self.assertEqual(semaphore.value, 4)
        memory = self.remove_later(sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX))
        memory.write(b"from Python\0")
        self.assertEqual(self.c("read", key), "from Python")
        self.c("write", key, "from C")
        self.assertEqual(memory.read(6), b"from C")
        queue = self.remove_later(sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX))
        queue.send("to C", type=7)
        self.assertEqual(self.c("receive", key, 7), "to C")
        self.c("send", key, 9, "to Python")
        self.assertEqual(queue.receive(type=9), (b"to Python", 9))

    @unittest.skipUnless(C_PEER, "the program in C was not built")
    def test_python_uses_what_a_program_in_c_made(self):
        key = unique_key()
        self.c("create", key)
        semaphore = self.remove_later(sysv_ipc.Semaphore(key))
        memory = self.remove_later(sysv_ipc.SharedMemory(key))
        queue = self.remove_later(sysv_ipc.MessageQueue(key))
        self.assertEqual((semaphore.value, memory.size, queue.receive()), (1, 100, (b"hello", 5)))
        semaphore.acquire(0)
        self.assertEqual(self.c("value", key), "0")

    def test_ipcs_shows_what_python_made(self):
        semaphore = self.remove_later(
            sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, 0o640, initial_value=5)
        )
        self.assertRegex(self.ipcs("-s", semaphore.id), r"mode=0640[^$]*0 +5 +0 +0")
        memory = self.remove_later(sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=1234))
        self.assertRegex(self.ipcs("-m", memory.id), r"bytes=1234[^$]*nattch=1")
        queue = self.remove_later(sysv_ipc.MessageQueue(None, sysv_ipc.IPC_CREX))
        queue.send("x")
        self.assertRegex(self.ipcs("-q", queue.id), r"qnum=1")

    def test_what_ipcmk_made_can_be_opened(self):
        for kind, options in (
            (sysv_ipc.Semaphore, ["-S", "1"]),
            (sysv_ipc.SharedMemory, ["-M", "100"]),
            (sysv_ipc.MessageQueue, ["-Q"]),
        ):
            said = subprocess.run(
                ["ipcmk", *options], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
            made = int(re.search(r"\d+$", said.strip())[0])
            listed = subprocess.run(
                ["ipcs", options[0].lower()], stdout=subprocess.PIPE, text=True, check=True
            ).stdout
            key = int(re.search(rf"^(0x\w+) +{made} ", listed, re.MULTILINE)[1], 16)
            for flags in (0, sysv_ipc.IPC_CREAT):
                self.assertEqual(self.remove_later(kind(key, flags)).id, made)

    def test_the_real_sysv_ipc_shares_its_objects(self):
        def real(code):
            code = f"import sys, sysv_ipc; key = int(sys.argv[1])\n{code}"
            return subprocess.run(
                ["/usr/bin/python3", "-c", code, str(key)],
                capture_output=True,
                text=True,
                check=False,
            )

        key = unique_key()
        if real("").returncode != 0:
            raise unittest.SkipTest("python3-sysv-ipc is not installed")
        made = real(
            "sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, initial_value=2)\n"
            "sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=10).write(b'shared')\n"
            "sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX).send(b'sent', type=3)"
        )
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        semaphore = self.remove_later(sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREAT))
        memory = self.remove_later(sysv_ipc.SharedMemory(key))
        queue = self.remove_later(sysv_ipc.MessageQueue(key))
        self.assertEqual((semaphore.value, semaphore.o_time), (2, 0))
        self.assertEqual((memory.read(), queue.receive()), (b"shared    ", (b"sent", 3)))
        semaphore.acquire()
        queue.send("back", type=4)
        memory.write("BACK")
        seen = real(
            "semaphore = sysv_ipc.Semaphore(key)\n"
            "print(semaphore.value, semaphore.o_time > 0, sysv_ipc.MessageQueue(key).receive(),\n"
            "      sysv_ipc.SharedMemory(key).read(4))"
        )
        self.assertEqual(seen.stdout, "1 True (b'back', 4) b'BACK'\n", seen.stderr)
