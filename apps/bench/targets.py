# SPDX-License-Identifier: BSL-1.0
"""How fast crex's queue must be, and should be: all these figures are here, and only here.

A target compares crex's figure in a case with a subject's, in the same case or in another one. The
cases are named in scenarios/.
"""
import dataclasses
from typing import Optional


@dataclasses.dataclass(frozen=True)
class Target:
    case: str
    against: str                # a subject
    must: Optional[float]
    goal: Optional[float]
    as_time: bool = False       # the figures are the largest share of the subject's time that
                                # crex may take; otherwise how many times better it must be, at least
    other_case: Optional[str] = None
    suite: str = "queue"
    ours: str = "crex"

    def met_by(self, ratio, figure):
        """`ratio` says how many times better crex is."""
        if self.as_time:
            return ratio >= 1 / figure
        return ratio >= figure


def _times(case, **figures):
    return [Target(case, against, *figures[against]) for against in figures]


def _share(case, **figures):
    return [Target(case, against, *figures[against], as_time=True) for against in figures]


SERVER_CASES = ("send", "receive", "send_many(256)", "acquire+release", "round trip", "24 senders")

# (must, goal); a goal of 0.999 of a subject's time means "less".
TARGETS = [
    *_times("1 to 1, capacity 1024", boost=(2.5, 4), kernel=(10, 20)),
    *_times("1 to 1, capacity 1024, random priorities", boost=(1.2, 2), kernel=(4, 8)),
    *_times("1 to 1, capacity 10", boost=(60, 150), kernel=(10, 30)),
    *_times("4 to 1, capacity 1024", boost=(2, 4), kernel=(5, 15)),
    *_times("4 to 4, capacity 1024", boost=(2, 4), kernel=(5, 15)),
    *_times("4 to 1, capacity 10", boost=(40, 150), kernel=(15, 40)),
    *_times("round trip, two cores, p50", boost=(80, 200), kernel=(80, 200)),
    *_share("round trip, one core, p50", kernel=(1.05, 0.999)),
    *_share("wake-up after 20 ms idle, p50", kernel=(1.05, 0.999)),
    *_times("1 to 1, batches of 64", boost=(4, 8)),
    *_times("send+receive, 100,000 queued", boost=(500, 1000)),
    Target("send+receive, 100,000 queued", "crex", 1.5, 1.1, as_time=True,
           other_case="send+receive, 10 queued"),
    *_times("8 KiB by copy", boost=(2, 4)),
    *_times("64 KiB by copy", boost=(1.3, 2)),
    *_times("64 KiB by loan and lease", boost=(10, None)),
    Target("64 KiB by loan and lease", "crex", None, 1, other_case="1 to 1, capacity 1024"),
    *_share("send+receive, uncontended", boost=(1, 0.5)),
    *_share("send+receive, uncontended, capacity 1024", boost=(1, 0.5)),
    *(Target(case, "libpq", 0.9, 1, suite="server") for case in SERVER_CASES),
    *(Target(f"{case}, server CPU", "libpq", 1.1, 1, as_time=True, suite="server")
      for case in SERVER_CASES),
    Target("24 senders", "libpq, a commit each", 3, 4, suite="server"),
    Target("acquire+release", "sem_t", 3, None, as_time=True, suite="semaphore",
           ours="crex robust"),
    Target("acquire+release, given back at death", "semop undo", 5, None, suite="semaphore",
           ours="crex robust"),
    Target("64 B by copy", "boost spsc", 1, None, suite="ring", ours="crex polling"),
    Target("64 B by copy", "boost", 2, None, suite="ring"),
    Target("1 KiB in place, untouched", "crex polling", 0.8, 1, suite="ring", ours="crex polling",
           other_case="64 B in place, untouched"),
    Target("64 KiB in place, untouched", "crex polling", 0.8, 1, suite="ring", ours="crex polling",
           other_case="64 B in place, untouched"),
    Target("64 KiB by copy, all touched", "memcpy", 0.8, 1, suite="ring", ours="crex polling"),
    Target("round trip, 24 B, p50", "cache line", 2, None, as_time=True, suite="ring",
           ours="crex polling"),
    Target("round trip, 64 B, p50", "cache line", 2, None, as_time=True, suite="ring",
           ours="crex polling"),
]
