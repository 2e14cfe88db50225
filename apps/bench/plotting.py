# SPDX-License-Identifier: BSL-1.0
"""How the pictures look. They are seen on white and on black: the background is transparent, and
each colour has a contrast of at least 3 to 1 with both. The colours are told apart with each kind of
colour blindness, the lines also by their marks, and each has its name beside it."""
import math

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot, ticker # noqa: E402  pylint: disable=wrong-import-position

GREY = "#808080"

# Colour, mark.
STYLES = {
    "crex": ("#d55e00", "o"),
    "crex ring": ("#b07900", "s"),
    "crex polling": ("#b07900", "s"),
    "crex drop-in": ("#c4609a", "D"),
    "crex robust": ("#c4609a", "D"),
    "crex sysv": ("#b07900", "s"),
    "boost": ("#0072b2", "o"),
    "boost spsc": ("#3d93c9", "s"),
    "sem_t": ("#3d93c9", "s"),
    "kernel": ("#00916a", "o"),
    "system v": ("#a0704c", "^"),
    "semop": ("#a0704c", "^"),
    "pipe": ("#6f8f2f", "v"),
    "eventfd": ("#6f8f2f", "v"),
    "stream": ("#6f8f2f", "<"),
    "seqpacket": ("#6f8f2f", ">"),
    "zeromq": ("#8a6fc0", "P"),
    "nng": ("#8a6fc0", "X"),
}
OTHER = (GREY, ".")

matplotlib.rcParams.update({
    "svg.fonttype": "path",     # looks alike everywhere
    "svg.hashsalt": "crex",     # and is the same file for the same figures
    "font.size": 10,
    "text.color": GREY,
    "axes.labelcolor": GREY,
    "axes.titlesize": 10,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "grid.color": GREY,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.6,
})


def figure(panels, height=4.2):
    """Panels side by side, which share the y axis."""
    width = 8 if panels == 1 else 5.2 * panels
    made, axes = pyplot.subplots(1, panels, figsize=(width, height), sharey=True, squeeze=False)
    return made, axes[0]


def save(made, path):
    made.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(made)


def line(axis, name, points, waiting, is_limit):
    colour, mark = (GREY, ".") if is_limit else STYLES.get(name, OTHER)
    axis.plot(*zip(*points), color=colour, marker=mark, markersize=4.5,
              linewidth=2.6 if name == "crex" else 1.3,
              linestyle=":" if is_limit else "--" if waiting == "spins" else "-",
              zorder=3 if name == "crex" else 2)
    return colour


def number(value):
    """1, 1000, 10k, 1M; 0.01."""
    for least, size, unit in ((1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= least:
            return f"{value / size:.0f}{unit}"
    return f"{value:g}"


def binary(value):
    """64, 4 Ki, 16 Mi, 1 Gi."""
    exponent = min(int(math.log2(value)) // 10, 3)
    return f"{value / 1024 ** exponent:g} {('', 'Ki', 'Mi', 'Gi')[exponent]}".rstrip()


def log_axes(axis, x_values, show_x):
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.xaxis.set_major_locator(ticker.FixedLocator(x_values))
    axis.xaxis.set_minor_locator(ticker.NullLocator())
    axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: show_x(value)))
    format_y(axis)


def format_y(axis):
    axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: number(value)))
    axis.yaxis.set_minor_locator(ticker.NullLocator())
    axis.grid(True)


def names_at_ends(axis, ends):
    """Writes each name beside the end of its line. `ends` has (name, x, y, colour). Names at the right
    that would overlap move apart, and a thin line leads to them."""
    last = max((x for _, x, _, _ in ends), default=0)
    for name, x, y, colour in ends:
        if x < last:
            axis.annotate(name, xy=(x, y), xytext=(6, 3), textcoords="offset points", color=colour,
                          weight=weight(name))
    names_at_right(axis, [end for end in ends if end[1] == last])


def names_at_right(axis, ends):
    axis.figure.canvas.draw()
    height = 1.25 * matplotlib.rcParams["font.size"] * axis.figure.dpi / 72
    right = axis.transAxes.transform((1, 0))[0] + 14
    placed = sorted(((axis.transData.transform((x, y)), name, colour) for name, x, y, colour in ends),
                    key=lambda each: each[0][1])
    low, high = (axis.transAxes.transform((0, place))[1] for place in (0, 1))
    heights = between(spread([point[1] for point, _, _ in placed], height), low, high, height)
    back = axis.transData.inverted()
    for ((x, y), name, colour), at in zip(placed, heights):
        axis.annotate(name, xy=back.transform((x, y)), xytext=back.transform((right, at)),
                      color=colour, va="center", annotation_clip=False,
                      weight=weight(name),
                      arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6,
                                  "alpha": 0.6, "relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 4})


def weight(name):
    return "bold" if name == "crex" else "normal"


def between(heights, low, high, least):
    """Moves the outermost of sorted heights into the range, and with them what would be too close."""
    placed = list(heights)
    for index, height in enumerate(placed):
        placed[index] = max(height, low + index * least)
    for index, height in enumerate(placed):
        placed[index] = min(height, high - (len(placed) - 1 - index) * least)
    return placed


def spread(heights, least):
    """Moves sorted heights as little as needed for them to be `least` apart: those that are too close
    form a group, which has the mean of its members in the middle."""
    groups = []     # (sum of where the members belong, less their places in the group; count)
    for height in heights:
        groups.append((height, 1))
        while len(groups) > 1 and bottom(groups[-1], least) < top(groups[-2], least) + least:
            (upper, more), (lower, count) = groups.pop(), groups.pop()
            groups.append((lower + upper, count + more))
    return [bottom(group, least) + index * least for group in groups for index in range(group[1])]


def bottom(group, least):
    return group[0] / group[1] - (group[1] - 1) / 2 * least


def top(group, least):
    return group[0] / group[1] + (group[1] - 1) / 2 * least
