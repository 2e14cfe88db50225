# SPDX-License-Identifier: BSL-1.0
"""A second process that knows nothing of crex and understands the verbs of boost_peer:

    python_peer.py VERB NAME ARGUMENT...

The exit codes are those of helpers/outcome.hpp."""

import os
import sys
from multiprocessing import resource_tracker

from libc_ipc import MessageQueue, Semaphore, create_memory, open_memory

DONE, USAGE, NO, OTHER_ERROR = 0, 2, 9, 16
O_CREX = os.O_CREAT | os.O_EXCL


def say(text):
    print(text, flush=True)


def create_semaphore(name, value):
    Semaphore(name, O_CREX, value=int(value))
    return DONE


def acquire(name):
    try:
        Semaphore(name).acquire(timeout=0)
    except TimeoutError:
        return NO
    return DONE


def wait(name):
    semaphore = Semaphore(name)
    say("ready")
    semaphore.acquire()
    return DONE


def release(name):
    Semaphore(name).release()
    return DONE


def make_memory(name, size):
    create_memory(name, int(size)).close()
    resource_tracker.unregister(name, "shared_memory")  # the memory must outlive this process
    return DONE


def write_byte(name, offset, byte):
    memory = open_memory(name)
    memory.buf[int(offset)] = int(byte)
    memory.close()
    return DONE


def check_byte(name, offset, byte):
    memory = open_memory(name)
    found = memory.buf[int(offset)]
    memory.close()
    return DONE if found == int(byte) else NO


def create_queue(name, max_messages, max_message_size):
    MessageQueue(
        name, O_CREX, max_messages=int(max_messages), max_message_size=int(max_message_size)
    )
    return DONE


def send(name, body, priority):
    queue = MessageQueue(name)
    say("ready")
    queue.send(body.encode(), int(priority))
    return DONE


def receive(name):
    queue = MessageQueue(name)
    say("ready")
    body, priority = queue.receive()
    say(f"{body.decode()} {priority}")
    return DONE


VERBS = {
    "create-semaphore": create_semaphore,
    "acquire": acquire,
    "wait": wait,
    "release": release,
    "create-memory": make_memory,
    "write-byte": write_byte,
    "check-byte": check_byte,
    "create-queue": create_queue,
    "send": send,
    "receive": receive,
}


def main(verb, *arguments):
    if verb not in VERBS:
        return USAGE
    try:
        return VERBS[verb](*arguments)
    except OSError as error:
        print(error, file=sys.stderr)
        return OTHER_ERROR


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
