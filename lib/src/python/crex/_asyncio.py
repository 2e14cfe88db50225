# SPDX-License-Identifier: BSL-1.0
"""Waits for queues in event loops of asyncio, on MessageQueue.ready_fd()."""

import asyncio
import contextlib
import datetime
import errno
import weakref

from crex._crex import BusyError

# poll(2) does not look for deaths: what a dead process held comes back when a call does.
_BETWEEN_LOOKS = 1.0

# After a descriptor was ready for nothing, which may last: another receiver was faster, or the
# thread that looks at a queue of the boost backend has not yet looked again.
_AFTER_FALSE_ALARM = 0.01

# Queues of the boost backend do not show that they have room.
_BETWEEN_ATTEMPTS = 0.02


class _Readiness:
    """The futures of one event loop that wait for one descriptor to be readable (or writable)."""

    def __init__(self, add, remove, fd):
        self._add, self._remove, self._fd = add, remove, fd
        self._futures = set()

    async def wait(self, timeout):
        future = asyncio.get_running_loop().create_future()
        if not self._futures:
            self._add(self._fd, self._ready)
        self._futures.add(future)
        try:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(future, timeout)
                return True
            return False
        finally:
            self._futures.discard(future)
            if not self._futures:
                self._remove(self._fd)

    def _ready(self):
        for future in self._futures:
            if not future.done():
                future.set_result(None)


_waiting = weakref.WeakKeyDictionary()  # {event loop: {(descriptor, is_reading): _Readiness}}


def _readiness(fd, reading):
    loop = asyncio.get_running_loop()
    of_loop = _waiting.setdefault(loop, {})
    if (fd, reading) not in of_loop:
        add = loop.add_reader if reading else loop.add_writer
        remove = loop.remove_reader if reading else loop.remove_writer
        of_loop[fd, reading] = _Readiness(add, remove, fd)
    return of_loop[fd, reading]


class _Deadline:
    def __init__(self, timeout):
        if isinstance(timeout, datetime.timedelta):
            timeout = timeout.total_seconds()
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"a timeout must be 0 or more, not {timeout!r}")
        self._loop = asyncio.get_running_loop()
        self._moment = None if timeout is None else self._loop.time() + timeout

    def has_passed(self):
        return self._moment is not None and self._loop.time() >= self._moment

    def at_most(self, seconds):
        return seconds if self._moment is None else min(seconds, self._moment - self._loop.time())


async def _until(attempt, queue, reading, deadline):
    """The first result of attempt() that is neither None nor False; None after the deadline."""
    polled = reading or queue.backend != "boost"
    false_alarm = False
    while True:
        result = attempt()
        if result is not None and result is not False:
            return result
        if deadline.has_passed() or not queue.block:
            return None
        if not polled:
            await asyncio.sleep(max(0, deadline.at_most(_BETWEEN_ATTEMPTS)))
            continue
        if false_alarm:
            await asyncio.sleep(max(0, deadline.at_most(_AFTER_FALSE_ALARM)))
        readiness = _readiness(queue.ready_fd(), reading)
        false_alarm = await readiness.wait(max(0, deadline.at_most(_BETWEEN_LOOKS)))


def _busy(text):
    error = BusyError(text)
    error.errno = errno.ETIMEDOUT
    return error


async def receive_async(queue, timeout):
    message = await _until(queue.try_receive, queue, True, _Deadline(timeout))
    if message is None:
        raise _busy(f'MessageQueue.receive_async("{queue.name}"): the queue is empty')
    return message


async def send_async(queue, message, timeout, priority):
    def attempt():
        return queue.try_send(message, priority=priority)

    if await _until(attempt, queue, False, _Deadline(timeout)) is None:
        raise _busy(f'MessageQueue.send_async("{queue.name}"): the queue is full')
