#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Prints what a Google Benchmark run measured, as medians and as ratios to the first subject.

    table.py RESULTS.json
"""
import json
import statistics
import sys


def rounds_by_case(results):
    """{case: {subject: [time of each round]}}, in the order of the run."""
    cases = {}
    for run in results["benchmarks"]:
        if run["run_type"] == "iteration":
            suite, case, subject = run["run_name"].split("/", 2)
            cases.setdefault(f"{suite}: {case}", {}).setdefault(subject, []).append(run["cpu_time"])
    return cases


def main(path):
    with open(path, encoding="utf-8") as file:
        results = json.load(file)
    for case, subjects in sorted(rounds_by_case(results).items()):
        base = min(subjects, key=lambda name: name != "sem_t")
        base_median = statistics.median(subjects[base])
        print(f"\n{case}, ns, medians of {len(subjects[base])} interleaved rounds")
        print(f"  {'':<16}{'median':>9}{'min':>9}{'max':>9}   x {base}")
        for subject, times in sorted(subjects.items(), key=lambda s: statistics.median(s[1])):
            median = statistics.median(times)
            print(f"  {subject:<16}{median:>9.2f}{min(times):>9.2f}{max(times):>9.2f}"
                  f"{median / base_median:>10.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
