# SPDX-License-Identifier: BSL-1.0
"""The interpreter ends in any state without a crash, a hang or a message."""

import os

from support import TestCase

import crex

EXITS = int(os.environ.get("CREX_TEST_EXITS", "0"))  # in each state; 0: as many as it says

DAEMON = """
for wait in waits:
    threading.Thread(target=wait, daemon=True).start()
time.sleep(0.1)
"""


class Exits(TestCase):
    def ends(self, code, *arguments, times=1):
        for _ in range(EXITS or times):
            self.assertEndsWell(self.child(code, *arguments))

    def test_with_open_loans_leases_and_views(self):
        queue = self.queue()
        queue.send("x")
        self.ends(
            """
            queue = crex.MessageQueue(sys.argv[1])
            lease, loan = queue.lease(), queue.loan(10)
            views = memoryview(lease), memoryview(loan)[2:], lease.data
            """,
            queue.name,
        )
        with queue.lease(60) as lease:
            self.assertEqual((bytes(lease), lease.attempts), (b"x", EXITS or 1))

    def test_with_open_roles_and_views(self):
        ring = self.ring()
        self.ends(
            """
            ring = crex.Ring(sys.argv[1])
            producer, consumer = ring.producer(), ring.consumer()
            producer.send("x")
            views = producer.reserve(10)[1:], consumer.peek()
            """,
            ring.name,
        )
        self.assertEqual(bytes(ring.consumer().peek(0)), b"x")

    def test_with_daemon_threads_that_wait(self):
        for backend in ("robust", "posix", "boost"):
            self.ends(
                "queue = crex.MessageQueue(sys.argv[1], backend=sys.argv[2])\n"
                "waits = [queue.receive] * 3" + DAEMON,
                self.queue(backend).name,
                backend,
                times=3,
            )
        self.ends(
            "waits = [crex.Semaphore(sys.argv[1]).acquire,"
            " crex.RobustSemaphore(sys.argv[2]).acquire,"
            " crex.Ring(sys.argv[3]).consumer().receive]" + DAEMON,
            self.semaphore().name,
            self.robust_semaphore(0).name,
            self.ring().name,
            times=3,
        )

    def test_with_daemon_threads_that_are_woken_at_that_moment(self):
        """They ask for the GIL when the interpreter is being finalised."""
        self.ends(
            """
            queue = crex.MessageQueue(sys.argv[1])
            def work():
                while True:
                    queue.receive()
            for _ in range(3):
                threading.Thread(target=work, daemon=True).start()
            def feed():
                while True:
                    queue.send("x")
            threading.Thread(target=feed, daemon=True).start()
            time.sleep(0.05)
            """,
            self.queue().name,
            times=20,
        )

    def test_with_a_pending_notification(self):
        for backend in ("robust", "posix", "boost"):
            self.ends(
                """
                queue = crex.MessageQueue(sys.argv[1], backend=sys.argv[2])
                queue.request_notification((say, "never"))
                """,
                self.queue(backend).name,
                backend,
                times=3,
            )

    def test_while_notifications_come(self):
        for backend in ("robust", "posix", "boost"):
            queue = self.queue(backend)
            feeder = self.child(
                """
                queue = crex.MessageQueue(sys.argv[1], backend=sys.argv[2])
                while True:
                    queue.send("x")
                """,
                queue.name,
                backend,
            )
            self.ends(
                """
                queue = crex.MessageQueue(sys.argv[1], backend=sys.argv[2])
                first = threading.Event()
                def note(_):
                    queue.request_notification((note, None))
                    while queue.try_receive():
                        pass
                    first.set()
                note(None)
                first.wait()
                """,
                queue.name,
                backend,
                times=10,
            )
            feeder.kill()

    def test_while_a_notification_is_being_handled(self):
        self.ends(
            """
            queue = crex.MessageQueue(sys.argv[1])
            called = threading.Event()
            def note(_):
                called.set()
                time.sleep(0.2)
                sum(range(10**6))
            queue.request_notification((note, None))
            queue.send("x")
            called.wait()
            queue.receive()
            """,
            self.queue().name,
            times=5,
        )

    def test_an_exception_of_a_notified_function_is_reported_and_ends_nothing(self):
        code = """
            queue = crex.MessageQueue(sys.argv[1])
            reported = threading.Event()
            sys.unraisablehook = lambda what: (say(what.exc_type.__name__), reported.set())
            def fail(_):
                raise LookupError
            queue.request_notification((fail, None))
            queue.send("x")
            reported.wait()
            queue.receive()
            """
        name = self.queue().name
        for _ in range(EXITS or 1):
            self.assertEqual(self.assertEndsWell(self.child(code, name)), "LookupError\n")

    def test_by_os_exit_with_everything_open(self):
        code = """
            queue = crex.MessageQueue(sys.argv[1])
            queue.request_notification((say, "never"))
            loan = queue.loan(1)
            threading.Thread(target=queue.receive).start()
            os._exit(7)
            """
        name = self.queue().name
        for _ in range(EXITS or 1):
            self.assertEqual(self.child(code, name).end(), (7, "", ""))


