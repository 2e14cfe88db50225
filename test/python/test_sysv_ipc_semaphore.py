# SPDX-License-Identifier: BSL-1.0
import datetime
import os
import signal
import threading
import time
import unittest

from support import PATIENCE, TestCase, unique_key

import crex.sysv_ipc as sysv_ipc

MAX = sysv_ipc.SEMAPHORE_VALUE_MAX


class Opening(TestCase):
    def new(self, *args, **kwargs):
        return self.remove_later(sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, *args, **kwargs))

    def test_the_value_is_0_by_default_and_what_is_given(self):
        self.assertEqual(self.new().value, 0)
        self.assertEqual(self.new(0o600, 5).value, 5)
        self.assertEqual(self.new(initial_value=MAX).value, MAX)
        for value in (-1, MAX + 1, 2**40):
            with self.assertRaises(ValueError):
                self.new(initial_value=value)

    def test_the_value_of_an_existing_semaphore_stays(self):
        key = unique_key()
        first = self.remove_later(sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREAT, initial_value=3))
        self.assertEqual(sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREAT, initial_value=7).value, 3)
        self.assertEqual(first.value, 3)

    def test_the_mode_is_the_given_one_whatever_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        self.assertEqual(self.new(mode=0o666).mode, 0o666)
        self.assertEqual(self.new().mode, 0o600)

    def test_what_may_only_be_read_is_opened_by_a_mode_without_writing(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("only root can become another user")
        semaphore = self.new(mode=0o644, initial_value=4)

        def look():
            os.setuid(65534)
            with self.assertRaises(sysv_ipc.PermissionsError):
                sysv_ipc.Semaphore(semaphore.key)
            mine = sysv_ipc.Semaphore(semaphore.key, mode=0o400)
            self.assertEqual(mine.value, 4)
            with self.assertRaises(sysv_ipc.PermissionsError):
                mine.acquire()

        self.in_child(look)

    def test_o_time_is_0_until_the_creator_uses_the_semaphore(self):
        """So that others can wait for it, as sysv_ipc's manual lets them."""
        key = unique_key()
        semaphore = self.remove_later(sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX))
        child = self.child(
            "other = sysv_ipc.Semaphore(int(sys.argv[1]))\n"
            "while not other.o_time: time.sleep(0.01)\n"
            "say(str(other.value))",
            key,
        )
        self.assertEqual(semaphore.o_time, 0)
        semaphore.value = 5
        self.assertEqual(semaphore.o_time, 0)
        began = int(time.time())
        semaphore.release()
        self.assertGreaterEqual(semaphore.o_time, began)
        self.assertEqual(self.assertEndsWell(child), "6\n")


