# SPDX-License-Identifier: BSL-1.0
"""The demos' counterparts in Python:

    counterpart.py premise|conclusion|mq_premise|mq_conclusion PARAMS [SECONDS]

They follow the protocols of the demos and block where they wait. Premise pauses for SECONDS
before she removes what she created. Exit codes: 0, 1 for corruption, 3 for an error."""

import hashlib
import os
import sys
import time

from libc_ipc import MessageQueue, Semaphore, create_memory, open_memory

O_CREX = os.O_CREAT | os.O_EXCL


def read_params(path):
    with open(path, encoding="ascii") as file:
        lines = [line.strip() for line in file]
    pairs = [line.split("=") for line in lines if line and not line.startswith("#")]
    params = {key.strip().upper(): value.strip() for key, value in pairs}
    params["ITERATIONS"] = int(params["ITERATIONS"])
    params["SHM_SIZE"] = int(params["SHM_SIZE"])
    params["PERMISSIONS"] = int(params["PERMISSIONS"], 8)
    return params


def digest(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class SharedText:
    """The text in shared memory, and the semaphore that guards it."""

    def __init__(self, params, create):
        name, semaphore_name = params["SHARED_MEMORY_NAME"], params["SEMAPHORE_NAME"]
        if create:
            self.memory = create_memory(name, params["SHM_SIZE"])
            self.semaphore = Semaphore(semaphore_name, O_CREX, params["PERMISSIONS"])
        else:
            self.memory = open_memory(name)
            self.semaphore = Semaphore(semaphore_name)

    def read(self):
        return bytes(self.memory.buf).split(b"\0", 1)[0].decode()

    def say(self, text):
        self.memory.buf[: len(text) + 1] = text.encode() + b"\0"
        self.semaphore.release()

    def hear(self, said):
        self.semaphore.acquire()
        while self.read() == said:
            self.semaphore.release()
            self.semaphore.acquire()
        return self.read()

    def finish(self, pause):
        time.sleep(pause)
        self.semaphore.acquire()
        self.memory.close()
        self.memory.unlink()
        self.semaphore.unlink()


class Queue:
    """The queue for both directions."""

    def __init__(self, params, create):
        flags = O_CREX if create else 0
        self.queue = MessageQueue(params["MESSAGE_QUEUE_NAME"], flags, params["PERMISSIONS"])

    def say(self, text):
        self.queue.send(text.encode())

    def hear(self, said):
        heard = self.queue.receive()[0].decode()
        while heard == said:
            self.say(said)
            heard = self.queue.receive()[0].decode()
        return heard

    def finish(self, _):
        self.queue.unlink()


def converse(channel, iterations, said):
    """`said` is Premise's first message; Conclusion has said nothing yet."""
    if said:
        channel.say(said)
    for i in range(iterations):
        heard = channel.hear(said)
        if said and heard != digest(said):
            print(f"Corruption after {i} iterations: {heard!r}")
            return 1
        said = digest(heard)
        channel.say(said)
    return 0


def main(role, path, seconds="5"):
    params = read_params(path)
    is_premise = role.endswith("premise")
    channel = (Queue if role.startswith("mq_") else SharedText)(params, is_premise)
    result = converse(channel, params["ITERATIONS"], time.asctime() if is_premise else "")
    if is_premise:
        channel.finish(float(seconds))
    return result


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
