# SPDX-License-Identifier: BSL-1.0
"""Converses with Mrs Premise through a message queue. Start mq_premise first."""

from conversation import run
from queue_channel import open_channel

run("Mrs Conclusion", __doc__, open_channel)
