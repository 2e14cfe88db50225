#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Uses the C library's message queues, by ctypes, and prints the results.

    mq_ctypes.py NAME

The output must be equal, whatever implements the calls.
"""
import ctypes
import errno
import os
import select
import signal
import sys
import time

CAPACITY, LONGEST = 4, 16
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mq_receive.restype = ctypes.c_ssize_t
LIBC.mq_timedreceive.restype = ctypes.c_ssize_t


class Attributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("flags", "maxmsg", "msgsize", "curmsgs")]
    _fields_.append(("reserved", ctypes.c_long * 4))


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class Event(ctypes.Structure):
    """struct sigevent, of 64 bytes."""
    _fields_ = [("value", ctypes.c_void_p), ("signal", ctypes.c_int), ("notify", ctypes.c_int),
                ("rest", ctypes.c_char * 48)]


def checked(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def open_queue(name, flags, attributes=None):
    reference = ctypes.byref(attributes) if attributes else None
    return checked(LIBC.mq_open(name, flags, 0o600, reference))


def send(queue, body, priority=0):
    checked(LIBC.mq_send(queue, body, ctypes.c_size_t(len(body)), priority))


def receive(queue, size=LONGEST, until=None):
    body, priority = ctypes.create_string_buffer(size), ctypes.c_uint()
    arguments = [queue, body, ctypes.c_size_t(size), ctypes.byref(priority)]
    if until is None:
        got = checked(LIBC.mq_receive(*arguments))
    else:
        moment = Timespec(int(until), int(until % 1 * 1e9))
        got = checked(LIBC.mq_timedreceive(*arguments, ctypes.byref(moment)))
    return body.raw[:got], priority.value


def attributes_of(queue):
    attributes = Attributes()
    checked(LIBC.mq_getattr(queue, ctypes.byref(attributes)))
    return attributes.flags, attributes.maxmsg, attributes.msgsize, attributes.curmsgs


def error_of(call, *arguments):
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "no error"


def check_errors(name, queue):
    print("missing:", error_of(open_queue, name + b"-", os.O_RDWR))
    print("taken:", error_of(open_queue, name, os.O_RDWR | os.O_CREAT | os.O_EXCL))
    print("no slash:", error_of(open_queue, b"x", os.O_RDWR))
    print("second slash:", error_of(open_queue, b"/x/y", os.O_RDWR))
    print("too long:", error_of(send, queue, b"x" * (LONGEST + 1)))
    print("too urgent:", error_of(send, queue, b"x", 32768))
    print("too small a buffer:", error_of(receive, queue, LONGEST - 1))
    print("no queue:", error_of(send, 0, b"x"))
    print("in the past:", error_of(receive, queue, LONGEST, 1.0))
    begin = time.monotonic()
    print("soon:", error_of(receive, queue, LONGEST, time.time() + 0.1),
          time.monotonic() - begin >= 0.09)


def check_messages(queue):
    for body, priority in ((b"low", 1), (b"high", 9), (b"low too", 1), (b"", 0)):
        send(queue, body, priority)
    print("full:", attributes_of(queue), select.select([queue], [queue], [], 0)[0] == [queue])
    print("in order:", [receive(queue) for _ in range(CAPACITY)])
    print("empty:", attributes_of(queue), select.select([queue], [], [], 0)[0] == [])
    os.set_blocking(queue, False)
    print("without waiting:", error_of(receive, queue), attributes_of(queue)[0] == os.O_NONBLOCK)
    os.set_blocking(queue, True)


def check_processes(queue):
    child = os.fork()
    if child == 0:
        body, priority = receive(queue)
        send(queue, body[::-1], priority + 1)
        os._exit(0)
    send(queue, b"to the child", 1)
    os.waitpid(child, 0)
    print("from the child:", receive(queue))


def check_notification(queue):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    event = Event(value=42, signal=signal.SIGUSR1, notify=0)
    checked(LIBC.mq_notify(queue, ctypes.byref(event)))
    print("again:", error_of(lambda: checked(LIBC.mq_notify(queue, ctypes.byref(event)))))
    send(queue, b"x")
    told = signal.sigtimedwait([signal.SIGUSR1], 20)
    print("told:", told is not None and told.si_signo == signal.SIGUSR1)


def main(name):
    small = Attributes(maxmsg=CAPACITY, msgsize=LONGEST)
    queue = open_queue(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, small)
    print("made:", attributes_of(queue))
    check_errors(name, queue)
    check_messages(queue)
    check_processes(queue)
    check_notification(queue)
    checked(LIBC.mq_close(queue))
    print("closed:", error_of(send, queue, b"x"))
    checked(LIBC.mq_unlink(name))
    print("gone:", error_of(lambda: checked(LIBC.mq_unlink(name))))


if __name__ == "__main__":
    main(sys.argv[1].encode())
