# SPDX-License-Identifier: BSL-1.0
"""A drop-in for the package sysv_ipc 1.1:

    import crex.sysv_ipc as sysv_ipc

All objects are the kernel's. lib/doc/python.md lists the differences.
"""

from crex._crex import BusyError, Error, ExistentialError, PermissionsError
from crex._sysv_ipc import (
    IPC_CREAT,
    IPC_CREX,
    IPC_EXCL,
    IPC_PRIVATE,
    KEY_MAX,
    KEY_MIN,
    PAGE_SIZE,
    SEMAPHORE_TIMEOUT_SUPPORTED,
    SEMAPHORE_VALUE_MAX,
    SHM_HUGETLB,
    SHM_NORESERVE,
    SHM_RDONLY,
    SHM_REMAP,
    SHM_RND,
    InternalError,
    MessageQueue,
    NotAttachedError,
    Semaphore,
    SharedMemory,
    attach,
    ftok,
    remove_message_queue,
    remove_semaphore,
    remove_shared_memory,
)

VERSION = __version__ = "1.1.0"  # of sysv_ipc, whose programs may ask
__author__ = "the authors of crex"
__copyright__ = "the authors of crex"
__license__ = "BSL-1.0"
