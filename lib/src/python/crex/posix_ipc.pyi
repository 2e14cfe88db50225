# SPDX-License-Identifier: BSL-1.0
import crex
from crex import BusyError as BusyError
from crex import Error as Error
from crex import ExistentialError as ExistentialError
from crex import PermissionsError as PermissionsError
from crex import SignalError as SignalError

O_CREAT: int
O_CREX: int
O_EXCL: int
O_TRUNC: int
O_NONBLOCK: int
O_RDONLY: int
O_RDWR: int
O_WRONLY: int
PAGE_SIZE: int
QUEUE_MESSAGES_MAX_DEFAULT: int
QUEUE_MESSAGE_SIZE_MAX_DEFAULT: int
QUEUE_PRIORITY_MAX: int
SEMAPHORE_VALUE_MAX: int
SEMAPHORE_TIMEOUT_SUPPORTED: bool
SEMAPHORE_VALUE_SUPPORTED: bool
MESSAGE_QUEUES_SUPPORTED: bool
USER_SIGNAL_MAX: int
USER_SIGNAL_MIN: int
VERSION: str
__version__: str
__author__: str
__copyright__: str
__license__: str

class Semaphore(crex.Semaphore):
    def __init__(
        self,
        name: str | bytes | None,
        flags: int = 0,
        mode: int = 0o600,
        initial_value: int = 0,
    ) -> None: ...

class SharedMemory:
    def __init__(
        self,
        name: str | bytes | None,
        flags: int = 0,
        mode: int = 0o600,
        size: int = 0,
        read_only: bool = False,
    ) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def mode(self) -> int: ...
    @property
    def fd(self) -> int: ...
    @property
    def size(self) -> int: ...
    def fileno(self) -> int: ...
    def close_fd(self) -> None: ...
    def unlink(self) -> None: ...

class MessageQueue(crex.MessageQueue):
    def __init__(
        self,
        name: str | bytes | None,
        flags: int = 0,
        mode: int = 0o600,
        max_messages: int = 10,
        max_message_size: int = 8192,
        read: bool = True,
        write: bool = True,
        *,
        backend: crex._Backend | None = None,
    ) -> None: ...

def unlink_semaphore(name: str | bytes) -> None: ...
def unlink_shared_memory(name: str | bytes) -> None: ...
def unlink_message_queue(name: str | bytes, *, backend: crex._Backend | None = None) -> None: ...