class Forks(TestCase):
    """Children of a process that has threads in calls, loans, leases and a notification."""

    PARENT = """
queue = crex.MessageQueue(sys.argv[1])
semaphore = crex.RobustSemaphore(sys.argv[2])
queue.send("leased")
semaphore.acquire()
lease, loan = queue.lease(), queue.loan(1)
queue.request_notification((say, "never"))
threading.Thread(target=semaphore.try_acquire, args=[1], daemon=True).start()
threading.Thread(target=queue.try_receive, args=[1], daemon=True).start()
time.sleep(0.05)
def check(exit):
    pid = os.fork()
    if pid == 0:
        exit()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""

    def fork(self, code):
        queue, semaphore = self.queue(), self.robust_semaphore()
        child = self.child(self.PARENT + code, queue.name, semaphore.name)
        self.assertEqual(self.assertEndsWell(child), "")

    def test_a_child_ends_by_itself(self):
        self.fork("check(sys.exit)\nlease.ack()\nsemaphore.release()")

    def test_a_child_ends_at_once(self):
        self.fork("check(lambda: os._exit(0))\nlease.ack()\nsemaphore.release()")

    def test_a_child_uses_its_copy_and_has_no_lease_and_no_permit(self):
        self.fork(
            """
def work():
    assert semaphore.held == 0
    for end in (lease.ack, loan.send):
        try:
            end()
        except crex.LeaseLostError as error:
            assert queue.name in str(error)
            continue
        os._exit(1)
    queue.send("from the child")
    os._exit(0)
check(work)
"""
        )

    def test_a_child_closes_its_copies(self):
        self.fork("check(lambda: (queue.close(), semaphore.close(), sys.exit()))\nlease.ack()")

    def test_workers_of_multiprocessing_share_a_queue_by_name(self):
        queue = self.queue()
        code = """
import multiprocessing
def work(name, number):
    crex.MessageQueue(name).send(str(number))
if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[2])
    workers = [context.Process(target=os_work, args=(sys.argv[1], i)) for i in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
"""
        for method, function in (("fork", "work"), ("spawn", "multiprocessing_worker.work")):
            source = code.replace("os_work", function)
            if method == "spawn":
                source = "import multiprocessing_worker\n" + source
            child = self.child(source, queue.name, method)
            self.assertEndsWell(child)
            self.assertEqual({queue.receive(0)[0] for _ in range(3)}, {b"0", b"1", b"2"})

    def test_handles_are_not_pickled(self):
        import pickle

        for handle in (self.queue(), self.semaphore(), self.ring(), self.robust_semaphore()):
            with self.assertRaises(TypeError):
                pickle.dumps(handle)
