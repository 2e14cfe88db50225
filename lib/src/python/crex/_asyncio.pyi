# SPDX-License-Identifier: BSL-1.0
from crex import MessageQueue, _Message, _Timeout

async def receive_async(queue: MessageQueue, timeout: _Timeout) -> tuple[bytes, int]: ...
async def send_async(
    queue: MessageQueue, message: _Message, timeout: _Timeout, priority: int
) -> None: ...
