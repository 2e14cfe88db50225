# SPDX-License-Identifier: BSL-1.0
"""What the others see after kill -9 of a process that holds something."""

from support import PATIENCE, TestCase

import crex


class Kills(TestCase):
    def killed(self, code, *arguments):
        child = self.child(code + "\nsay('holds')\ntime.sleep(1000)", *arguments)
        self.assertEqual(child.line(), "holds")
        child.kill()

    def test_a_leased_message_is_delivered_again(self):
        queue = self.queue()
        for attempts in range(5):
            if attempts == 0:
                queue.send("precious", priority=3)
            self.killed("lease = crex.MessageQueue(sys.argv[1]).lease()", queue.name)
            lease = queue.lease(PATIENCE)
            self.assertEqual((bytes(lease), lease.priority), (b"precious", 3))
            self.assertEqual(lease.attempts, attempts + 1)
            lease.nack_untried()

    def test_the_room_of_a_loan_comes_back_and_nothing_was_sent(self):
        queue = self.queue(max_messages=1)
        self.killed("loan = crex.MessageQueue(sys.argv[1]).loan(10)", queue.name)
        queue.send("x", PATIENCE)
        self.assertEqual(queue.receive(0), (b"x", 0))

    def test_a_permit_comes_back_and_its_next_holder_is_told(self):
        semaphore = self.robust_semaphore()
        for _ in range(5):
            self.killed("lock = crex.RobustSemaphore(sys.argv[1])\nlock.acquire()", semaphore.name)
            with semaphore:
                self.assertTrue(semaphore.previous_holder_died)
        with semaphore:
            self.assertFalse(semaphore.previous_holder_died)

    def test_a_permit_of_the_kernel_s_semaphore_is_lost(self):
        """The control: it is the robust one that makes the difference."""
        semaphore = self.semaphore(1)
        self.killed("crex.Semaphore(sys.argv[1]).acquire()", semaphore.name)
        with self.assertRaises(crex.BusyError):
            semaphore.acquire(0.5)

    def test_a_record_that_was_not_committed_is_not_there(self):
        ring = self.ring()
        self.killed(
            "producer = crex.Ring(sys.argv[1]).producer()\nproducer.send('sent')\n"
            "producer.reserve(10)[:4] = b'lost'",
            ring.name,
        )
        producer, consumer = ring.producer(), ring.consumer()
        producer.send("next")
        self.assertEqual([bytes(v) for v in consumer.peek_many(5)], [b"sent", b"next"])

    def test_a_record_that_was_not_consumed_is_there_again(self):
        ring = self.ring()
        producer = ring.producer()
        producer.send("one")
        producer.send("two")
        self.killed(
            "consumer = crex.Ring(sys.argv[1]).consumer()\nconsumer.receive()\nconsumer.peek()",
            ring.name,
        )
        self.assertEqual(ring.consumer().receive(0), b"two")

    def test_a_waiting_process_disturbs_no_other(self):
        for backend in ("robust", "posix", "boost"):
            queue = self.queue(backend)
            for _ in range(5):
                child = self.child(
                    "queue = crex.MessageQueue(sys.argv[1], backend=sys.argv[2])\n"
                    "say('waits')\nqueue.receive()",
                    queue.name,
                    backend,
                )
                self.assertEqual(child.line(), "waits")
                child.kill()
            queue.send("x", PATIENCE)
            self.assertEqual(queue.receive(PATIENCE), (b"x", 0))
