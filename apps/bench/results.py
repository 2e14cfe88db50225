# SPDX-License-Identifier: BSL-1.0
"""What was measured, from queue_bench's journal and Google Benchmark's report."""
import dataclasses
import json
import os
import platform
import statistics


@dataclasses.dataclass
class Series:
    """One subject in one case: its figure in each round that counts."""
    suite: str
    case: str
    subject: str
    unit: str
    better: str
    by_round: dict = dataclasses.field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.by_round.values())

    def summary(self):
        values = self.by_round.values()
        return {"suite": self.suite, "case": self.case, "subject": self.subject, "unit": self.unit,
                "better": self.better, "median": self.median, "min": min(values),
                "max": max(values), "rounds": len(values)}


class Results:
    def __init__(self):
        self.series = {}    # (suite, case, subject) -> Series, in the order of the run
        self.failures = {}  # (case, subject) -> (refused or wrong or failed, why)
        self.notes = {}     # (case, subject) -> note
        self.probes = []    # ns of a cache line's round trip, before each case of each round
        self.left_out = set()   # (round, case) at the machine's less usual speed
        self.others = []    # processors used by other programs, a round each
        self.about = {}

    def cases(self, suite):
        return list(dict.fromkeys(case for its, case, _ in self.series if its == suite))

    def subjects(self, suite):
        """crex's first, the others by name: queue_bench has them in random order."""
        names = {subject for its, _, subject in self.series if its == suite}
        return sorted(names, key=lambda name: (name.split()[0] != "crex", name))

    def get(self, case, subject, suite="queue"):
        return self.series.get((suite, case, subject))

    def add(self, suite, case, subject, unit, better, round_, value):
        series = self.series.setdefault((suite, case, subject),
                                        Series(suite, case, subject, unit, better))
        series.by_round[round_] = value

    def read_journal(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split("\t") for line in file]
        self.probes = [float(fields[1]) for kind, *fields in lines if kind == "probe"]
        is_usual = usual_speed(self.probes)
        for kind, *fields in lines:
            if kind == "probe":
                counts = is_usual(float(fields[1]))
            elif kind == "measured" and not counts:
                self.left_out.add((int(fields[0]), fields[2]))
            else:
                getattr(self, "_" + kind)(*fields)

    def read_google_benchmark(self, path):
        """`path` is empty when no benchmark was chosen."""
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for run in json.loads(text)["benchmarks"] if text else []:
            if run["run_type"] == "iteration":
                suite, case, subject = run["run_name"].split("/", 2)
                self.add(suite, case, subject, "ns", "lower", run["repetition_index"] + 1,
                         run["cpu_time"])

    def _about(self, key, value):
        self.about[key] = value

    def _others(self, _round, value):
        self.others.append(float(value))

    def _measured(self, round_, suite, case, subject, unit, better, value, note):
        self.add(suite, case, subject, unit, better, int(round_), float(value))
        if note:
            self.notes[case, subject] = note

    def _failed(self, _round, _suite, case, subject, how, why):
        self.failures[case, subject] = (how, why)

    def machine(self):
        about = {"cpu": cpu_model(), "cpus": os.cpu_count(), "kernel": platform.release(),
                 "libc": " ".join(platform.libc_ver()), **self.about}
        if self.probes:
            about["cacheline_rtt_ns"] = statistics.median(self.probes)
        if self.others:
            about["cpus_used_by_others"] = statistics.median(self.others)
        return about

    def document(self):
        return {"version": 1, "machine": self.machine(),
                "results": [series.summary() for series in self.series.values()]}


def usual_speed(probes):
    """Tells which probes were taken at the machine's usual speed. Some machines move cache lines
    between processors at two speeds, several times apart, as their host moves the processors."""
    if not probes or max(probes) < 2 * min(probes):
        return lambda probe: True
    middle = (min(probes) * max(probes)) ** 0.5
    is_slow = statistics.median(probes) > middle
    return lambda probe: (probe > middle) == is_slow


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()
