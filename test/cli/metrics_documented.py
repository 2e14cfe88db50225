#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compares the metrics of `crex metrics` with those that the documentation and the dashboard name.

    metrics_documented.py CREX DOC_DIRECTORY
"""
import json
import pathlib
import re
import subprocess
import sys

METRIC = re.compile(r"\bcrex_[a-z_]+")


def metrics_of(command):
    """{name: labels} of all metrics; without labels where no object has the metric."""
    text = subprocess.run([command, "metrics"], check=True, capture_output=True, text=True).stdout
    labels = {name: set() for name in re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)}
    for name, pairs in re.findall(r"^(\w+)\{(.*)\} \S+$", text, re.MULTILINE):
        labels[name] |= set(re.findall(r'(\w+)="(?:[^"\\]|\\.)*"', pairs))
    return labels


def table_of(manual):
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]*?) ?\|", manual, re.MULTILINE)
    return {name: set(filter(None, labels.split(", "))) for name, labels in rows}


def expressions_in(dashboard):
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]


def main(command, directory):
    there = metrics_of(command)
    manual = pathlib.Path(directory, "metrics.md").read_text(encoding="utf-8")
    dashboard = json.loads(pathlib.Path(directory, "metrics_dashboard.json").read_text(encoding="utf-8"))
    table = table_of(manual)
    problems = [f"not in the table: {name}" for name in sorted(there.keys() - table.keys())]
    problems += [f"labels of {name}: {sorted(table[name])}, not {sorted(labels)}"
                 for name, labels in there.items() if labels and labels != table.get(name, labels)]
    expressions = list(expressions_in(dashboard))
    used = {"metrics.md": set(METRIC.findall(manual)), "metrics_dashboard.json": set(METRIC.findall(" ".join(expressions)))}
    for where, names in used.items():
        problems += [f"{where}: there is no metric {name}" for name in sorted(names - there.keys())]
    print(*problems, f"{len(there)} metrics, {len(expressions)} expressions in the dashboard", sep="\n")
    return 1 if problems or not expressions else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
