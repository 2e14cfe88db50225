# SPDX-License-Identifier: BSL-1.0
"""Rings, robust semaphores and mappings."""

import datetime
import threading
import time

from support import PATIENCE, TestCase, unique_name

import crex


class Rings(TestCase):
    def setUp(self):
        self.handle = self.ring(capacity=4096)
        self.producer, self.consumer = self.handle.producer(), self.handle.consumer()

    def test_records_come_out_as_they_went_in(self):
        self.producer.send(b"one")
        self.assertIs(self.producer.try_send("two"), True)
        self.assertEqual(self.handle.current_records, 2)
        self.assertEqual(self.consumer.receive(), b"one")
        self.assertEqual(self.consumer.try_receive(), b"two")
        self.assertIsNone(self.consumer.try_receive(0.05))
        with self.assertRaises(crex.BusyError):
            self.consumer.receive(datetime.timedelta(milliseconds=50))

    def test_reserved_records_are_written_in_place_and_committed_together(self):
        first, second = self.producer.reserve(3), self.producer.reserve(2)
        second[:], first[:] = b"de", b"abc"
        self.assertIsNone(self.consumer.try_receive())
        self.producer.commit()
        self.assertEqual([bytes(view) for view in self.consumer.peek_many(5)], [b"abc", b"de"])
        self.consumer.consume(2)
        with self.assertRaises(ValueError):
            first[0]

    def test_a_record_can_be_shortened_and_cancelled(self):
        self.producer.reserve(10)[:2] = b"ab"
        self.producer.shrink(2)
        self.producer.commit()
        self.assertEqual(self.consumer.receive(0), b"ab")
        self.producer.reserve(10)
        self.producer.cancel()
        self.producer.commit()
        self.assertIsNone(self.consumer.try_receive())

    def test_a_view_of_a_reserved_record_keeps_it_from_being_committed(self):
        part = self.producer.reserve(10)[2:4]
        calls = (
            self.producer.commit,
            self.producer.cancel,
            self.producer.close,
            lambda: self.producer.send("x"),
            lambda: self.producer.shrink(1),
        )
        for call in calls:
            with self.assertRaises(BufferError):
                call()
        part.release()
        self.producer.commit()

    def test_a_view_of_a_peeked_record_keeps_it_in_the_ring(self):
        self.producer.send("hello")
        view = self.consumer.peek()
        part = view[1:]
        self.assertTrue(view.readonly)
        for call in (self.consumer.consume, self.consumer.receive, self.consumer.close):
            with self.assertRaises(BufferError):
                call()
        self.assertEqual(bytes(part), b"ello")
        part.release()
        self.consumer.consume()
        self.assertEqual(self.handle.current_records, 0)

    def test_the_exporter_of_a_view_shows_nothing_once_it_ended(self):
        self.producer.send("hello")
        view = self.consumer.peek()
        exporter = view.obj
        view.release()
        self.consumer.consume()
        with self.assertRaises(BufferError):
            memoryview(exporter)

    def test_consume_takes_only_what_was_peeked(self):
        self.producer.send("x")
        with self.assertRaises(ValueError):
            self.consumer.consume()
        self.consumer.peek()
        with self.assertRaises(ValueError):
            self.consumer.consume(2)

    def test_roles_are_taken_once_and_given_up(self):
        with self.assertRaises(crex.BusyError):
            self.handle.producer()
        self.assertTrue(self.handle.has_producer)
        self.assertTrue(self.consumer.has_producer)
        self.producer.close()
        self.producer.close()
        self.assertFalse(self.handle.has_producer)
        with self.assertRaises(crex.ExistentialError):
            self.producer.send("x")
        with self.handle.producer() as again:
            self.assertTrue(again.has_consumer)

    def test_shutdown_ends_an_iteration(self):
        for i in range(5):
            self.producer.send(str(i))
        self.handle.shutdown()
        self.assertEqual(list(self.consumer), [b"0", b"1", b"2", b"3", b"4"])
        with self.assertRaises(crex.ShutdownError):
            self.producer.send("x")

    def test_a_role_is_used_by_one_thread_at_a_time(self):
        errors = []

        def wait():
            try:
                self.consumer.receive()
            except crex.ShutdownError as error:
                errors.append(error)

        thread = self.thread(wait)
        refused = []

        def is_refused():
            try:
                self.consumer.try_receive()
            except RuntimeError as error:
                refused.append(error)
            return refused

        self.eventually(is_refused)
        self.handle.shutdown()
        thread.join()
        self.assertEqual(len(errors), 1)

    def test_a_consumer_in_another_process_gets_every_record(self):
        self.consumer.close()
        child = self.child(
            """
            consumer = crex.Ring(sys.argv[1]).consumer()
            say("ready")
            say(str(sum(len(record) for record in consumer)))
            """,
            self.handle.name,
        )
        self.assertEqual(child.line(), "ready")
        for i in range(500):
            self.producer.send(b"x" * i)
        self.handle.shutdown()
        self.assertEqual(self.assertEndsWell(child), f"{sum(range(500))}\n")


