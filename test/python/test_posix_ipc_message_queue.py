# SPDX-License-Identifier: BSL-1.0
import os
import select
import selectors
import signal
import threading
import time

from support import BACKENDS, TestCase, unique_name

import crex
import crex.posix_ipc as posix_ipc


class OnEachBackend:
    backend = None

    def new(self, name="", flags=posix_ipc.O_CREX, **options):
        name = name or unique_name()
        self.removed(name, lambda n: posix_ipc.unlink_message_queue(n, backend=self.backend))
        queue = posix_ipc.MessageQueue(name, flags, backend=self.backend, **options)
        self.addCleanup(queue.close)
        return queue

    def open(self, queue, **options):
        return self.new(queue.name, 0, **options)

    def test_flags_are_those_of_open(self):
        with self.assertRaises(posix_ipc.ExistentialError):
            self.new(flags=0)
        queue = self.new(flags=posix_ipc.O_CREAT)
        queue.send("x")
        self.assertEqual(self.new(queue.name, posix_ipc.O_CREAT).current_messages, 1)
        with self.assertRaises(posix_ipc.ExistentialError):
            self.new(queue.name)
        with self.assertRaises(ValueError):
            self.new(queue.name, posix_ipc.O_EXCL)

    def test_a_name_of_none_is_made_up(self):
        queue = posix_ipc.MessageQueue(None, posix_ipc.O_CREX, backend=self.backend)
        self.assertRegex(queue.name, "^/.+")
        queue.close()
        queue.unlink()
        with self.assertRaises(ValueError):
            posix_ipc.MessageQueue(None, backend=self.backend)

    def test_sizes_are_those_given_and_known_after_close(self):
        queue = self.new()
        self.assertEqual((queue.max_messages, queue.max_message_size), (10, 8192))
        queue = self.new(max_messages=3, max_message_size=20)
        self.assertEqual((queue.max_messages, queue.max_message_size), (3, 20))
        queue.close()
        self.assertEqual((queue.max_messages, queue.max_message_size), (3, 20))

    def test_bad_sizes_are_refused(self):
        for options in ({"max_messages": 0}, {"max_message_size": 0}, {"max_messages": -1}):
            with self.assertRaises(ValueError):
                self.new(**options)
        with self.assertRaises(TypeError):
            self.new(max_messages="10")
        with self.assertRaises(TypeError):
            self.new(max_messages=10.0)
        with self.assertRaises(TypeError):
            self.new(maximum=10)

    def test_sizes_are_ignored_where_no_queue_can_be_created(self):
        queue = self.new(max_messages=3)
        self.assertEqual(self.open(queue, max_messages=0, max_message_size=-1).max_messages, 3)
        with self.assertRaises(TypeError):
            self.open(queue, max_messages="3")

    def test_a_str_is_sent_in_utf_8_and_bytes_as_they_are(self):
        queue = self.new()
        for message, body in (
            ("h\u00e9", b"h\xc3\xa9"),
            (b"\0\xff", b"\0\xff"),
            (bytearray(b"a"), b"a"),
            (memoryview(b"b"), b"b"),
            ("", b""),
        ):
            self.assertIsNone(queue.send(message))
            self.assertEqual(queue.receive(), (body, 0))
        for wrong in (None, 3, ["a"], memoryview(b"abcd")[::2]):
            with self.assertRaises((TypeError, BufferError)):
                queue.send(wrong)

    def test_the_highest_priority_comes_first_and_then_the_oldest(self):
        queue = self.new()
        for message, priority in (("a", 1), ("b", 3), ("c", 2), ("d", 3)):
            queue.send(message, priority=priority)
        queue.send("e", None, 7)
        received = [queue.receive() for _ in range(5)]
        self.assertEqual(
            received, [(b"e", 7), (b"b", 3), (b"d", 3), (b"c", 2), (b"a", 1)]
        )

    def test_priorities_are_checked(self):
        queue = self.new()
        queue.send("x", priority=posix_ipc.QUEUE_PRIORITY_MAX)
        for priority in (-1, posix_ipc.QUEUE_PRIORITY_MAX + 1, 2**40):
            with self.assertRaises(ValueError):
                queue.send("x", priority=priority)
        with self.assertRaises(TypeError):
            queue.send("x", priority="1")

    def test_a_message_that_is_too_long_is_a_value_error(self):
        queue = self.new(max_message_size=10)
        queue.send(b"x" * 10)
        with self.assertRaisesRegex(ValueError, "MessageQueue.send"):
            queue.send(b"x" * 11)

    def test_a_full_and_an_empty_queue_are_busy_in_time(self):
        queue = self.new(max_messages=1)
        for timeout in (0, 0.3):
            began = time.monotonic()
            with self.assertRaises(posix_ipc.BusyError):
                queue.receive(timeout)
            self.assertGreaterEqual(time.monotonic() - began, timeout)
        queue.send("x", timeout=0)
        for timeout in (0, 0.3):
            began = time.monotonic()
            with self.assertRaises(posix_ipc.BusyError):
                queue.send("y", timeout)
            self.assertGreaterEqual(time.monotonic() - began, timeout)

    def test_wrong_timeouts_are_type_errors(self):
        queue = self.new()
        for timeout in (-1, -0.1, "1"):
            with self.assertRaises(TypeError):
                queue.receive(timeout)
            with self.assertRaises(TypeError):
                queue.send("x", timeout=timeout)

    def test_a_queue_that_does_not_block_is_busy_whatever_the_timeout(self):
        queue = self.new(max_messages=1)
        self.assertIs(queue.block, True)
        queue.block = False
        self.assertIs(queue.block, False)
        with self.assertRaises(posix_ipc.BusyError):
            queue.receive()
        queue.send("x")
        with self.assertRaises(posix_ipc.BusyError):
            queue.send("y", 100)
        queue.block = 1
        self.assertIs(queue.block, True)
        self.assertIs(self.new(flags=posix_ipc.O_CREX | posix_ipc.O_NONBLOCK).block, False)

    def test_a_handle_for_one_direction_refuses_the_other(self):
        queue = self.new()
        reader, writer = self.open(queue, write=False), self.open(queue, read=False)
        writer.send("x")
        self.assertEqual(reader.receive(), (b"x", 0))
        with self.assertRaises(posix_ipc.PermissionsError):
            reader.send("x")
        with self.assertRaises(posix_ipc.PermissionsError):
            writer.receive()
        with self.assertRaises(ValueError):
            self.open(queue, read=False, write=False)

    def test_a_message_from_another_process_ends_a_wait(self):
        queue = self.new()
        child = self.child(
            """
            queue = posix_ipc.MessageQueue(sys.argv[1], backend=sys.argv[2])
            time.sleep(0.3)
            queue.send("hello", priority=3)
            """,
            queue.name,
            self.backend,
        )
        self.assertEqual(queue.receive(), (b"hello", 3))
        self.assertEndsWell(child)

    def test_mqd_and_fileno_can_be_polled(self):
        queue = self.new()
        poll = select.poll()
        poll.register(queue, select.POLLIN)
        self.assertEqual(poll.poll(0), [])
        queue.send("x")
        self.assertEqual(poll.poll(60_000), [(queue.fileno(), select.POLLIN)])
        self.assertEqual(queue.mqd, queue.fileno())

    def test_a_selector_lets_a_closed_queue_go(self):
        queue = self.new()
        with selectors.DefaultSelector() as selector:
            selector.register(queue, selectors.EVENT_READ)
            queue.close()
            selector.unregister(queue)

    def test_a_signal_is_sent_once_for_a_message_into_the_empty_queue(self):
        queue = self.new()
        got = []
        before = signal.signal(posix_ipc.USER_SIGNAL_MIN, lambda number, _: got.append(number))
        self.addCleanup(signal.signal, posix_ipc.USER_SIGNAL_MIN, before)
        self.assertIsNone(queue.request_notification(posix_ipc.USER_SIGNAL_MIN))
        queue.send("x")
        self.eventually(lambda: got)
        queue.receive()
        queue.send("y")
        time.sleep(0.3)
        self.assertEqual(got, [posix_ipc.USER_SIGNAL_MIN])

    def test_a_function_is_called_in_a_thread_and_may_request_again(self):
        queue = self.new()
        got, done = [], threading.Event()

        def note(parameter):
            got.append((parameter, threading.get_ident() != threading.main_thread().ident))
            queue.request_notification((note, parameter + 1))
            while queue.current_messages:
                queue.receive(0)
            done.set()

        queue.request_notification(notification=(note, 1))
        for _ in range(3):
            done.clear()
            queue.send("x")
            self.assertTrue(done.wait(60))
        self.assertEqual(got, [(1, True), (2, True), (3, True)])
        queue.request_notification()

    def test_a_request_that_was_taken_back_is_not_notified(self):
        queue = self.new()
        got = []
        for _ in range(20):
            queue.request_notification((got.append, 1))
            queue.request_notification(None)
        queue.request_notification()
        queue.send("x")
        time.sleep(0.3)
        self.assertEqual(got, [])

    def test_another_process_cannot_request_while_one_has(self):
        queue = self.new()
        queue.request_notification((print, 1))
        child = self.child(
            """
            queue = posix_ipc.MessageQueue(sys.argv[1], backend=sys.argv[2])
            try:
                queue.request_notification((print, 2))
            except posix_ipc.BusyError:
                say("busy")
            """,
            queue.name,
            self.backend,
        )
        self.assertEqual(self.assertEndsWell(child), "busy\n")
        queue.request_notification()

    def test_wrong_notifications_are_value_errors(self):
        queue = self.new()
        for wrong in ("x", (print,), (print, 1, 2), (1, 2), [print, 1], 1.5, -1, 9999, 2**31):
            with self.assertRaises(ValueError):
                queue.request_notification(wrong)

    def test_a_closed_queue_can_only_be_unlinked(self):
        queue = self.new()
        queue.close()
        for call in (
            lambda: queue.send("x"),
            queue.receive,
            lambda: queue.request_notification(posix_ipc.USER_SIGNAL_MIN),
            lambda: queue.current_messages,
            lambda: queue.block,
            lambda: setattr(queue, "block", False),
        ):
            with self.assertRaises(posix_ipc.ExistentialError):
                call()
        self.assertIsNone(queue.request_notification())
        self.assertEqual((queue.mqd, queue.fileno()), (-1, -1))
        queue.unlink()
        with self.assertRaises(posix_ipc.ExistentialError):
            queue.unlink()

    def test_attributes_cannot_be_set(self):
        queue = self.new()
        for name in "name", "mqd", "max_messages", "max_message_size", "current_messages", "mode":
            with self.assertRaises(AttributeError):
                setattr(queue, name, 1)
        with self.assertRaises(AttributeError):
            del queue.block

    def test_str_and_repr_are_posix_ipc_s(self):
        queue = self.new(max_messages=2, max_message_size=9, read=False)
        self.assertEqual(str(queue), queue.name)
        self.assertEqual(
            repr(queue),
            f'posix_ipc.MessageQueue("{queue.name}", mode=0600, max_message_size=9, '
            "max_messages=2, read=False, write=True)",
        )


