# SPDX-License-Identifier: BSL-1.0
"""What crex.MessageQueue has beyond posix_ipc."""

import datetime
import time
import unittest

from support import BACKENDS, TestCase, unique_name

import crex

try:
    import numpy
except ImportError:
    numpy = None


class Timeouts(TestCase):
    def test_timeouts_are_seconds_or_a_timedelta_or_none(self):
        queue = self.queue()
        for timeout in (0.2, datetime.timedelta(milliseconds=200)):
            began = time.monotonic()
            with self.assertRaises(crex.BusyError):
                queue.receive(timeout)
            self.assertGreaterEqual(time.monotonic() - began, 0.2)
        queue.send("x", None)
        self.assertEqual(queue.receive(None), (b"x", 0))

    def test_negative_timeouts_are_value_errors_and_others_type_errors(self):
        queue = self.queue()
        for timeout in (-1, float("nan"), datetime.timedelta(seconds=-1)):
            with self.assertRaises(ValueError):
                queue.receive(timeout)
        for timeout in ("1", [], object()):
            with self.assertRaises(TypeError):
                queue.receive(timeout)


class Memory(TestCase):
    def test_receiving_without_room_for_the_longest_message_is_a_memory_error(self):
        child = self.child(
            """
            queue = crex.MessageQueue(None, crex.O_CREX, max_messages=1, sparse=True,
                                      max_message_size=1 << 28)
            queue.unlink()
            queue.send("x")
            leave_memory(1 << 24)
            for receive in queue.receive, queue.try_receive, lambda: queue.receive_many(1):
                try:
                    receive()
                except MemoryError:
                    say("no memory")
            say(str(queue.current_messages))
            """
        )
        self.assertEqual(self.assertEndsWell(child), "no memory\n" * 3 + "1\n")


class Calls(TestCase):
    def test_try_calls_return_instead_of_raising(self):
        for backend in BACKENDS:
            queue = self.queue(backend, max_messages=1)
            self.assertIsNone(queue.try_receive())
            self.assertIs(queue.try_send("x", priority=2), True)
            self.assertIs(queue.try_send("y", 0.05), False)
            self.assertEqual(queue.try_receive(1), (b"x", 2))

    def test_batches_are_sent_and_received_in_order(self):
        for backend in BACKENDS:
            queue = self.queue(backend, max_messages=4)
            messages = ["a", b"b", bytearray(b"c")]
            self.assertEqual(queue.send_many(messages, priority=1), 3)
            self.assertEqual(queue.send_many(messages, 0), 1)
            received = queue.receive_many(10)
            self.assertEqual(received, [(b"a", 1), (b"b", 1), (b"c", 1), (b"a", 0)])
            self.assertEqual(queue.receive_many(10, 0), [])
            with self.assertRaises(TypeError):
                queue.send_many([3])

    def test_peek_stats_and_shutdown_are_the_robust_queue_s(self):
        queue = self.queue()
        self.assertIsNone(queue.peek())
        queue.send("x", priority=3)
        self.assertEqual(queue.peek(), (b"x", 3))
        self.assertEqual(queue.stats()["sent"], 1)
        queue.shutdown()
        self.assertTrue(queue.is_shut_down)
        with self.assertRaises(crex.ShutdownError):
            queue.send("y")
        self.assertEqual(list(queue), [(b"x", 3)])
        with self.assertRaises(crex.ErrnoError):
            self.queue("boost").peek()

    def test_options_are_those_of_the_library(self):
        dead = self.removed(unique_name(), crex.unlink_message_queue)
        queue = self.queue(max_attempts=1, dead_letter=dead)
        queue.send("poison")
        with self.assertRaises(ZeroDivisionError), queue.lease(0):
            raise ZeroDivisionError
        self.assertIsNone(queue.try_receive())
        self.assertEqual(crex.MessageQueue(dead).receive(0), (b"poison", 0))
        with self.assertRaises(ValueError):
            self.queue("posix", max_attempts=1, dead_letter=dead)
        with self.assertRaises(ValueError):
            self.queue(lifetime="short")

    def test_a_queue_until_unused_goes_with_its_last_handle(self):
        name = unique_name()
        with crex.MessageQueue(name, crex.O_CREX, lifetime="until_unused") as queue:
            self.assertTrue(queue.is_linked)
        self.assertTrue(queue.closed)
        with self.assertRaises(crex.ExistentialError):
            crex.MessageQueue(name)

    def test_close_ends_the_waits_of_other_threads(self):
        for backend in BACKENDS:
            queue = self.queue(backend)
            errors = []

            def wait(queue=queue, errors=errors):
                try:
                    queue.receive()
                except crex.ExistentialError as error:
                    errors.append(error)

            threads = [self.thread(wait) for _ in range(3)]
            time.sleep(0.05)
            queue.close()
            for thread in threads:
                thread.join()
            self.assertEqual(len(errors), 3)


