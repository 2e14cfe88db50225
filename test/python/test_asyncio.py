# SPDX-License-Identifier: BSL-1.0
import asyncio
import datetime
import time

from support import BACKENDS, PATIENCE, TestCase

import crex


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE))


class Asyncio(TestCase):
    def test_a_message_from_another_process_ends_a_wait(self):
        for backend in BACKENDS:
            queue = self.queue(backend)
            child = self.child(
                "time.sleep(0.3)\n"
                "crex.MessageQueue(sys.argv[1], backend=sys.argv[2]).send('x', priority=2)",
                queue.name,
                backend,
            )
            self.assertEqual(run(queue.receive_async()), (b"x", 2))
            self.assertEndsWell(child)

    def test_room_ends_a_wait(self):
        async def scenario(queue):
            await queue.send_async("one", priority=1)
            sending = asyncio.create_task(queue.send_async("two"))
            await asyncio.sleep(0.1)
            self.assertFalse(sending.done())
            self.assertEqual(await queue.receive_async(), (b"one", 1))
            await sending
            self.assertEqual(await queue.receive_async(), (b"two", 0))

        for backend in BACKENDS:
            run(scenario(self.queue(backend, max_messages=1)))

    def test_the_event_loop_does_not_stop(self):
        async def scenario(queue):
            ticks = 0
            waiting = asyncio.create_task(queue.receive_async(0.5))
            while not waiting.done():
                ticks += 1
                await asyncio.sleep(0.01)
            with self.assertRaises(crex.BusyError):
                await waiting
            self.assertGreater(ticks, 3)

        run(scenario(self.queue()))

    def test_timeouts_are_those_of_the_other_calls(self):
        queue = self.queue(max_messages=1)
        queue.send("x")
        for timeout in (0.2, datetime.timedelta(seconds=0.2)):
            began = time.monotonic()
            with self.assertRaises(crex.BusyError):
                run(queue.send_async("y", timeout))
            self.assertGreaterEqual(time.monotonic() - began, 0.2)
        with self.assertRaises(crex.BusyError):
            run(queue.send_async("y", 0))
        with self.assertRaises(ValueError):
            run(queue.receive_async(-1))
        self.assertEqual(run(queue.receive_async(0)), (b"x", 0))

    def test_many_tasks_share_one_queue(self):
        async def scenario(queue):
            receiving = [asyncio.create_task(queue.receive_async()) for _ in range(20)]
            await asyncio.sleep(0.05)
            await asyncio.gather(*(queue.send_async(str(i)) for i in range(20)))
            received = await asyncio.gather(*receiving)
            self.assertEqual({int(body) for body, _ in received}, set(range(20)))

        for backend in BACKENDS:
            run(scenario(self.queue(backend, max_messages=3)))

    def test_a_cancelled_task_takes_nothing(self):
        async def scenario(queue):
            task = asyncio.create_task(queue.receive_async())
            await asyncio.sleep(0.05)
            task.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await task
            queue.send("x")
            self.assertEqual(await queue.receive_async(60), (b"x", 0))

        run(scenario(self.queue()))

    def test_a_message_that_a_killed_consumer_had_comes_back(self):
        queue = self.queue()
        queue.send("precious")
        child = self.child(
            "lease = crex.MessageQueue(sys.argv[1]).lease()\nsay('holds')\ntime.sleep(1000)",
            queue.name,
        )
        self.assertEqual(child.line(), "holds")

        async def scenario():
            waiting = asyncio.create_task(queue.receive_async())
            await asyncio.sleep(0.1)
            child.kill()
            return await waiting

        self.assertEqual(run(scenario()), (b"precious", 0))

    def test_shutdown_and_close_end_a_wait(self):
        async def scenario(queue, end, error):
            waiting = asyncio.create_task(queue.receive_async())
            await asyncio.sleep(0.05)
            end()
            with self.assertRaises(error):
                await waiting

        queue = self.queue()
        run(scenario(queue, queue.shutdown, crex.ShutdownError))
        queue = self.queue()
        run(scenario(queue, queue.close, crex.ExistentialError))

    def test_a_second_event_loop_works_as_the_first(self):
        queue = self.queue()
        for i in range(3):
            async def scenario(number=i):
                asyncio.get_running_loop().call_later(0.05, queue.send, str(number))
                return await queue.receive_async()

            self.assertEqual(run(scenario()), (str(i).encode(), 0))