for _backend in BACKENDS:
    _name = f"{_backend.capitalize()}Queue"
    globals()[_name] = type(_name, (OnEachBackend, TestCase), {"backend": _backend})


class ChoiceOfBackend(TestCase):
    def test_the_environment_chooses_unless_the_keyword_does(self):
        before = os.environ.pop("CREX_PYTHON_BACKEND", None)
        if before is not None:
            self.addCleanup(os.environ.__setitem__, "CREX_PYTHON_BACKEND", before)
        self.addCleanup(os.environ.pop, "CREX_PYTHON_BACKEND", None)
        for variable, keyword, backend in (
            (None, None, "robust"),
            ("posix", None, "posix"),
            ("posix", "boost", "boost"),
        ):
            if variable:
                os.environ["CREX_PYTHON_BACKEND"] = variable
            queue = posix_ipc.MessageQueue(None, posix_ipc.O_CREX, backend=keyword)
            self.assertEqual(queue.backend, backend)
            posix_ipc.unlink_message_queue(queue.name, backend=keyword)

    def test_opening_where_memory_has_run_out_is_a_memory_error(self):
        name = self.removed(unique_name(), crex.unlink_message_queue)
        child = self.child(
            """
            leave_memory(0)
            try:
                posix_ipc.MessageQueue(sys.argv[1], posix_ipc.O_CREX)
            except MemoryError as error:
                say(str(error))
            """,
            name,
        )
        self.assertRegex(self.assertEndsWell(child), f'^MessageQueue."{name}".: ')

    def test_another_word_is_a_value_error(self):
        with self.assertRaisesRegex(ValueError, "robust"):
            posix_ipc.MessageQueue(unique_name(), posix_ipc.O_CREX, backend="redis")