class Using(TestCase):
    def setUp(self):
        self.semaphore = self.remove_later(
            sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX, initial_value=1)
        )

    def test_acquire_and_release_change_the_value_by_1_or_by_delta(self):
        for acquire, release in (
            (self.semaphore.acquire, self.semaphore.release),
            (self.semaphore.P, self.semaphore.V),
        ):
            self.assertIsNone(acquire())
            self.assertEqual(self.semaphore.value, 0)
            self.assertIsNone(release())
            release(10)
            release(delta=-5)
            self.assertEqual(self.semaphore.value, 16)
            acquire(None, 10)
            acquire(timeout=None, delta=-5)
            self.assertEqual(self.semaphore.value, 1)

    def test_a_delta_is_a_short_number_above_or_below_0(self):
        for call in (
            lambda delta: self.semaphore.acquire(0, delta),
            self.semaphore.release,
        ):
            with self.assertRaises(ValueError):
                call(0)
            for wrong in (2**15, -(2**15) - 1, 2**70):
                with self.assertRaises(OverflowError):
                    call(wrong)
            with self.assertRaises(ValueError):
                call(-(2**15))
            for wrong in ("1", 1.5, None):
                with self.assertRaises(TypeError):
                    call(wrong)
        self.assertEqual(self.semaphore.value, 1)

    def test_more_than_the_value_is_waited_for(self):
        with self.assertRaises(sysv_ipc.BusyError):
            self.semaphore.acquire(0, 2)
        self.assertEqual(self.semaphore.value, 1)
        child = self.child(
            "sysv_ipc.Semaphore(int(sys.argv[1])).acquire(delta=3)", self.semaphore.key
        )
        self.eventually(lambda: self.semaphore.waiting_for_nonzero == 1)
        self.semaphore.release(2)
        self.assertEndsWell(child)
        self.assertEqual(self.semaphore.value, 0)

    def test_a_value_above_the_maximum_is_a_value_error(self):
        with self.assertRaisesRegex(ValueError, "32767"):
            self.semaphore.release(MAX)
        self.assertEqual(self.semaphore.value, 1)

    def test_a_timeout_is_a_busy_error_and_never_early(self):
        self.semaphore.acquire()
        for timeout in (0, 0.0, 0.3, 1, datetime.timedelta(seconds=0.3)):
            wait = timeout.total_seconds() if hasattr(timeout, "total_seconds") else timeout
            began = time.monotonic()
            with self.assertRaisesRegex(sysv_ipc.BusyError, f"id {self.semaphore.id}"):
                self.semaphore.acquire(timeout)
            self.assertGreaterEqual(time.monotonic() - began, wait)
        self.semaphore.release()
        self.semaphore.acquire(timeout=0)

    def test_a_negative_timeout_or_none_number_is_a_type_error(self):
        for timeout in (-1, -0.5, "1", [], float("nan")):
            for wait in (self.semaphore.acquire, self.semaphore.Z):
                with self.assertRaises(TypeError):
                    wait(timeout)
        self.assertEqual(self.semaphore.value, 1)

    def test_z_waits_for_0_and_takes_nothing(self):
        for timeout in (0, 0.3):
            began = time.monotonic()
            with self.assertRaises(sysv_ipc.BusyError):
                self.semaphore.Z(timeout)
            self.assertGreaterEqual(time.monotonic() - began, timeout)
        child = self.child("sysv_ipc.Semaphore(int(sys.argv[1])).Z()", self.semaphore.key)
        self.eventually(lambda: self.semaphore.waiting_for_zero == 1)
        self.semaphore.acquire()
        self.assertEndsWell(child)
        self.assertIsNone(self.semaphore.Z())
        self.semaphore.Z(timeout=None)
        self.assertEqual(self.semaphore.value, 0)

    def test_a_semaphore_that_does_not_block_is_busy_whatever_the_timeout(self):
        self.assertIs(self.semaphore.block, True)
        self.semaphore.block = 0
        self.assertIs(self.semaphore.block, False)
        with self.assertRaises(sysv_ipc.BusyError):
            self.semaphore.Z(1000)
        self.semaphore.acquire()
        for timeout in (None, 0, 1000):
            with self.assertRaises(sysv_ipc.BusyError):
                self.semaphore.acquire(timeout)
        with self.assertRaises(sysv_ipc.BusyError):
            self.semaphore.__enter__()
        self.semaphore.block = True
        self.semaphore.release()
        self.semaphore.acquire()

    def test_with_acquires_and_releases_also_after_an_exception(self):
        with self.assertRaises(KeyError):
            with self.semaphore as inside:
                self.assertIs(inside, self.semaphore)
                self.assertEqual(inside.value, 0)
                raise KeyError
        self.assertEqual(self.semaphore.value, 1)

    def test_the_value_can_be_set(self):
        self.semaphore.value = 42
        self.assertEqual(self.semaphore.value, 42)
        for value in (-1, MAX + 1, 2**40):
            with self.assertRaises(ValueError):
                self.semaphore.value = value
        for value in ("1", 1.5, None):
            with self.assertRaises(TypeError):
                self.semaphore.value = value
        with self.assertRaises(TypeError):
            del self.semaphore.value
        self.assertEqual(self.semaphore.value, 42)

    def test_others_can_only_be_read(self):
        self.semaphore.release()
        self.assertEqual(self.semaphore.last_pid, os.getpid())
        self.assertEqual(self.semaphore.waiting_for_nonzero, 0)
        self.assertEqual(self.semaphore.waiting_for_zero, 0)
        for name in ("last_pid", "waiting_for_nonzero", "waiting_for_zero", "o_time"):
            with self.assertRaisesRegex(AttributeError, name):
                setattr(self.semaphore, name, 1)

    def test_release_in_a_forked_child_wakes_its_parent(self):
        self.semaphore.acquire()
        child = os.fork()
        if child == 0:
            time.sleep(0.3)
            self.semaphore.release()
            os._exit(0)
        self.semaphore.acquire()
        os.waitpid(child, 0)
        self.assertEqual(self.semaphore.last_pid, os.getpid())

    def test_what_a_killed_process_acquired_with_undo_comes_back(self):
        for undo in (True, False):
            self.semaphore.value = 1
            child = self.child(
                "semaphore = sysv_ipc.Semaphore(int(sys.argv[1]))\n"
                "semaphore.undo = sys.argv[2] == 'True'\n"
                "assert semaphore.undo is (sys.argv[2] == 'True')\n"
                "semaphore.acquire()\nsay('holds')\ntime.sleep(1000)",
                self.semaphore.key,
                undo,
            )
            self.assertEqual(child.line(), "holds")
            self.assertEqual(self.semaphore.value, 0)
            child.kill()
            self.assertEqual(self.semaphore.value, 1 if undo else 0)
        self.assertIs(self.semaphore.undo, False)

    def test_removal_ends_waits(self):
        waiting = [
            self.child(
                "semaphore = sysv_ipc.Semaphore(int(sys.argv[1]))\n"
                "try:\n    semaphore.acquire(*map(float, sys.argv[2:]), delta=2)\n"
                "except sysv_ipc.ExistentialError: say('removed')",
                self.semaphore.key,
                *timeout,
            )
            for timeout in ((), (PATIENCE,))
        ]
        self.eventually(lambda: self.semaphore.waiting_for_nonzero == 2)
        self.semaphore.remove()
        for child in waiting:
            self.assertEqual(self.assertEndsWell(child), "removed\n")

    def test_other_threads_go_on_while_one_waits(self):
        self.semaphore.acquire()
        done = threading.Event()
        thread = self.thread(lambda: (self.semaphore.acquire(), done.set()))
        self.eventually(lambda: self.semaphore.waiting_for_nonzero == 1)
        self.assertFalse(done.is_set())
        self.semaphore.release()
        thread.join()
        self.assertTrue(done.is_set())

    def test_a_signal_ends_a_wait_with_the_handler_s_exception_or_with_an_error(self):
        for raises in ("yes", "no"):
            child = self.child(
                """
                def handle(*_):
                    if sys.argv[2] == "yes":
                        raise LookupError
                signal.signal(signal.SIGALRM, handle)
                signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
                try:
                    sysv_ipc.Semaphore(int(sys.argv[1])).acquire(delta=2)
                except (sysv_ipc.Error, LookupError) as error:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    say(type(error).__name__)
                """,
                self.semaphore.key,
                raises,
            )
            self.assertEqual(
                self.assertEndsWell(child), "LookupError\n" if raises == "yes" else "SignalError\n"
            )

    def test_control_c_ends_a_wait(self):
        child = self.child(
            "semaphore = sysv_ipc.Semaphore(int(sys.argv[1]))\n"
            "for i in range(20):\n"
            "    try:\n        say('waits')\n        semaphore.acquire(delta=2)\n"
            "    except KeyboardInterrupt:\n        say('interrupted')",
            self.semaphore.key,
        )
        for _ in range(20):
            self.assertEqual(child.line(), "waits")
            child.process.send_signal(signal.SIGINT)
            self.assertEqual(child.line(), "interrupted")
        self.assertEndsWell(child)
