# SPDX-License-Identifier: BSL-1.0
"""A drop-in for the package posix_ipc 1.1:

    import crex.posix_ipc as posix_ipc

Semaphores and shared memory are the kernel's. Queues are crex's robust ones, unless the keyword
`backend` or the environment variable CREX_PYTHON_BACKEND says "posix" or "boost". lib/doc/python.md
lists the differences.
"""

import contextlib
import errno
import operator
import os

import crex
from crex._crex import (
    O_CREAT,
    O_CREX,
    O_EXCL,
    O_TRUNC,
    PAGE_SIZE,
    QUEUE_MESSAGE_SIZE_MAX_DEFAULT,
    QUEUE_MESSAGES_MAX_DEFAULT,
    QUEUE_PRIORITY_MAX,
    SEMAPHORE_VALUE_MAX,
    USER_SIGNAL_MAX,
    USER_SIGNAL_MIN,
    BusyError,
    Error,
    ExistentialError,
    PermissionsError,
    SignalError,
)

VERSION = __version__ = "1.1.1"  # of posix_ipc, whose programs may ask
__author__ = "the authors of crex"
__copyright__ = "the authors of crex"
__license__ = "BSL-1.0"

O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK = os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_NONBLOCK
SEMAPHORE_TIMEOUT_SUPPORTED = True
SEMAPHORE_VALUE_SUPPORTED = True
MESSAGE_QUEUES_SUPPORTED = True


def _umask():
    """The umask. umask(2) returns it only by setting it, for all threads: the last resort."""
    with contextlib.suppress(OSError), open("/proc/thread-self/status", "rb") as status:
        for line in status:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _without_umask(mode, flags):
    """The mode that the kernel would give a new object: crex itself gives it the whole mode. What
    only opens ignores the mode, even a wrong one."""
    if not flags & O_CREAT:
        return 0
    return mode & ~_umask() if mode > 0 else mode


def _text(name):
    """The name as a str, not of a subclass of it. What cannot be a name is left as it is."""
    return os.fsdecode(os.fsencode(name)) if isinstance(name, str | bytes) else name


def _with_slash(name):
    """As the C library takes names of semaphores and of memory."""
    name = _text(name)
    return "/" + name.lstrip("/") if isinstance(name, str) else name


def _check(name, flags):
    if flags & O_EXCL and not flags & O_CREAT:
        raise ValueError("O_EXCL must be combined with O_CREAT")
    if name is None and flags & O_CREX != O_CREX:
        raise ValueError("the name can be None only with O_CREX")


@contextlib.contextmanager
def _memory_errors():
    """Opening a semaphore or a queue has MemoryError where the system has no memory."""
    try:
        yield
    except crex.ErrnoError as error:
        if error.errno != errno.ENOMEM:
            raise
        raise MemoryError(error.strerror) from None


def _backend(backend):
    return backend or os.environ.get("CREX_PYTHON_BACKEND") or "robust"


class Semaphore(crex.Semaphore):
    """A handle on a POSIX named semaphore."""

    _like_posix_ipc = True

    def __init__(self, name, flags=0, mode=0o600, initial_value=0):
        flags, mode = operator.index(flags), operator.index(mode)
        value = operator.index(initial_value)
        _check(name, flags)
        with _memory_errors():
            super().__init__(
                _with_slash(name),
                flags & O_CREX,
                _without_umask(mode, flags),
                value if flags & O_CREAT else 0,  # else it is ignored, even a wrong one
            )
        self._name = super().name if name is None else _text(name)
        self._mode = mode

    @property
    def name(self):
        """The name given to the constructor, or that was made up for None."""
        return self._name

    @property
    def mode(self):
        """The mode given to the constructor."""
        return self._mode

    def __str__(self):
        return self.name

    def __repr__(self):
        return f'posix_ipc.Semaphore("{self.name}", mode=0{self.mode:o})'


