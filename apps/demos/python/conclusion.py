# SPDX-License-Identifier: BSL-1.0
"""Converses with Mrs Premise in shared memory guarded by a semaphore. Start premise first."""

from conversation import run
from shared_memory_channel import open_channel

run("Mrs Conclusion", __doc__, open_channel)
