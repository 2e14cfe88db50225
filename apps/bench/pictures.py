#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Draws what was measured:

    pictures.py JSON DIRECTORY

Writes the pictures of PICTURES for which there are figures, and prints their names."""
import dataclasses
import os
import sys
from typing import Callable

import plotting
from results import Results


@dataclasses.dataclass(frozen=True)
class Picture:
    file: str
    panels: tuple           # of (curve, title)
    x_label: str
    y_label: str
    suite: str = "curve"
    show_x: Callable = plotting.number
    scale: Callable = lambda x, y: y    # what is drawn for a point
    x_range: tuple = (0, float("inf"))
    leave_out: tuple = ()


KIB, MIB, GIB = 2**10, 2**20, 2**30

PICTURES = (
    Picture("throughput_by_size", (("one way by size", ""),), "size of a message",
            "million messages a second, one way", show_x=plotting.binary, x_range=(0, MIB)),
    Picture("bandwidth_by_size", (("one way by size", ""),), "size of a message",
            "GiB a second, one way", show_x=plotting.binary, x_range=(KIB, GIB),
            scale=lambda x, y: x * y * 1e6 / GIB),
    Picture("cost_by_depth",
            (("send+receive by depth, one priority", "all of one priority"),
             ("send+receive by depth, 32 priorities", "of 32 priorities, at random")),
            "messages waiting", "ns for a send and a receive"),
    Picture("cost_by_handles", (("send+receive by open handles", ""),),
            "open handles", "ns for a send and a receive"),
    Picture("round_trip_by_waiters",
            (("round trip by waiting receivers, p50", "median"),
             ("round trip by waiting receivers, p99", "99th percentile")),
            "waiting receivers", "µs for a message and its answer"),
    Picture("throughput_by_senders",
            (("N senders, one receiver", "to one receiver"),
             ("N senders, N receivers", "to as many receivers")),
            "senders", "million messages a second"),
    Picture("cost_by_objects",
            (("create to remove by objects on the machine", "create, pass one message, remove"),
             ("open to close by objects on the machine", "open, close")),
            "other objects on the machine", "µs"),
)

LATENCIES = (
    Picture("round_trip_of_queues", (("round trip, two cores", "a processor each"),
                                     ("round trip, one core", "both on one processor")),
            "percentile", "µs for a message and its answer", suite="queue",
            leave_out=("memcpy",)),
    Picture("round_trip_of_semaphores", (("round trip, two cores", ""),), "percentile",
            "µs to wake another process and be woken", suite="semaphore"),
)


def points(picture, curve, results, subject):
    return [(x, picture.scale(x, series.median))
            for x, series in results.curve(picture.suite, curve, subject)
            if picture.x_range[0] <= x <= picture.x_range[1]]


def draw_panel(axis, picture, curve, results, prepare):
    """`prepare` scales the axis and tells where on it an x is."""
    lines = {subject: points(picture, curve, results, subject)
             for subject in results.subjects(picture.suite) if subject not in picture.leave_out}
    place = prepare(axis, picture, sorted({x for line in lines.values() for x, _ in line}))
    ends = []
    for subject, its in lines.items():
        if its:
            drawn = [(place(x), y) for x, y in its]
            colour = plotting.line(axis, subject, drawn, results.waiting(picture.suite, subject),
                                   results.kind(picture.suite, subject) == "limit")
            ends.append((subject, *drawn[-1], colour))
    return ends


def numbers(axis, picture, values):
    plotting.log_axes(axis, values, picture.show_x)
    return lambda x: x


def percentiles(axis, _picture, values):
    """At equal distances: the rare cases matter as much as the usual ones."""
    axis.set_yscale("log")
    axis.set_xticks(range(len(values)), [f"{value:g} %" for value in values])
    plotting.format_y(axis)
    return values.index


def draw(picture, results, directory, prepare):
    panels = [(curve, title) for curve, title in picture.panels
              if any(points(picture, curve, results, subject)
                     for subject in results.subjects(picture.suite))]
    if not panels:
        return
    made, axes = plotting.figure(len(panels))
    ends = []
    for axis, (curve, title) in zip(axes, panels):
        axis.set_title(title)
        axis.set_xlabel(picture.x_label)
        ends.append(draw_panel(axis, picture, curve, results, prepare))
    axes[0].set_ylabel(picture.y_label)
    made.subplots_adjust(wspace=0.42)
    for axis, its in zip(axes, ends):   # once the axes have their final scales
        plotting.names_at_ends(axis, its)
    path = os.path.join(directory, picture.file + ".svg")
    plotting.save(made, path)
    print(path)


def main(json, directory):
    results = Results()
    results.read_json(json)
    os.makedirs(directory, exist_ok=True)
    for picture in PICTURES:
        draw(picture, results, directory, numbers)
    for picture in LATENCIES:
        draw(picture, results, directory, percentiles)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
