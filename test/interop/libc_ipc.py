# SPDX-License-Identifier: BSL-1.0
"""POSIX semaphores and message queues through ctypes, shared memory through multiprocessing:
all of it is there without installing anything."""

import ctypes
import os
import time
from multiprocessing import resource_tracker, shared_memory

libc = ctypes.CDLL(None, use_errno=True)


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class MqAttributes(ctypes.Structure):
    _fields_ = [
        ("flags", ctypes.c_long),
        ("max_messages", ctypes.c_long),
        ("max_message_size", ctypes.c_long),
        ("current_messages", ctypes.c_long),
        ("reserved", ctypes.c_long * 4),
    ]


libc.sem_open.restype = ctypes.c_void_p
for function in (libc.sem_wait, libc.sem_post, libc.sem_close):
    function.argtypes = [ctypes.c_void_p]
libc.sem_timedwait.argtypes = [ctypes.c_void_p, ctypes.POINTER(Timespec)]
libc.mq_send.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint]
libc.mq_receive.argtypes = [
    ctypes.c_int,
    ctypes.c_char_p,
    ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_uint),
]
libc.mq_receive.restype = ctypes.c_ssize_t


def check(succeeded):
    """Raises FileNotFoundError, TimeoutError and so on for the C library's last errno."""
    if not succeeded:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Semaphore:
    def __init__(self, name, flags=0, mode=0o600, value=0):
        self.name = name.encode()
        self.handle = libc.sem_open(
            self.name, flags, ctypes.c_uint(mode), ctypes.c_uint(value)
        )
        check(self.handle)

    def acquire(self, timeout=None):
        if timeout is None:
            check(libc.sem_wait(self.handle) == 0)
            return
        nanoseconds = time.time_ns() + int(timeout * 1e9)
        deadline = Timespec(*divmod(nanoseconds, 1_000_000_000))
        check(libc.sem_timedwait(self.handle, ctypes.byref(deadline)) == 0)

    def release(self):
        check(libc.sem_post(self.handle) == 0)

    def unlink(self):
        check(libc.sem_unlink(self.name) == 0)


class MessageQueue:
    def __init__(self, name, flags=0, mode=0o600, max_messages=10, max_message_size=8192):
        self.name = name.encode()
        attributes = MqAttributes(
            max_messages=max_messages, max_message_size=max_message_size
        )
        self.handle = libc.mq_open(
            self.name, flags | os.O_RDWR, ctypes.c_uint(mode), ctypes.byref(attributes)
        )
        check(self.handle >= 0)
        check(libc.mq_getattr(self.handle, ctypes.byref(attributes)) == 0)
        self.buffer = ctypes.create_string_buffer(attributes.max_message_size)

    def send(self, body, priority=0):
        check(libc.mq_send(self.handle, body, len(body), priority) == 0)

    def receive(self):
        priority = ctypes.c_uint()
        size = libc.mq_receive(
            self.handle, self.buffer, len(self.buffer), ctypes.byref(priority)
        )
        check(size >= 0)
        return self.buffer.raw[:size], priority.value

    def unlink(self):
        check(libc.mq_unlink(self.name) == 0)


def create_memory(name, size):
    return shared_memory.SharedMemory(name.lstrip("/"), create=True, size=size)


def open_memory(name):
    """Opens memory of another process. Python before 3.13 removes all memory that it opens when it
    ends, unless its resource tracker is told to forget the memory."""
    memory = shared_memory.SharedMemory(name.lstrip("/"))
    resource_tracker.unregister(name, "shared_memory")
    return memory