class Loans(TestCase):
    def test_a_loan_is_sent_at_the_end_of_with(self):
        queue = self.queue()
        with queue.loan(5) as loan:
            loan.data[:] = b"hello"
            self.assertEqual(len(loan), 5)
        self.assertTrue(loan.closed)
        self.assertEqual(queue.receive(0), (b"hello", 0))

    def test_a_loan_is_dropped_after_an_exception_and_without_its_handle(self):
        queue = self.queue(max_messages=1)
        with self.assertRaises(KeyError), queue.loan(5):
            raise KeyError
        queue.loan(5)
        queue.loan(5).drop()
        queue.send("there is room", 0)
        self.assertEqual(queue.current_messages, 1)
        with self.assertRaises(crex.BusyError):
            queue.loan(1, 0)

    def test_send_takes_a_priority_and_a_prefix(self):
        queue = self.queue()
        loan = queue.loan(5)
        loan.data[:2] = b"ab"
        with self.assertRaises(ValueError):
            loan.send(size=6)
        loan.send(7, size=2)
        self.assertEqual(queue.receive(0), (b"ab", 7))
        with self.assertRaises(crex.ExistentialError):
            loan.send()

    def test_a_loan_with_a_view_cannot_be_sent(self):
        queue = self.queue()
        loan = queue.loan(5)
        view = memoryview(loan)
        part = loan.data[1:3]
        for end in (loan.send, loan.drop):
            with self.assertRaises(BufferError):
                end()
        view.release()
        with self.assertRaises(BufferError):
            loan.send()
        part.release()
        loan.send()
        with self.assertRaises(ValueError):
            view[0]
        with self.assertRaises(crex.ExistentialError):
            memoryview(loan)

    def test_an_empty_loan_is_an_empty_message(self):
        queue = self.queue()
        with queue.loan(0) as loan:
            self.assertEqual(bytes(loan), b"")
        self.assertEqual(queue.receive(0), (b"", 0))

    def test_a_loan_outlives_its_queue_s_handle(self):
        queue = self.queue()
        loan = queue.loan(1)
        other = crex.MessageQueue(queue.name)
        queue.close()
        loan.data[0] = 65
        loan.send()
        self.assertEqual(other.receive(0), (b"A", 0))

    def test_wrong_sizes_are_refused(self):
        queue = self.queue(max_message_size=10)
        for size in (-1, 11, 2**70):
            with self.assertRaises(ValueError):
                queue.loan(size)
        with self.assertRaises(TypeError):
            queue.loan("1")


class Leases(TestCase):
    def test_a_lease_is_acknowledged_at_the_end_of_with(self):
        queue = self.queue()
        queue.send("hello", priority=4)
        with queue.lease() as lease:
            self.assertEqual((bytes(lease), lease.priority, lease.attempts), (b"hello", 4, 0))
            self.assertTrue(lease.data.readonly)
        self.assertEqual(queue.stats()["received"], 1)
        self.assertIsNone(queue.try_receive())

    def test_a_lease_is_given_back_after_an_exception_and_without_its_handle(self):
        queue = self.queue()
        queue.send("hello")
        with self.assertRaises(KeyError), queue.lease():
            raise KeyError
        queue.lease()
        queue.lease().nack()
        queue.lease().nack_untried()
        with queue.lease() as lease:
            self.assertEqual(lease.attempts, 3)

    def test_a_lease_with_a_view_cannot_be_acknowledged(self):
        queue = self.queue()
        queue.send("hello")
        lease = queue.lease()
        view, own = memoryview(lease), lease.data
        for end in (lease.ack, lease.nack, lease.nack_untried):
            with self.assertRaises(BufferError):
                end()
        self.assertEqual(bytes(view), b"hello")
        view.release()
        lease.ack()
        with self.assertRaises(ValueError):
            own[0]
        for end in (lease.ack, lease.nack):
            with self.assertRaises(crex.ExistentialError):
                end()

    def test_a_view_keeps_a_lease_that_has_no_other_reference(self):
        queue = self.queue()
        queue.send("hello")
        view = memoryview(queue.lease())
        self.assertIsNone(queue.try_receive())
        self.assertEqual(bytes(view), b"hello")
        view.release()
        self.assertEqual(queue.receive(0), (b"hello", 0))

    def test_only_a_robust_queue_leases(self):
        for backend in ("posix", "boost"):
            queue = self.queue(backend)
            with self.assertRaises(crex.ErrnoError):
                queue.lease(0)
            with self.assertRaises(crex.ErrnoError):
                queue.loan(1, 0)

    def test_classes_of_loans_and_leases_cannot_be_called(self):
        for kind in (crex.Loan, crex.Lease, crex.RingProducer, crex.RingConsumer, crex.Mapping):
            with self.assertRaises(TypeError):
                kind()


@unittest.skipUnless(numpy, "numpy is not installed")
class Numpy(TestCase):
    def test_arrays_are_written_and_read_in_place(self):
        queue = self.queue()
        loan = queue.loan(80)
        array = numpy.frombuffer(loan, dtype="f8")
        array[:] = numpy.arange(10)
        with self.assertRaises(BufferError):
            loan.send()
        del array
        loan.send()
        lease = queue.lease()
        array = numpy.frombuffer(lease, dtype="f8")
        self.assertEqual(array.sum(), 45)
        self.assertFalse(array.flags.writeable)
        with self.assertRaises(BufferError):
            lease.ack()
        del array
        lease.ack()
