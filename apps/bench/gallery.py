# SPDX-License-Identifier: BSL-1.0
"""Which pictures there are, and what they show."""
import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Picture:
    file: str               # without .svg
    caption: str
    panels: tuple           # of (curve, title)
    x_label: str
    y_label: str
    suite: str = "curve"
    in_binary: bool = False     # Ki and Mi on the x axis
    scale: Callable = lambda x, y: y    # what is drawn for a point
    x_range: tuple = (0, float("inf"))
    leave_out: tuple = ()


KIB, MIB, GIB = 2**10, 2**20, 2**30

# Against a number: how the cost grows.
CURVES = (
    Picture("throughput_by_size", "Messages a second, by their size",
            (("one way by size", ""),), "bytes in a message",
            "million messages a second, one way", in_binary=True, x_range=(0, MIB)),
    Picture("bandwidth_by_size", "Bytes a second, by the size of a message",
            (("one way by size", ""),), "bytes in a message",
            "GiB a second, one way", in_binary=True, x_range=(KIB, GIB),
            scale=lambda x, y: x * y * 1e6 / GIB),
    Picture("cost_by_depth", "A send and a receive, by the number of messages waiting",
            (("send+receive by depth, one priority", "all of one priority"),
             ("send+receive by depth, 32 priorities", "of 32 priorities, at random")),
            "messages waiting", "ns for a send and a receive", in_binary=True),
    Picture("cost_by_handles", "A send and a receive, by the number of open handles",
            (("send+receive by open handles", ""),),
            "open handles", "ns for a send and a receive"),
    Picture("round_trip_by_waiters", "A message and its answer, by the number of waiting receivers",
            (("round trip by waiting receivers, p50", "median"),
             ("round trip by waiting receivers, p99", "99th percentile")),
            "waiting receivers", "µs for a message and its answer"),
    Picture("throughput_by_senders", "Messages a second, by the number of senders",
            (("N senders, one receiver", "to one receiver"),
             ("N senders, N receivers", "to as many receivers")),
            "senders", "million messages a second"),
    Picture("cost_by_objects", "Creating and opening a queue, by the number of other objects",
            (("create to remove by objects on the machine", "create, pass one message, remove"),
             ("open to close by objects on the machine", "open, close")),
            "other objects on the machine", "µs"),
)

# Against a percentile.
LATENCIES = (
    Picture("round_trip_of_queues", "A message and its answer: percentiles",
            (("round trip, two cores", "a processor each"),
             ("round trip, one core", "both on one processor")),
            "percentile", "µs for a message and its answer", suite="queue",
            leave_out=("memcpy",)),
    Picture("round_trip_of_semaphores", "Waking a process with a semaphore, and being woken: percentiles",
            (("round trip, two cores", ""),), "percentile",
            "µs to wake another process and be woken", suite="semaphore"),
)
