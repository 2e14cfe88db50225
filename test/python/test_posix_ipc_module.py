# SPDX-License-Identifier: BSL-1.0
import os
import resource
import signal
import unittest

import crex
import crex.posix_ipc as posix_ipc


class Module(unittest.TestCase):
    def test_flags_are_the_system_s(self):
        self.assertEqual(posix_ipc.O_CREAT, os.O_CREAT)
        self.assertEqual(posix_ipc.O_EXCL, os.O_EXCL)
        self.assertEqual(posix_ipc.O_TRUNC, os.O_TRUNC)
        self.assertEqual(posix_ipc.O_CREX, os.O_CREAT | os.O_EXCL)
        for name in "O_RDONLY", "O_WRONLY", "O_RDWR", "O_NONBLOCK":
            self.assertEqual(getattr(posix_ipc, name), getattr(os, name))

    def test_limits_are_the_system_s(self):
        self.assertEqual(posix_ipc.PAGE_SIZE, resource.getpagesize())
        self.assertEqual(posix_ipc.SEMAPHORE_VALUE_MAX, os.sysconf("SC_SEM_VALUE_MAX"))
        self.assertEqual(posix_ipc.QUEUE_PRIORITY_MAX, os.sysconf("SC_MQ_PRIO_MAX") - 1)
        self.assertEqual(posix_ipc.QUEUE_MESSAGES_MAX_DEFAULT, 10)
        self.assertEqual(posix_ipc.QUEUE_MESSAGE_SIZE_MAX_DEFAULT, 8192)
        self.assertEqual(posix_ipc.USER_SIGNAL_MIN, signal.SIGRTMIN)
        self.assertEqual(posix_ipc.USER_SIGNAL_MAX, signal.SIGRTMAX)

    def test_everything_is_supported(self):
        self.assertIs(posix_ipc.SEMAPHORE_TIMEOUT_SUPPORTED, True)
        self.assertIs(posix_ipc.SEMAPHORE_VALUE_SUPPORTED, True)
        self.assertIs(posix_ipc.MESSAGE_QUEUES_SUPPORTED, True)

    def test_an_import_of_everything_gives_posix_ipc_s_names_and_no_others(self):
        imported = {}
        exec("from crex.posix_ipc import *", imported)
        del imported["__builtins__"]
        names = """BusyError Error ExistentialError MESSAGE_QUEUES_SUPPORTED MessageQueue O_CREAT
            O_CREX O_EXCL O_NONBLOCK O_RDONLY O_RDWR O_TRUNC O_WRONLY PAGE_SIZE PermissionsError
            QUEUE_MESSAGES_MAX_DEFAULT QUEUE_MESSAGE_SIZE_MAX_DEFAULT QUEUE_PRIORITY_MAX
            SEMAPHORE_TIMEOUT_SUPPORTED SEMAPHORE_VALUE_MAX SEMAPHORE_VALUE_SUPPORTED Semaphore
            SharedMemory SignalError USER_SIGNAL_MAX USER_SIGNAL_MIN VERSION unlink_message_queue
            unlink_semaphore unlink_shared_memory"""
        self.assertEqual(sorted(imported), sorted(names.split()))

    def test_versions_are_strings(self):
        self.assertRegex(posix_ipc.VERSION, r"^1\.1\.\d+$")
        self.assertEqual(posix_ipc.__version__, posix_ipc.VERSION)
        self.assertRegex(crex.__version__, r"^\d+\.\d+\.\d+$")
        for name in "__author__", "__copyright__", "__license__":
            self.assertIsInstance(getattr(posix_ipc, name), str)

    def test_errors_have_posix_ipc_s_bases(self):
        self.assertEqual(posix_ipc.Error.__bases__, (Exception,))
        for name in "SignalError", "PermissionsError", "ExistentialError", "BusyError":
            self.assertEqual(getattr(posix_ipc, name).__bases__, (posix_ipc.Error,))
            self.assertIs(getattr(posix_ipc, name), getattr(crex, name))

    def test_what_has_no_class_is_an_os_error_and_an_error(self):
        self.assertTrue(issubclass(crex.ErrnoError, OSError))
        self.assertTrue(issubclass(crex.ErrnoError, posix_ipc.Error))

    def test_functions_take_a_name(self):
        for name in "unlink_semaphore", "unlink_shared_memory", "unlink_message_queue":
            function = getattr(posix_ipc, name)
            with self.assertRaises(posix_ipc.ExistentialError):
                function("/crex-test-there-is-none")
            with self.assertRaises(TypeError):
                function()
            with self.assertRaises(TypeError):
                function(3)
            with self.assertRaises((posix_ipc.ExistentialError, ValueError)):
                function("/a/b")
