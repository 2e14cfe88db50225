# SPDX-License-Identifier: BSL-1.0
"""Locks, memory, queues and ring buffers shared between processes, by name.

crex.posix_ipc is a drop-in for the package posix_ipc; this module has more. lib/doc/python.md is
the manual.
"""

from crex._asyncio import receive_async as _receive_async
from crex._asyncio import send_async as _send_async
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
    SPIN_FOREVER,
    USER_SIGNAL_MAX,
    USER_SIGNAL_MIN,
    BusyError,
    CorruptError,
    ErrnoError,
    Error,
    ExistentialError,
    Lease,
    LeaseLostError,
    Loan,
    Mapping,
    PermissionsError,
    Ring,
    RingConsumer,
    RingProducer,
    RobustSemaphore,
    Semaphore,
    SharedMemory,
    ShutdownError,
    SignalError,
    __version__,
    _MessageQueue,
    unlink_message_queue,
    unlink_ring,
    unlink_robust_semaphore,
    unlink_semaphore,
    unlink_shared_memory,
)


class MessageQueue(_MessageQueue):
    __doc__ = _MessageQueue.__doc__.rpartition("--\n\n")[2]  # without the signature
    __slots__ = ()

    async def receive_async(self, timeout=None):
        """Like receive(), in an event loop of asyncio."""
        return await _receive_async(self, timeout)

    async def send_async(self, message, timeout=None, priority=0):
        """Like send(), in an event loop of asyncio."""
        await _send_async(self, message, timeout, priority)


__all__ = [name for name in dir() if not name.startswith("_")]