class SharedMemory:
    """A descriptor of POSIX shared memory. As in posix_ipc, close_fd() or os.close(memory.fd)
    closes it, and nothing else does."""

    def __init__(self, name, flags=0, mode=0o600, size=0, read_only=False):
        flags, mode = operator.index(flags), operator.index(mode)
        _check(name, flags)
        memory = crex.SharedMemory(
            _with_slash(name),
            flags & (O_CREX | O_TRUNC),
            _without_umask(mode, flags),
            size,
            operator.index(read_only) != 0,
            sparse=True,
        )
        self._name = memory.name if name is None else _text(name)
        self._mode = mode
        self._fd = memory.release_fd()

    def __reduce__(self):
        raise TypeError("cannot pickle 'SharedMemory' object")

    @property
    def name(self):
        """The name given to the constructor, or that was made up for None."""
        return self._name

    @property
    def mode(self):
        """The mode given to the constructor."""
        return self._mode

    @property
    def fd(self):
        """The descriptor, for mmap.mmap(); -1 after close_fd()."""
        return self._fd

    @property
    def size(self):
        """The size now, in bytes."""
        try:
            return os.fstat(self._fd).st_size
        except OSError as error:
            if error.errno == errno.EBADF:
                closed = ExistentialError(f'SharedMemory.size("{self._name}"): it is closed')
                closed.errno = errno.EBADF
                raise closed from None
            raise

    def fileno(self):
        """The descriptor."""
        return self._fd

    def close_fd(self):
        """Closes the descriptor. Mappings stay."""
        if self._fd != -1:
            fd, self._fd = self._fd, -1
            try:
                os.close(fd)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
                raise ValueError(
                    f'SharedMemory.close_fd("{self._name}"): {fd} is no open descriptor'
                ) from None

    def unlink(self):
        """Removes the name."""
        unlink_shared_memory(self._name)

    def __str__(self):
        return self._name

    def __repr__(self):
        return f'posix_ipc.SharedMemory("{self._name}", mode=0{self._mode:o})'


class MessageQueue(crex.MessageQueue):
    """A handle on a queue of messages. `backend` is crex's: "robust", "posix" or "boost"."""

    _like_posix_ipc = True

    def __init__(
        self,
        name,
        flags=0,
        mode=0o600,
        max_messages=QUEUE_MESSAGES_MAX_DEFAULT,
        max_message_size=QUEUE_MESSAGE_SIZE_MAX_DEFAULT,
        read=True,
        write=True,
        *,
        backend=None,
    ):
        flags, mode = operator.index(flags), operator.index(mode)
        _check(name, flags)
        sizes = operator.index(max_messages), operator.index(max_message_size)
        with _memory_errors():
            super().__init__(
                name,
                flags & O_CREX,
                _without_umask(mode, flags),
                *(sizes if flags & O_CREAT else ()),  # else they are ignored, even wrong ones
                read=bool(read),
                write=bool(write),
                backend=_backend(backend),
            )
        self._mode, self._read, self._write = mode, bool(read), bool(write)
        self._sizes = super().max_messages, super().max_message_size
        if flags & O_NONBLOCK:
            self.block = False

    def request_notification(self, notification=None):
        """Requests one notification, or with None takes a request back, as crex.MessageQueue."""
        if notification is not None or not self.closed:  # close() has taken it back
            super().request_notification(notification)

    @property
    def mqd(self):
        """A descriptor for poll(); -1 after close()."""
        return -1 if self.closed else super().mqd

    def fileno(self):
        """Like mqd, for selectors."""
        return self.mqd

    @property
    def mode(self):
        """The mode given to the constructor."""
        return self._mode

    @property
    def max_messages(self):
        """How many messages the queue holds; known even after close()."""
        return self._sizes[0]

    @property
    def max_message_size(self):
        """The most bytes of a message; known even after close()."""
        return self._sizes[1]

    def __str__(self):
        return self.name

    def __repr__(self):
        return (
            f'posix_ipc.MessageQueue("{self.name}", mode=0{self.mode:o}, '
            f"max_message_size={self.max_message_size}, max_messages={self.max_messages}, "
            f"read={self._read}, write={self._write})"
        )


def unlink_semaphore(name):
    """Removes the semaphore called `name`."""
    crex.unlink_semaphore(_with_slash(name))


def unlink_shared_memory(name):
    """Removes the shared memory called `name`."""
    crex.unlink_shared_memory(_with_slash(name))


def unlink_message_queue(name, *, backend=None):
    """Removes the queue called `name`."""
    crex.unlink_message_queue(name, _backend(backend))


# As of posix_ipc, a module in C: without the modules that this one imports.
__all__ = [
    name
    for name, value in globals().items()
    if not name.startswith("_") and not isinstance(value, type(os))
]
