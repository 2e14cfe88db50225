# SPDX-License-Identifier: BSL-1.0
"""A text in shared memory, and the semaphore that guards it."""

import contextlib
import mmap

import crex.posix_ipc as posix_ipc

from conversation import create, open_soon


class SharedMemoryChannel:
    title = "Shared memory"

    def __init__(self, semaphore, text, guarded, narrate, patience):
        self._semaphore, self._text, self._guarded = semaphore, text, guarded
        self._narrate, self._patience = narrate, patience

    def say(self, text):
        self._narrate("writing", text)
        for i, byte in enumerate(text.encode() + b"\0"):
            self._text[i] = byte
        self._release()

    def hear(self, said):
        if self._guarded:
            self._narrate("Waiting to acquire the semaphore")
        heard = self._patience.await_(lambda: self._look(said))
        self._narrate("read", heard)
        return heard

    def finish(self):
        with contextlib.suppress(posix_ipc.BusyError):
            self._acquire(5)

    def _look(self, said):
        """The text, with the semaphore acquired, if it is not `said`."""
        try:
            self._acquire(0.1)
        except posix_ipc.BusyError:
            return None
        end = self._text.find(b"\0")
        text = self._text[: max(end, 0)].decode(errors="replace")
        if text != said:
            return text
        self._release(quietly=True)
        return None

    def _acquire(self, timeout):
        if self._guarded:
            self._semaphore.acquire(timeout)

    def _release(self, quietly=False):
        if self._guarded:
            if not quietly:
                self._narrate("Releasing the semaphore")
            self._semaphore.release()


def create_objects(options, cleanup, narrate):
    def remove(object_, kind):
        narrate(f"Removing {kind} {object_.name}")
        object_.unlink()

    def make_memory():
        return posix_ipc.SharedMemory(
            options.shared_memory_name,
            posix_ipc.O_CREX,
            options.permissions,
            options.shm_size,
        )

    def make_semaphore():
        return posix_ipc.Semaphore(options.semaphore_name, posix_ipc.O_CREX, options.permissions)

    memory = create(options.shared_memory_name, make_memory, options)
    cleanup.callback(remove, memory, "shared memory")
    semaphore = create(options.semaphore_name, make_semaphore, options)
    cleanup.callback(remove, semaphore, "semaphore")
    return memory, semaphore


def open_objects(options):
    def attempt():
        memory = posix_ipc.SharedMemory(options.shared_memory_name)
        try:
            semaphore = posix_ipc.Semaphore(options.semaphore_name)
        except posix_ipc.ExistentialError:
            memory.close_fd()
            raise
        if memory.size == 0:
            memory.close_fd()
            return None
        return memory, semaphore

    names = f"shared memory {options.shared_memory_name} with {options.semaphore_name}"
    return open_soon(names, attempt)


@contextlib.contextmanager
def open_channel(options, is_premise, narrate, patience):
    with contextlib.ExitStack() as cleanup:
        memory, semaphore = (
            create_objects(options, cleanup, narrate) if is_premise else open_objects(options)
        )
        text = cleanup.enter_context(mmap.mmap(memory.fd, memory.size))
        memory.close_fd()
        guarded = not options.live_dangerously
        yield SharedMemoryChannel(semaphore, text, guarded, narrate, patience)
