# SPDX-License-Identifier: BSL-1.0
"""A queue for both directions."""

import contextlib

import crex.posix_ipc as posix_ipc

from conversation import create, open_soon


class QueueChannel:
    title = "Message queue"

    def __init__(self, queue, narrate, patience):
        self._queue, self._narrate, self._patience = queue, narrate, patience

    def say(self, text):
        self._narrate("sending", text)
        self._queue.send(text, 5)

    def hear(self, said):
        self._narrate("Waiting to receive")
        heard = self._patience.await_(lambda: self._look(said))
        self._narrate("received", heard)
        return heard

    def finish(self):
        pass

    def _look(self, said):
        """The next text, if it is not `said`, which goes back into the queue."""
        try:
            text = self._queue.receive(0.1)[0].decode(errors="replace")
        except posix_ipc.BusyError:
            return None
        if text != said:
            return text
        self._queue.send(text, 5)
        return None


@contextlib.contextmanager
def open_channel(options, is_premise, narrate, patience):
    name, backend = options.message_queue_name, options.queue_backend_name

    def open_queue(flags):
        return posix_ipc.MessageQueue(name, flags, options.permissions, backend=backend)

    def remove():
        narrate(f"Removing {backend} message queue {name}")
        queue.close()
        queue.unlink()

    with contextlib.ExitStack() as cleanup:
        if is_premise:
            queue = create(name, lambda: open_queue(posix_ipc.O_CREX), options)
            cleanup.callback(remove)
        else:
            queue = open_soon(f"{backend} message queue {name}", lambda: open_queue(0))
        yield QueueChannel(queue, narrate, patience)
