#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Prints what the benchmarks measured, as medians over the rounds, compared with crex's targets.
Fails when a result was wrong, or when crex had none.

    table.py (--journal FILE | --from JSON) [--json FILE] [--command TEXT]
"""
import argparse
import json
import math
import re
import sys

from results import Results
from targets import TARGETS


def number(value):
    """To three digits: 0.0000123, 0.0123, 1.23, 12.3, 123, 12300."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}"


def ratios(ours, other):
    """How many times better crex is: by the medians, and in each round."""
    def ratio(a, b):
        return a / b if ours.better == "higher" else b / a
    paired = [ratio(value, other.by_round[round_]) for round_, value in ours.by_round.items()
              if round_ in other.by_round]
    return ratio(ours.median, other.median), paired


def verdict(target, ratio):
    if target.goal is not None and target.met_by(ratio, target.goal):
        return "ok-goal"
    if target.must is None:
        return "short of goal"
    return "ok-must" if target.met_by(ratio, target.must) else "BELOW"


def wanted(target, figure):
    if figure is None:
        return ""
    if not target.as_time:
        return f"{figure:g}x"
    return "<1 of" if figure == 0.999 else f"{figure:g} of"


def compared(target, results):
    """One line of the comparison, or nothing when crex or the other subject has no figure."""
    ours = results.get(target.case, target.ours, target.suite)
    other = results.get(target.other_case or target.case, target.against, target.suite)
    if ours is None or other is None:
        return None
    ratio, paired = ratios(ours, other)
    shown = [1 / r for r in (ratio, *paired)] if target.as_time else [ratio, *paired]
    spread = f"{number(min(shown[1:]))}-{number(max(shown[1:]))}" if paired else ""
    against = target.against + (f", {target.other_case}" if target.other_case else "")
    case = target.case + (f" ({target.ours})" if target.ours != "crex" else "")
    return [case, against, number(shown[0]) + (" of" if target.as_time else "x"), spread,
            wanted(target, target.must), wanted(target, target.goal), verdict(target, ratio)]


def print_columns(rows, right):
    """Columns as wide as needed; those whose numbers are in `right` are right-aligned."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) if i in right else cell.ljust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())


WIDE = 6    # subjects side by side whose spread is shown, too


def cell(results, case, subject, suite, with_spread):
    series = results.get(case, subject, suite)
    if series is not None:
        values = series.by_round.values()
        key = (suite, case, subject)
        mark = "*" if key in results.notes or key in results.failures else ""
        spread = f" ({number(min(values))}-{number(max(values))})" if with_spread else ""
        return number(series.median) + mark + spread
    return results.failures.get((suite, case, subject), ("",))[0]


def print_figures(results, suite):
    subjects = results.subjects(suite)
    cases = results.cases(suite)
    with_spread = len(subjects) <= WIDE
    rows = [["", "", *subjects]]
    for case in cases:
        series = next(s for s in map(lambda s: results.get(case, s, suite), subjects) if s)
        rows.append([case, series.unit,
                     *(cell(results, case, s, suite, with_spread) for s in subjects)])
    rounds = max(len(s.by_round) for s in results.series.values() if s.suite == suite)
    print(f"\n{suite}: medians{' (least-most)' if with_spread else ''} of {rounds} interleaved rounds")
    print_columns(rows, right=range(2, len(rows[0])))


def print_comparison(results):
    rows = [line for line in (compared(target, results) for target in TARGETS) if line]
    if rows:
        print('\ncrex against the others: by medians (in single rounds); "of" is a share of the '
              "other's time")
        head = ["", "against", "ratio", "", "must", "goal", ""]
        print_columns([head, *rows], right=(2, 3, 4, 5))


def by_text(results):
    """Remarks on figures, each with the cases that it is about."""
    lines = {}
    def add(text, case):
        lines.setdefault(text, {})[PERCENTILE.sub("", case)] = None
    for (_, case, subject), note in results.notes.items():
        add(f"* {subject} {CAPACITY.sub('shorter than the case demands', note)}", case)
    for (_, case, subject), (how, why) in results.failures.items():
        add(f"{how}: {subject}: {why}", case)
    return {text: shortened(list(cases)) for text, cases in lines.items()}


PERCENTILE = re.compile(r", p[0-9.]+$")
CAPACITY = re.compile("with a capacity of [0-9]+")


def shortened(cases, most=3):
    more = len(cases) - most
    return "; ".join(cases[:most]) + (f"; and {more} more" if more > 0 else "")


def print_notes(results):
    for line, cases in by_text(results).items():
        print(f"  {line}: {cases}")


def print_machine(results):
    machine = results.machine()
    print(", ".join(f"{key} {value}" for key, value in machine.items()
                    if key not in ("cacheline_rtt_ns", "cpus_used_by_others")))
    if results.probes:
        low, high = min(results.probes), max(results.probes)
        print(f"cache line's round trip {machine['cacheline_rtt_ns']:.0f} ns ({low:.0f}-{high:.0f})")
        if high > 2 * low:
            print("WARNING: a machine of two speeds; left out are the "
                  f"{len(results.left_out)} results it gave at the less usual one")
    if machine.get("cpus_used_by_others", 0) > 0.1:
        print(f"WARNING: other programs used {machine['cpus_used_by_others']:.2f} processors; "
              "figures of what waits are not to be trusted")


def print_table(results):
    print_machine(results)
    for suite in results.suites():
        print_figures(results, suite)
    print_comparison(results)
    print_notes(results)


def is_fatal(subject, how):
    return how == "wrong" or subject.startswith("crex") and how != "refused"


def main():
    parser = argparse.ArgumentParser()
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--journal")
    source.add_argument("--from", dest="document")
    parser.add_argument("--json")
    parser.add_argument("--command", default="")
    given = parser.parse_args()
    results = Results()
    if given.journal:
        results.read_journal(given.journal)
        results.command = given.command
    else:
        results.read_json(given.document)
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            json.dump(results.document(), file, indent=1)
            file.write("\n")
    print_table(results)
    return any(is_fatal(subject, how) for (_, _, subject), (how, _) in results.failures.items())


if __name__ == "__main__":
    sys.exit(main())
