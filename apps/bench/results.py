# SPDX-License-Identifier: BSL-1.0
"""What was measured: from crex_bench's journal, or from the JSON that was made of one."""
import dataclasses
import datetime
import json
import os
import platform
import statistics


VERSION = 2 # of the JSON


@dataclasses.dataclass
class Series:
    """One subject in one case: its figure in each round that counts."""
    suite: str
    case: str
    subject: str
    unit: str
    better: str
    curve: str = ""     # the case is a point of that curve
    x: float = 0
    by_round: dict = dataclasses.field(default_factory=dict)

    @property
    def median(self):
        return statistics.median(self.by_round.values())

    def summary(self):
        values = self.by_round.values()
        point = {"curve": self.curve, "x": self.x} if self.curve else {}
        return {"suite": self.suite, "case": self.case, "subject": self.subject, "unit": self.unit,
                "better": self.better, **point, "median": self.median, "min": min(values),
                "max": max(values), "rounds": len(values),
                "by_round": {str(round_): value for round_, value in self.by_round.items()}}


class Results:
    def __init__(self):
        self.series = {}    # (suite, case, subject) -> Series, in the order of the run
        self.failures = {}  # (suite, case, subject) -> (refused or wrong or failed, why)
        self.notes = {}     # (suite, case, subject) -> note
        self.traits = {}    # (suite, subject) -> (how it waits, limit or peer or crex)
        self.probes = []    # ns of a cache line's round trip, before each case of each round
        self.left_out = set()   # (round, case) at the machine's less usual speed
        self.others = []    # processors used by other programs, a round each
        self.about = {}
        self.date = self.command = ""

    def cases(self, suite):
        return list(dict.fromkeys(case for its, case, _ in self.series if its == suite))

    def suites(self):
        return list(dict.fromkeys(suite for suite, _, _ in self.series))

    def subjects(self, suite):
        """crex's first, then the others by name, then the limits."""
        names = {subject for its, _, subject in self.series if its == suite}
        order = {"crex": 0, "peer": 1, "limit": 2}
        return sorted(names, key=lambda name: (order[self.kind(suite, name)], name))

    def kind(self, suite, subject):
        return self.traits.get((suite, subject), ("", "peer"))[1]

    def waiting(self, suite, subject):
        return self.traits.get((suite, subject), ("", "peer"))[0]

    def curve(self, suite, curve, subject):
        """The points of a curve as (x, series), by x."""
        return sorted(((series.x, series) for series in self.series.values()
                       if (series.suite, series.curve, series.subject) == (suite, curve, subject)),
                      key=lambda point: point[0])

    def get(self, case, subject, suite="queue"):
        return self.series.get((suite, case, subject))

    def add(self, round_, value, series):
        key = (series.suite, series.case, series.subject)
        self.series.setdefault(key, series).by_round[round_] = value

    def read_journal(self, path):
        with open(path, encoding="utf-8") as file:
            lines = [line.rstrip("\n").split("\t") for line in file]
        self.probes = [float(fields[1]) for kind, *fields in lines if kind == "probe"]
        usual = usual_cases(lines, usual_speed(self.probes))
        for kind, *fields in lines:
            if kind == "measured":
                round_, case = fields[0], tuple(fields[1:3])
                if round_ not in usual[case]:
                    self.left_out.add((round_, case))
                    continue
            if kind != "probe":
                getattr(self, "_" + kind)(*fields)
        # A case whose first round was left out comes where it was measured first.
        order = list(dict.fromkeys(tuple(fields[1:3]) for kind, *fields in lines
                                   if kind == "measured"))
        self.series = dict(sorted(self.series.items(), key=lambda item: order.index(item[0][:2])))

    def read_json(self, path):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        if document.get("version") != VERSION:
            raise ValueError(f"{path}: not a result of this version of the benchmark")
        self.about, self.date, self.command = (document[key] for key in ("machine", "date", "command"))
        for each in document["subjects"]:
            self.traits[each["suite"], each["subject"]] = (each["waiting"], each["kind"])
        for each in document["results"]:
            series = Series(*(each[key] for key in ("suite", "case", "subject", "unit", "better")),
                            each.get("curve", ""), each.get("x", 0))
            series.by_round = {int(round_): value for round_, value in each["by_round"].items()}
            self.series[series.suite, series.case, series.subject] = series
        for each in document["notes"]:
            self.notes[each["suite"], each["case"], each["subject"]] = each["note"]
        for each in document["failures"]:
            self.failures[each["suite"], each["case"], each["subject"]] = (each["how"], each["why"])

    def _about(self, key, value):
        self.about[key] = value

    def _others(self, _round, value):
        self.others.append(float(value))

    def _subject(self, suite, subject, waiting, kind):
        self.traits[suite, subject] = (waiting, kind)

    def _measured(self, round_, suite, case, subject, unit, better, value, curve, x, note):
        self.add(int(round_), float(value),
                 Series(suite, case, subject, unit, better, curve, float(x)))
        if note:
            self.notes[suite, case, subject] = note

    def _failed(self, _round, suite, case, subject, how, why):
        self.failures[suite, case, subject] = (how, why)

    def machine(self):
        if "cpu" in self.about: # from a file
            return self.about
        about = {"cpu": cpu_model(), "cpus": os.cpu_count(), "memory_gib": memory_gib(),
                 "kernel": platform.release(), "system": system(),
                 "libc": " ".join(platform.libc_ver()), **self.about}
        if self.probes:
            about["cacheline_rtt_ns"] = statistics.median(self.probes)
        if self.others:
            about["cpus_used_by_others"] = statistics.median(self.others)
        return about

    def document(self):
        def named(key, **more):
            return {**dict(zip(("suite", "case", "subject"), key)), **more}
        return {"version": VERSION,
                "date": self.date or datetime.datetime.now().astimezone().isoformat("T", "seconds"),
                "command": self.command, "machine": self.machine(),
                "subjects": [{"suite": suite, "subject": subject, "waiting": waiting, "kind": kind}
                             for (suite, subject), (waiting, kind) in self.traits.items()],
                "results": [series.summary() for series in self.series.values()],
                "notes": [named(key, note=note) for key, note in self.notes.items()],
                "failures": [named(key, how=how, why=why)
                             for key, (how, why) in self.failures.items()]}


def usual_cases(lines, is_usual):
    """(suite, case) -> its rounds at the machine's usual speed; all of its rounds if none was."""
    every, usual = {}, {}
    for kind, *fields in lines:
        if kind == "probe":
            counts = is_usual(float(fields[1]))
        elif kind == "measured":
            case = tuple(fields[1:3])
            every.setdefault(case, set()).add(fields[0])
            if counts:
                usual.setdefault(case, set()).add(fields[0])
    return {**every, **usual}


def usual_speed(probes):
    """Tells which probes were taken at the machine's usual speed. Some machines move cache lines
    between processors at two speeds, several times apart, as their host moves the processors."""
    if not probes or max(probes) < 2 * min(probes):
        return lambda probe: True
    middle = (min(probes) * max(probes)) ** 0.5
    is_slow = statistics.median(probes) > middle
    return lambda probe: (probe > middle) == is_slow


def memory_gib():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()
