# SPDX-License-Identifier: BSL-1.0
"""Signals end waits: Ctrl-C at random moments, and handlers that do not raise."""

import os
import random
import signal
import time

from support import BACKENDS, TestCase

import crex

INTERRUPTS = int(os.environ.get("CREX_TEST_INTERRUPTS", "100"))

# Waits until it is interrupted, again and again. Each wait is announced, as is what ended it.
WAITER = """
name, how, backend, times = sys.argv[1:]
if how.startswith("mq_"):
    object = crex.MessageQueue(name, backend=backend)
elif how.startswith("posix_mq_"):
    object = posix_ipc.MessageQueue(name, backend=backend)
elif how.startswith("sem_"):
    object = crex.Semaphore(name)
elif how.startswith("posix_sem_"):
    object = posix_ipc.Semaphore(name)
elif how.startswith("robust_"):
    object = crex.RobustSemaphore(name)
elif how == "ring_reserve":
    object = crex.Ring(name).producer()
else:
    object = crex.Ring(name).consumer()
waits = {
    "acquire": lambda: object.acquire(),
    "acquire_in_time": lambda: object.acquire(1000),
    "with": lambda: object.__enter__(),
    "receive": lambda: object.receive(),
    "receive_in_time": lambda: object.receive(1000),
    "receive_many": lambda: object.receive_many(3),
    "next": lambda: next(object),
    "send": lambda: object.send("x"),
    "send_many": lambda: object.send_many(["x"]),
    "loan": lambda: object.loan(1),
    "lease": lambda: object.lease(),
    "peek": lambda: object.peek(),
    "reserve": lambda: object.reserve(4096),
}
wait = waits[how.removeprefix("posix_").split("_", 1)[1]]
ended = 0
while ended < int(times):
    try:
        say("waits")
        wait()
        say("returned")
        break
    except KeyboardInterrupt:
        ended += 1
        say("interrupted")
"""


class ControlC(TestCase):
    def interrupt(self, name, how, backend=""):
        child = self.child(WAITER, name, how, backend, INTERRUPTS)
        chance = random.Random(name)
        for i in range(INTERRUPTS):
            self.assertEqual(child.line(), "waits", i)
            if i % 4:  # otherwise at once
                time.sleep(chance.expovariate(1 / 0.002))
            child.process.send_signal(signal.SIGINT)
            self.assertEqual(child.line(), "interrupted", i)
        self.assertEndsWell(child)

    def full_queue(self, backend):
        queue = self.queue(backend, max_messages=1, max_message_size=10)
        queue.send("x")
        return queue.name

    def test_ends_waits_for_a_semaphore(self):
        for how in "sem_acquire", "sem_acquire_in_time", "posix_sem_acquire", "posix_sem_with":
            with self.subTest(how):
                self.interrupt(self.semaphore().name, how)

    def test_ends_waits_for_a_robust_semaphore(self):
        for how in "robust_acquire", "robust_acquire_in_time", "robust_with":
            with self.subTest(how):
                self.interrupt(self.robust_semaphore(0).name, how)

    def test_ends_waits_for_a_message(self):
        for backend in BACKENDS:
            for how in "mq_receive", "mq_receive_in_time", "posix_mq_receive":
                with self.subTest(how, backend=backend):
                    self.interrupt(self.queue(backend).name, how, backend)

    def test_ends_other_waits_for_a_message(self):
        for how in "mq_receive_many", "mq_next", "mq_lease":
            with self.subTest(how):
                self.interrupt(self.queue().name, how, "robust")

    def test_ends_waits_for_room(self):
        for backend in BACKENDS:
            for how in "mq_send", "posix_mq_send":
                with self.subTest(how, backend=backend):
                    self.interrupt(self.full_queue(backend), how, backend)

    def test_ends_other_waits_for_room(self):
        for how in "mq_send_many", "mq_loan":
            with self.subTest(how):
                self.interrupt(self.full_queue("robust"), how, "robust")

    def test_ends_waits_for_a_record(self):
        for how in "ring_receive", "ring_peek", "ring_next":
            with self.subTest(how):
                self.interrupt(self.ring().name, how)

    def test_ends_waits_for_room_in_a_ring(self):
        ring = self.ring(capacity=4096)
        with ring.producer() as producer:
            producer.send(b"x" * 4096)
        self.interrupt(ring.name, "ring_reserve")


class Handlers(TestCase):
    """A timer's signal comes during the wait, to a handler that returns."""

    def setUp(self):
        self.calls = []
        before = signal.signal(signal.SIGALRM, lambda *_: self.calls.append(time.monotonic()))
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        self.addCleanup(signal.setitimer, signal.ITIMER_REAL, 0)

    def test_a_wait_of_crex_goes_on_for_the_rest_of_its_time(self):
        queue = self.queue()
        for wait in (self.semaphore().acquire, self.robust_semaphore(0).acquire, queue.receive):
            self.calls.clear()
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.1)
            began = time.monotonic()
            with self.assertRaises(crex.BusyError):
                wait(0.6)
            self.assertGreaterEqual(time.monotonic() - began, 0.6)
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.assertTrue(self.calls)

    def test_a_wait_of_crex_still_gets_what_comes_later(self):
        queue = self.queue()
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        child = self.child(
            "time.sleep(0.5); crex.MessageQueue(sys.argv[1]).send('late')", queue.name
        )
        self.assertEqual(queue.receive(), (b"late", 0))
        self.assertTrue(self.calls)
        self.assertEndsWell(child)

    def test_a_wait_of_posix_ipc_ends_with_signal_error(self):
        for how, name, backend in (
            ("Semaphore", self.semaphore().name, None),
            ("MessageQueue", self.queue("robust").name, "robust"),
            ("MessageQueue", self.queue("posix").name, "posix"),
        ):
            child = self.child(
                """
                how, name, backend = sys.argv[1:]
                calls = []
                signal.signal(signal.SIGALRM, lambda *_: calls.append(1))
                signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
                if how == "Semaphore":
                    wait = posix_ipc.Semaphore(name).acquire
                else:
                    wait = posix_ipc.MessageQueue(name, backend=backend).receive
                try:
                    wait()
                except posix_ipc.SignalError as error:
                    signal.setitimer(signal.ITIMER_REAL, 0)
                    say(f"{bool(calls)} {name in str(error)}")
                """,
                how,
                name,
                backend,
            )
            out = self.assertEndsWell(child)
            self.assertEqual(out, "True True\n")

    def test_an_exception_of_the_handler_ends_the_wait(self):
        def fail(*_):
            raise LookupError("from the handler")

        signal.signal(signal.SIGALRM, fail)
        for wait in (self.semaphore().acquire, self.queue().receive):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with self.assertRaises(LookupError):
                wait()

    def test_waits_of_other_threads_go_on(self):
        queue = self.queue()
        got = []
        thread = self.thread(lambda: got.append(queue.receive()))
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        time.sleep(0.3)
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.assertTrue(self.calls)
        queue.send("x")
        thread.join()
        self.assertEqual(got, [(b"x", 0)])
