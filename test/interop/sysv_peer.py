# SPDX-License-Identifier: BSL-1.0
"""A second process that uses System V objects through sysv_ipc, and knows nothing of crex:

    sysv_peer.py VERB KEY ARGUMENT...

The exit codes are those of helpers/outcome.hpp."""

import signal
import sys

import sysv_ipc

DONE, USAGE, NO, EXISTENTIAL_ERROR, OTHER_ERROR = 0, 2, 9, 10, 16


def say(text):
    print(text, flush=True)


def create_semaphore(key, value):
    sysv_ipc.Semaphore(key, sysv_ipc.IPC_CREX, initial_value=int(value))
    return DONE


def is_finished(key):
    """Follows sysv_ipc's manual, after W. R. Stevens."""
    return DONE if sysv_ipc.Semaphore(key).o_time else NO


def acquire(key):
    try:
        sysv_ipc.Semaphore(key).acquire(0)
    except sysv_ipc.BusyError:
        return NO
    return DONE


def wait(key):
    semaphore = sysv_ipc.Semaphore(key)
    say("ready")
    semaphore.acquire()
    return DONE


def hold(key):
    semaphore = sysv_ipc.Semaphore(key)
    semaphore.undo = True
    semaphore.acquire()
    say("ready")
    signal.pause()


def release(key):
    sysv_ipc.Semaphore(key).release()
    return DONE


def remove_semaphore(key):
    sysv_ipc.Semaphore(key).remove()
    return DONE


def create_memory(key, size):
    sysv_ipc.SharedMemory(key, sysv_ipc.IPC_CREX, size=int(size))
    return DONE


def attach(key):
    memory = sysv_ipc.SharedMemory(key)
    say("ready")
    signal.pause()
    memory.detach()


def write_byte(key, offset, byte):
    sysv_ipc.SharedMemory(key).write(bytes([int(byte)]), int(offset))
    return DONE


def check_byte(key, offset, byte):
    found = sysv_ipc.SharedMemory(key).read(1, int(offset))
    return DONE if found == bytes([int(byte)]) else NO


def create_queue(key):
    sysv_ipc.MessageQueue(key, sysv_ipc.IPC_CREX)
    return DONE


def send(key, body, kind):
    sysv_ipc.MessageQueue(key).send(body.encode(), type=int(kind))
    return DONE


def receive(key, kind):
    queue = sysv_ipc.MessageQueue(key)
    say("ready")
    body, found = queue.receive(type=int(kind))
    say(f"{body.decode()} {found}")
    return DONE


VERBS = {
    "create-semaphore": create_semaphore,
    "is-finished": is_finished,
    "acquire": acquire,
    "wait": wait,
    "hold": hold,
    "release": release,
    "remove-semaphore": remove_semaphore,
    "create-memory": create_memory,
    "attach": attach,
    "write-byte": write_byte,
    "check-byte": check_byte,
    "create-queue": create_queue,
    "send": send,
    "receive": receive,
}


def main(verb, key, *arguments):
    if verb not in VERBS:
        return USAGE
    try:
        return VERBS[verb](int(key), *arguments)
    except sysv_ipc.ExistentialError:
        return EXISTENTIAL_ERROR
    except (sysv_ipc.Error, OSError) as error:
        print(error, file=sys.stderr)
        return OTHER_ERROR


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
