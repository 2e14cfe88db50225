# SPDX-License-Identifier: BSL-1.0
import os
import signal
import time

from support import TestCase

import crex.sysv_ipc as sysv_ipc


class MessageQueue(TestCase):
    def setUp(self):
        self.queue = self.new()

    def new(self, key=None, flags=sysv_ipc.IPC_CREX, **options):
        return self.remove_later(sysv_ipc.MessageQueue(key, flags, **options))

    def fill(self):
        while True:
            try:
                self.queue.send(b"x" * 1000, block=False)
            except sysv_ipc.BusyError as error:
                return str(error)

    def test_messages_are_bytes_with_a_type(self):
        for message, body in (
            (b"a\0b", b"a\0b"),
            ("h\u00e9", b"h\xc3\xa9"),
            (bytearray(b"c"), b"c"),
            (memoryview(b"d"), b"d"),
            (b"", b""),
        ):
            self.assertIsNone(self.queue.send(message))
            self.assertEqual(self.queue.receive(), (body, 1))
        self.queue.send(b"e", type=2**31 - 1)
        self.queue.send(message=b"f", block=True, type=3)
        self.queue.send(b"g", False, 4)
        received = [self.queue.receive() for _ in range(3)]
        self.assertEqual(received, [(b"e", 2**31 - 1), (b"f", 3), (b"g", 4)])

    def test_a_type_selects_the_message(self):
        for kind in (4, 3, 2, 1, 3):
            self.queue.send(str(kind), type=kind)
        self.assertEqual(self.queue.receive(type=3), (b"3", 3))
        self.assertEqual(self.queue.receive(True, -2), (b"1", 1))
        self.assertEqual(self.queue.receive(block=False, type=0), (b"4", 4))
        self.assertEqual(self.queue.receive(type=-10), (b"2", 2))
        self.assertEqual(self.queue.receive(type=3), (b"3", 3))

    def test_wrong_messages_and_types_are_refused(self):
        for kind in (0, -1):
            with self.assertRaises(ValueError):
                self.queue.send(b"x", type=kind)
        for kind in (2**31, -(2**31) - 1):
            with self.assertRaises(OverflowError):
                self.queue.send(b"x", type=kind)
            with self.assertRaises(OverflowError):
                self.queue.receive(type=kind)
        for wrong in ((), (None,), (3,), (["a"],), (b"x", True, "1"), (b"x", True, 1, 1)):
            with self.assertRaises(TypeError):
                self.queue.send(*wrong)
        for wrong in ((True, "1"), (True, 1, 1)):
            with self.assertRaises(TypeError):
                self.queue.receive(*wrong)
        self.assertEqual(self.queue.current_messages, 0)

    def test_a_message_longer_than_the_handle_s_maximum_is_a_value_error(self):
        self.queue.send(b"x" * 2048)
        with self.assertRaisesRegex(ValueError, "2048"):
            self.queue.send(b"x" * 2049)
        short = self.new(self.queue.key, 0, max_message_size=10)
        with self.assertRaisesRegex(ValueError, "10"):
            short.send(b"x" * 11, block=False)
        self.assertEqual(short.receive(), (b"x" * 2048, 1))  # and is received in full
        with self.assertRaises(ValueError):
            self.new(max_message_size=-1)
        with self.assertRaises(ValueError):
            self.new(max_message_size=2**63)

    def test_a_message_longer_than_the_system_s_maximum_is_a_value_error(self):
        long = self.new(self.queue.key, 0, max_message_size=2**40)
        with open("/proc/sys/kernel/msgmax", encoding="ascii") as file:
            maximum = int(file.read())
        if maximum < 2**24:
            with self.assertRaisesRegex(ValueError, "msgmax"):
                long.send(b"x" * (maximum + 1))
        self.queue.max_size = 5
        with self.assertRaisesRegex(ValueError, "max_size 5"):
            long.send(b"x" * 6)

    def test_a_full_and_an_empty_queue_are_busy_without_block(self):
        for block in (False, 0, None):
            with self.assertRaisesRegex(sysv_ipc.BusyError, f"id {self.queue.id}"):
                self.queue.receive(block)
        self.queue.send("x", type=3)
        with self.assertRaises(sysv_ipc.BusyError):
            self.queue.receive(False, 2)
        self.assertIn(f"id {self.queue.id}", self.fill())

    def test_a_message_from_another_process_ends_a_wait(self):
        child = self.child(
            "queue = sysv_ipc.MessageQueue(int(sys.argv[1]))\ntime.sleep(0.3)\n"
            "queue.send('other', type=1)\nqueue.send('this', type=2)",
            self.queue.key,
        )
        self.assertEqual(self.queue.receive(type=2), (b"this", 2))
        self.assertEndsWell(child)
        self.assertEqual(self.queue.last_send_pid, child.process.pid)

    def test_room_ends_a_wait(self):
        self.fill()
        child = self.child(
            "queue = sysv_ipc.MessageQueue(int(sys.argv[1]))\nsay('sends')\n"
            "queue.send(b'y' * 1000, type=9)",
            self.queue.key,
        )
        self.assertEqual(child.line(), "sends")
        time.sleep(0.2)
        self.queue.receive()
        self.assertEndsWell(child)
        self.assertEqual(self.queue.receive(type=9), (b"y" * 1000, 9))

    def test_a_forked_child_shares_the_queue(self):
        self.in_child(lambda: self.queue.send("from the child"))
        self.assertEqual(self.queue.receive(), (b"from the child", 1))

    def test_removal_ends_waits(self):
        child = self.child(
            "queue = sysv_ipc.MessageQueue(int(sys.argv[1]))\nsay('waits')\n"
            "try:\n    queue.receive()\nexcept sysv_ipc.ExistentialError: say('removed')",
            self.queue.key,
        )
        self.assertEqual(child.line(), "waits")
        time.sleep(0.2)
        self.queue.remove()
        self.assertEqual(self.assertEndsWell(child), "removed\n")

    def test_other_threads_go_on_while_one_waits(self):
        received = []
        thread = self.thread(lambda: received.append(self.queue.receive()))
        time.sleep(0.2)
        self.queue.send("x")
        thread.join()
        self.assertEqual(received, [(b"x", 1)])

    def test_control_c_and_signals_end_a_wait(self):
        child = self.child(
            """
            signal.signal(signal.SIGALRM, lambda *_: None)
            queue = sysv_ipc.MessageQueue(int(sys.argv[1]))
            for i in range(20):
                try:
                    say("waits")
                    queue.receive()
                except KeyboardInterrupt:
                    say("interrupted")
                except sysv_ipc.Error as error:
                    say(str(error))
            """,
            self.queue.key,
        )
        for i in range(20):
            self.assertEqual(child.line(), "waits")
            time.sleep(0.05)  # until the kernel waits
            child.process.send_signal(signal.SIGINT if i % 2 else signal.SIGALRM)
            self.assertRegex(child.line(), "^interrupted$" if i % 2 else "id .*signal|Interrupted")
        self.assertEndsWell(child)

    def test_the_size_can_be_made_smaller(self):
        size = self.queue.max_size
        self.assertGreater(size, 0)
        self.queue.max_size = 2048
        self.assertEqual(self.queue.max_size, 2048)
        for wrong in (0, -1, 2**40):
            with self.assertRaises(ValueError):
                self.queue.max_size = wrong
        with self.assertRaises(TypeError):
            self.queue.max_size = "1"

    def test_what_the_system_knows_can_only_be_read(self):
        queue = self.queue
        began = int(time.time())
        before = (queue.last_send_time, queue.last_receive_time)
        self.assertEqual((*before, queue.last_send_pid, queue.last_receive_pid), (0, 0, 0, 0))
        self.assertGreaterEqual(queue.last_change_time, began - 1000)
        queue.send("x")
        queue.send("y")
        self.assertEqual(queue.current_messages, 2)
        queue.receive()
        self.assertEqual(queue.current_messages, 1)
        self.assertGreaterEqual(queue.last_send_time, began)
        self.assertGreaterEqual(queue.last_receive_time, began)
        self.assertEqual((queue.last_send_pid, queue.last_receive_pid), (os.getpid(),) * 2)
        for name in (
            "current_messages",
            "last_send_time",
            "last_receive_time",
            "last_change_time",
            "last_send_pid",
            "last_receive_pid",
        ):
            with self.assertRaisesRegex(AttributeError, name):
                setattr(queue, name, 1)

    def test_the_mode_says_what_an_existing_queue_is_opened_for(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        queue = self.new(mode=0o644)
        queue.send("x")

        def read():
            os.setuid(65534)
            with self.assertRaises(sysv_ipc.PermissionsError):
                sysv_ipc.MessageQueue(queue.key)
            mine = sysv_ipc.MessageQueue(queue.key, mode=0o400)
            self.assertEqual(mine.receive(), (b"x", 1))
            with self.assertRaises(sysv_ipc.PermissionsError):
                mine.send("y")

        self.in_child(read)
