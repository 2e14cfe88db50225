#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes what was measured into a Markdown file, between its two markers:

    report.py JSON FILE.md

What stood between them goes. A picture is shown if its file is in the directory `pictures` beside the
Markdown file."""
import os
import sys

from gallery import CURVES, LATENCIES
from results import Results
from table import by_text, number

BEGIN = "<!-- results: written by apps/bench/report.py -->"
END = "<!-- end of the results -->"

TITLES = {"queue": "Queues", "ring": "Rings", "semaphore": "Semaphores",
          "curve": "How the cost grows"}


def row(cells):
    return "| " + " | ".join(cells) + " |"


def cell(results, suite, case, subject):
    series = results.get(case, subject, suite)
    if series is None:
        return results.failures.get((suite, case, subject), ("",))[0]
    text = number(series.median)
    return f"**{text}**" if subject == "crex" else text


def unit(results, suite, case):
    its = next(series.unit for (at, name, _), series in results.series.items()
               if (at, name) == (suite, case))
    return "µs" if its == "us" else its


def is_spinning(results, suite, subject):
    return results.waiting(suite, subject) == "spins"


def table(results, suite):
    """Subjects are the rows' cells; a spinning one has a mark."""
    subjects = results.subjects(suite)
    yield row(["", "", *(name + (" ↻" if is_spinning(results, suite, name) else "")
                         for name in subjects)])
    yield row(["---", "---", *("--:" for _ in subjects)])
    for case in results.cases(suite):
        yield row([case, unit(results, suite, case),
                   *(cell(results, suite, case, subject) for subject in subjects)])


def pictures(directory, suites):
    for picture in (*CURVES, *LATENCIES):
        file = f"pictures/{picture.file}.svg"
        if picture.suite in suites and os.path.exists(os.path.join(directory, file)):
            yield f"![{picture.caption}]({file})"
            yield ""


def machine(results):
    its = results.machine()
    yield (f"{results.date[:10]}: {its['cpu']}, {its['cpus']} processors, {its['memory_gib']} GiB; "
           f"{its['system']}, Linux {its['kernel']}, {its['libc']}; crex {its['crex']}, Boost "
           f"{its['boost']}, GCC {its['compiler']}. `{results.command}`")
    if "cacheline_rtt_ns" in its:
        yield (f"A cache line's round trip took {its['cacheline_rtt_ns']:.0f} ns; other programs used "
               f"{its['cpus_used_by_others']:.2f} processors.")
    yield ""


def remarks(results):
    lines = by_text(results)
    if lines:
        yield "Remarks:"
        yield ""
    for text, cases in lines.items():
        yield f"- {text.removeprefix('* ')} ({cases})"


def report(results, directory):
    yield from machine(results)
    for suite in results.suites():
        yield f"### {TITLES[suite]}"
        yield ""
        yield from pictures(directory, (suite,))
        yield from table(results, suite)
        yield ""
    yield from remarks(results)


def filled(text, lines):
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"needs one line {BEGIN!r} and, after it, one line {END!r}")
    before, rest = text.split(BEGIN)
    return before + "\n".join([BEGIN, "", *lines, "", END]) + rest.split(END)[1]


def main(json, path):
    results = Results()
    results.read_json(json)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        text = filled(text, report(results, os.path.dirname(os.path.abspath(path))))
    except ValueError as error:
        sys.exit(f"report.py: {path} {error}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
