# SPDX-License-Identifier: BSL-1.0
"""What is wrong has an error of the right class, which says what it is."""

import asyncio
import errno

from support import TestCase

import crex
import crex.posix_ipc as posix_ipc


class WrongArguments(TestCase):
    OPENED = (crex.Semaphore, crex.RobustSemaphore, crex.SharedMemory, crex.MessageQueue, crex.Ring)
    REMOVERS = (
        crex.unlink_semaphore,
        crex.unlink_robust_semaphore,
        crex.unlink_shared_memory,
        crex.unlink_message_queue,
        crex.unlink_ring,
    )

    def test_an_error_names_an_object_whose_name_is_not_utf_8(self):
        for function in self.OPENED + self.REMOVERS:
            with self.assertRaises(crex.ExistentialError) as raised:
                function(b"/crex-test-\xff")
            self.assertIn('("/crex-test-\udcff"): ', str(raised.exception))
        with self.assertRaisesRegex(ValueError, "must begin with a slash"):
            crex.Ring(b"\xff")
        with self.assertRaises(crex.ErrnoError) as raised:
            crex.SharedMemory(b"/crex-test-\xff", crex.O_CREX, size=1 << 62)
        self.assertEqual(raised.exception.errno, errno.ENOSPC)
        self.assertIn("/crex-test-\udcff", str(raised.exception))

    def test_no_name_is_not_called_by_a_word_of_another_language(self):
        for kind in self.OPENED:
            with self.assertRaises(ValueError) as raised:
                kind(None)
            text = f'{kind.__name__}(""): only O_CREX can do without a name'
            self.assertEqual(str(raised.exception), text)

    def test_flags_and_signals_out_of_range_are_value_errors(self):
        for kind in self.OPENED:
            for flags in (-1, 1 << 31, 1 << 100):
                with self.assertRaises(ValueError):
                    kind("/crex-test", flags)
        queue = self.queue()
        for signal in (-1, 0, 1 << 31, 1 << 63, 1 << 100):
            with self.assertRaises(ValueError):
                queue.request_notification(signal)

    def test_a_timeout_that_is_no_length_of_time_is_called_so(self):
        semaphore = self.semaphore()
        with self.assertRaisesRegex(ValueError, "a timeout must be 0 or more, not nan"):
            semaphore.acquire(float("nan"))
        with self.assertRaises(OverflowError):
            semaphore.acquire(10**400)
        with self.assertRaisesRegex(TypeError, "a timeout must be None, seconds or a"):
            semaphore.acquire("1")

    def test_closed_handles_name_the_call(self):
        for handle in (self.semaphore(), self.robust_semaphore(), self.queue()):
            handle.close()
            name = type(handle).__name__
            with self.assertRaisesRegex(crex.ExistentialError, rf"^{name}\.ready_fd\("):
                handle.ready_fd()
            with self.assertRaisesRegex(crex.ExistentialError, rf"^{name}\.is_linked\("):
                _ = handle.is_linked

    def test_functions_that_unlink_say_which_of_them_lacks_a_name(self):
        for function in self.REMOVERS:
            with self.assertRaisesRegex(TypeError, rf"{function.__name__}\(\) "):
                function()

    def test_a_hundred_million_permits_are_released_at_once(self):
        semaphore = self.semaphore()
        for value in (10**8, 2**31 - 1):
            semaphore.release(value - semaphore.value)
            self.assertEqual(semaphore.value, value)
        with self.assertRaises(crex.ErrnoError) as raised:
            semaphore.release(1)
        self.assertEqual(raised.exception.errno, errno.EOVERFLOW)

    def test_errors_of_the_python_files_have_a_number(self):
        queue = self.queue(max_messages=1)
        queue.send("x")

        async def fail():
            with self.assertRaises(crex.BusyError) as full:
                await queue.send_async("y", timeout=0)
            queue.receive()
            with self.assertRaises(crex.BusyError) as empty:
                await queue.receive_async(timeout=0)
            return full.exception.errno, empty.exception.errno

        self.assertEqual(asyncio.run(fail()), (errno.ETIMEDOUT, errno.ETIMEDOUT))
        memory = posix_ipc.SharedMemory(None, crex.O_CREX, size=1)
        memory.unlink()
        memory.close_fd()
        with self.assertRaises(crex.ExistentialError) as closed:
            _ = memory.size
        self.assertEqual(closed.exception.errno, errno.EBADF)

    def test_a_negative_mode_is_named_as_it_was_given(self):
        with self.assertRaisesRegex(ValueError, "^-1 is"):
            posix_ipc.Semaphore("/crex-test", crex.O_CREX, mode=-1)
