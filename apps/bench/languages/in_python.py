# SPDX-License-Identifier: BSL-1.0
"""The calls of in_cpp.cpp, in Python: with crex, or by ctypes with the kernel's objects.

    python3 in_python.py crex|ctypes CASE PAIRS
"""

import ctypes
import os
import sys
import time

MESSAGE = b"x" * 64


BURSTS = 100


def run(pairs, first, second):
    """Prints the nanoseconds that first() and second() take together in the best burst."""
    of_burst = pairs // BURSTS
    best = float("inf")
    for _ in range(BURSTS):
        began = time.perf_counter_ns()
        for _ in range(of_burst):
            first()
            second()
        best = min(best, time.perf_counter_ns() - began)
    print(f"{best / of_burst:.2f}")


def with_crex(case, pairs):
    import crex

    def unlinked(thing):
        thing.unlink()
        return thing

    if case == "semaphore":
        semaphore = unlinked(crex.Semaphore(None, crex.O_CREX, initial_value=1))
        run(pairs, semaphore.acquire, semaphore.release)
    elif case == "robust":
        semaphore = unlinked(crex.RobustSemaphore(None, crex.O_CREX))
        run(pairs, semaphore.acquire, semaphore.release)
    elif case == "ring":
        ring = unlinked(crex.Ring(None, crex.O_CREX))
        producer, consumer = ring.producer(), ring.consumer()
        run(pairs, lambda: producer.send(MESSAGE), consumer.receive)
    else:
        queue = unlinked(crex.MessageQueue(None, crex.O_CREX, max_message_size=len(MESSAGE)))
        if case == "queue":
            run(pairs, lambda: queue.send(MESSAGE), queue.receive)
        else:
            run(pairs, *in_place(queue))


def in_place(queue):
    def send():
        with queue.loan(len(MESSAGE)) as loan:
            loan.data[:] = MESSAGE

    def receive():
        with queue.lease() as lease:
            return bytes(lease)

    return send, receive


class Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("flags", "maxmsg", "msgsize", "curmsgs")]
    _fields_ += [("reserved", ctypes.c_long * 4)]


def with_ctypes(case, pairs):
    """What a program does that has no package: sem_wait(3) and mq_send(3), and the checks."""
    libc = ctypes.CDLL(None, use_errno=True)
    name = f"/crex-languages-{os.getpid()}".encode()
    mode = ctypes.c_uint(0o600)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL

    def checked(result):
        if result < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return result

    if case == "semaphore":
        libc.sem_open.restype = ctypes.c_void_p
        semaphore = ctypes.c_void_p(libc.sem_open(name, flags, mode, ctypes.c_uint(1)))
        checked(libc.sem_unlink(name))
        run(
            pairs,
            lambda: checked(libc.sem_wait(semaphore)),
            lambda: checked(libc.sem_post(semaphore)),
        )
    else:
        attributes = Attributes(maxmsg=10, msgsize=len(MESSAGE))
        queue = checked(libc.mq_open(name, flags, mode, ctypes.byref(attributes)))
        checked(libc.mq_unlink(name))
        size = ctypes.c_size_t(len(MESSAGE))

        def receive():
            buffer = ctypes.create_string_buffer(len(MESSAGE))
            priority = ctypes.c_uint()
            got = checked(libc.mq_receive(queue, buffer, size, ctypes.byref(priority)))
            return buffer.raw[:got], priority.value

        run(pairs, lambda: checked(libc.mq_send(queue, MESSAGE, size, 0)), receive)


if __name__ == "__main__":
    {"crex": with_crex, "ctypes": with_ctypes}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
