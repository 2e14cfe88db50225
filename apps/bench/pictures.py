#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Draws what was measured:

    pictures.py JSON DIRECTORY

Writes the pictures of gallery.py for which there are figures, and prints their names."""
import os
import sys

import plotting
from gallery import CURVES, LATENCIES
from results import Results


def points(picture, curve, results, subject):
    return [(x, picture.scale(x, series.median))
            for x, series in results.curve(picture.suite, curve, subject)
            if picture.x_range[0] <= x <= picture.x_range[1]]


def draw_panel(axis, picture, curve, results, prepare):
    """`prepare` scales the axis and tells where on it an x is."""
    lines = {subject: points(picture, curve, results, subject)
             for subject in results.subjects(picture.suite) if subject not in picture.leave_out}
    place = prepare(axis, picture, sorted({x for line in lines.values() for x, _ in line}))
    least = min(2, max(len(its) for its in lines.values()))     # a point alone is no curve
    ends = []
    for subject, its in lines.items():
        if len(its) >= least:
            drawn = [(place(x), y) for x, y in its]
            colour = plotting.line(axis, subject, drawn, results.waiting(picture.suite, subject),
                                   results.kind(picture.suite, subject) == "limit")
            ends.append((subject, *drawn[-1], colour))
    return ends


def numbers(axis, picture, values):
    plotting.log_axes(axis, values, plotting.binary if picture.in_binary else plotting.number)
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
    for picture in CURVES:
        draw(picture, results, directory, numbers)
    for picture in LATENCIES:
        draw(picture, results, directory, percentiles)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
