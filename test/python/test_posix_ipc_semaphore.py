# SPDX-License-Identifier: BSL-1.0
import enum
import os
import time

from support import TestCase, unique_name

import crex.posix_ipc as posix_ipc


class Opening(TestCase):
    def new(self, *args, **kwargs):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        return posix_ipc.Semaphore(name, posix_ipc.O_CREX, *args, **kwargs)

    def test_a_missing_semaphore_is_an_existential_error_without_flags(self):
        with self.assertRaisesRegex(posix_ipc.ExistentialError, "Semaphore"):
            posix_ipc.Semaphore(unique_name())

    def test_o_creat_creates_and_opens(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        first = posix_ipc.Semaphore(name, posix_ipc.O_CREAT, initial_value=3)
        second = posix_ipc.Semaphore(name, posix_ipc.O_CREAT, initial_value=7)
        self.assertEqual((first.value, second.value), (3, 3))

    def test_o_crex_refuses_a_name_that_is_taken(self):
        semaphore = self.new()
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.Semaphore(semaphore.name, posix_ipc.O_CREX)
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.Semaphore(semaphore.name, posix_ipc.O_CREAT | posix_ipc.O_EXCL)

    def test_o_excl_alone_is_a_value_error(self):
        with self.assertRaises(ValueError):
            posix_ipc.Semaphore(unique_name(), posix_ipc.O_EXCL)

    def test_a_name_of_none_is_made_up_with_o_crex_only(self):
        semaphore = posix_ipc.Semaphore(None, posix_ipc.O_CREX)
        self.assertRegex(semaphore.name, "^/.+")
        semaphore.unlink()
        for flags in (0, posix_ipc.O_CREAT):
            with self.assertRaises(ValueError):
                posix_ipc.Semaphore(None, flags)

    def test_a_name_may_be_bytes_and_may_lack_its_slash(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        semaphore = posix_ipc.Semaphore(os.fsencode(name), posix_ipc.O_CREX)
        self.assertEqual(semaphore.name, name)
        without = posix_ipc.Semaphore(name[1:])
        self.assertEqual(without.name, name[1:])
        without.release()
        self.assertEqual(semaphore.value, 1)
        posix_ipc.Semaphore("/" + name).release()
        self.assertEqual(semaphore.value, 2)

    def test_the_name_and_the_mode_are_a_plain_str_and_int(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        names = enum.Enum("names", {"turn": name}, type=str)
        modes = enum.IntEnum("modes", {"private": 0o600})
        semaphore = posix_ipc.Semaphore(names.turn, posix_ipc.O_CREX, modes.private)
        self.assertIs(type(semaphore.name), str)
        self.assertIs(type(semaphore.mode), int)
        self.assertEqual(repr(semaphore), f'posix_ipc.Semaphore("{name}", mode=0600)')

    def test_flags_are_what_has_an_index_and_those_of_other_objects_are_ignored(self):
        class Flags:
            def __index__(self):
                return posix_ipc.O_CREX | posix_ipc.O_TRUNC | posix_ipc.O_RDWR

        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        posix_ipc.Semaphore(name, Flags(), initial_value=True)
        self.assertEqual(posix_ipc.Semaphore(name, posix_ipc.O_TRUNC).value, 1)
        self.assertEqual(posix_ipc.Semaphore(name, 0, 0o10600, -1).value, 1)
        for flags in (None, "0", 0.0):
            with self.assertRaises(TypeError):
                posix_ipc.Semaphore(name, flags)

    def test_opening_where_memory_has_run_out_is_a_memory_error(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        child = self.child(
            """
            leave_memory(0)
            try:
                posix_ipc.Semaphore(sys.argv[1], posix_ipc.O_CREX)
            except MemoryError as error:
                say(str(error))
            """,
            name,
        )
        self.assertRegex(self.assertEndsWell(child), f'^Semaphore."{name}".: ')

    def test_a_name_of_another_type_is_a_type_error(self):
        for name in (3, 1.5, [], object()):
            with self.assertRaises(TypeError):
                posix_ipc.Semaphore(name, posix_ipc.O_CREX)
        with self.assertRaises(ValueError):
            posix_ipc.Semaphore("/nul\0", posix_ipc.O_CREX)
        with self.assertRaises(ValueError):
            posix_ipc.Semaphore("/" + "x" * 300, posix_ipc.O_CREX)

    def test_the_value_is_0_by_default_and_what_is_given(self):
        self.assertEqual(self.new().value, 0)
        self.assertEqual(self.new(initial_value=42).value, 42)
        self.assertEqual(self.new(0o600, 5).value, 5)

    def test_a_bad_value_or_mode_is_refused(self):
        for value in (-1, posix_ipc.SEMAPHORE_VALUE_MAX + 1, 2**40):
            with self.assertRaises(ValueError):
                posix_ipc.Semaphore(unique_name(), posix_ipc.O_CREX, initial_value=value)
        with self.assertRaises(TypeError):
            posix_ipc.Semaphore(unique_name(), posix_ipc.O_CREX, initial_value="1")
        with self.assertRaises(TypeError):
            posix_ipc.Semaphore(unique_name(), posix_ipc.O_CREX, mode="0600")
        with self.assertRaises(TypeError):
            posix_ipc.Semaphore(unique_name(), posix_ipc.O_CREX, value=1)

    def test_the_umask_applies_to_the_mode(self):
        mask = os.umask(0o027)
        self.addCleanup(os.umask, mask)
        semaphore = self.new(mode=0o666)
        mode = os.stat("/dev/shm/sem." + semaphore.name[1:]).st_mode & 0o777
        self.assertEqual((semaphore.mode, mode), (0o666, 0o640))
        self.assertEqual(os.umask(0o027), 0o027)


class Using(TestCase):
    def setUp(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        self.semaphore = posix_ipc.Semaphore(name, posix_ipc.O_CREX, initial_value=1)

    def test_acquire_takes_one_and_release_adds_one(self):
        self.assertIsNone(self.semaphore.acquire())
        self.assertEqual(self.semaphore.value, 0)
        self.assertIsNone(self.semaphore.release())
        self.semaphore.release()
        self.assertEqual(self.semaphore.value, 2)

    def test_a_timeout_of_0_does_not_wait(self):
        self.semaphore.acquire(0)
        with self.assertRaises(posix_ipc.BusyError) as raised:
            self.semaphore.acquire(timeout=0)
        self.assertIn(self.semaphore.name, str(raised.exception))

    def test_a_timeout_waits_at_least_so_long(self):
        self.semaphore.acquire()
        for timeout in (0.3, 1):
            began = time.monotonic()
            with self.assertRaises(posix_ipc.BusyError):
                self.semaphore.acquire(timeout)
            self.assertGreaterEqual(time.monotonic() - began, timeout)

    def test_a_negative_timeout_or_none_number_is_a_type_error(self):
        for timeout in (-1, -0.5, "1", [], float("nan")):
            with self.assertRaises(TypeError):
                self.semaphore.acquire(timeout)
        self.assertEqual(self.semaphore.value, 1)

    def test_infinity_is_no_timeout(self):
        self.semaphore.acquire(float("inf"))

    def test_release_in_another_process_wakes_a_waiter(self):
        self.semaphore.acquire()
        child = self.child(
            "time.sleep(0.3); posix_ipc.Semaphore(sys.argv[1]).release()", self.semaphore.name
        )
        self.semaphore.acquire()
        self.assertEndsWell(child)

    def test_with_acquires_and_releases_also_after_an_exception(self):
        with self.assertRaises(KeyError):
            with self.semaphore as inside:
                self.assertIs(inside, self.semaphore)
                self.assertEqual(inside.value, 0)
                with self.assertRaises(posix_ipc.BusyError):
                    inside.acquire(0)
                raise KeyError
        self.assertEqual(self.semaphore.value, 1)

    def test_a_closed_semaphore_can_only_be_unlinked(self):
        self.semaphore.close()
        for call in (self.semaphore.acquire, self.semaphore.release, lambda: self.semaphore.value):
            with self.assertRaises(posix_ipc.ExistentialError):
                call()
        self.semaphore.unlink()
        with self.assertRaises(posix_ipc.ExistentialError):
            self.semaphore.unlink()

    def test_an_unlinked_semaphore_stays_usable_and_its_name_is_free(self):
        self.semaphore.unlink()
        self.semaphore.acquire()
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.Semaphore(self.semaphore.name)
        with self.assertRaises(posix_ipc.ExistentialError):
            posix_ipc.unlink_semaphore(self.semaphore.name)

    def test_attributes_cannot_be_set(self):
        for name in ("name", "value", "mode"):
            with self.assertRaises(AttributeError):
                setattr(self.semaphore, name, 1)

    def test_str_and_repr_are_posix_ipc_s(self):
        name = self.semaphore.name
        self.assertEqual(str(self.semaphore), name)
        self.assertEqual(repr(self.semaphore), f'posix_ipc.Semaphore("{name}", mode=0600)')

    def test_release_at_the_maximum_is_also_an_os_error(self):
        name = self.removed(unique_name(), posix_ipc.unlink_semaphore)
        maximum = posix_ipc.SEMAPHORE_VALUE_MAX
        full = posix_ipc.Semaphore(name, posix_ipc.O_CREX, initial_value=maximum)
        with self.assertRaises(OSError) as raised:
            full.release()
        self.assertIsInstance(raised.exception, posix_ipc.Error)
        self.assertEqual(full.value, maximum)