class RobustSemaphores(TestCase):
    def test_the_handle_holds_the_permits(self):
        semaphore = self.robust_semaphore(2)
        with semaphore:
            self.assertEqual((semaphore.held, semaphore.value), (1, 1))
            self.assertEqual([permits for _, permits in semaphore.holders()], [1])
            self.assertIs(semaphore.try_acquire(), True)
            self.assertIs(semaphore.try_acquire(0.05), False)
            with self.assertRaises(crex.BusyError):
                semaphore.acquire(0)
            semaphore.release()
        self.assertEqual((semaphore.held, semaphore.value), (0, 2))

    def test_only_holders_release_unless_anyone_may(self):
        with self.assertRaises(crex.PermissionsError):
            self.robust_semaphore().release()
        semaphore = self.robust_semaphore(0, release="by_anyone")
        semaphore.release(3)
        self.assertEqual(semaphore.value, 3)
        with self.assertRaises(ValueError):
            self.robust_semaphore(release="by_me")

    def test_close_gives_the_permits_back(self):
        semaphore = self.robust_semaphore()
        other = crex.RobustSemaphore(semaphore.name)
        semaphore.acquire()
        self.assertIs(other.try_acquire(), False)
        semaphore.close()
        other.acquire(PATIENCE)
        self.assertTrue(other.previous_holder_died)

    def test_close_ends_the_waits_of_other_threads(self):
        semaphore = self.robust_semaphore(0)
        started, errors = threading.Event(), []

        def wait():
            started.set()
            try:
                semaphore.acquire()
            except crex.ExistentialError as error:
                errors.append(error)

        thread = self.thread(wait)
        started.wait()
        time.sleep(0.05)
        semaphore.close()
        thread.join()
        self.assertEqual(len(errors), 1)


class Mappings(TestCase):
    def setUp(self):
        name = self.removed(unique_name(), crex.unlink_shared_memory)
        self.memory = crex.SharedMemory(name, crex.O_CREX, size=100)

    def test_bytes_are_shared_and_outlive_the_handle(self):
        one, two = self.memory.map(), self.memory.map(offset=10, length=5)
        self.memory.close()
        one.data[10:15] = b"hello"
        self.assertEqual((len(one), bytes(two)), (100, b"hello"))

    def test_a_mapping_with_a_view_cannot_be_closed(self):
        mapping = self.memory.map()
        view = memoryview(mapping)
        with self.assertRaises(BufferError):
            mapping.close()
        view.release()
        with mapping:
            own = mapping.data
        with self.assertRaises(ValueError):
            own[0]
        with self.assertRaises(crex.ExistentialError):
            memoryview(mapping)

    def test_read_only_bytes_cannot_be_written(self):
        with self.assertRaises(TypeError):
            self.memory.map(read_only=True).data[0] = 1

    def test_a_part_that_is_not_there_is_a_value_error(self):
        for options in ({"offset": 100}, {"length": 101}, {"offset": -1}):
            with self.assertRaises(ValueError):
                self.memory.map(**options)
