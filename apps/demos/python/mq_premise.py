# SPDX-License-Identifier: BSL-1.0
"""Converses with Mrs Conclusion through a message queue. Start this one first."""

from conversation import run
from queue_channel import open_channel

run("Mrs Premise", __doc__, open_channel)
