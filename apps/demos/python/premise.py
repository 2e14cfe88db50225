# SPDX-License-Identifier: BSL-1.0
"""Converses with Mrs Conclusion in shared memory guarded by a semaphore. Start this one first."""

from conversation import run
from shared_memory_channel import open_channel

run("Mrs Premise", __doc__, open_channel)
