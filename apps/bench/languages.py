# SPDX-License-Identifier: BSL-1.0
"""What a pair of calls costs in C++, in C and in Python, and by ctypes with the kernel's objects.

    python3 languages.py BUILD [ROUNDS]

The languages take turns, and the best of all rounds' bursts counts: another program can only slow
one down. BUILD is a Release build tree with all of them.
"""

import os
import pathlib
import subprocess
import sys

PAIRS = {"semaphore": 2_000_000, "robust": 2_000_000, "queue": 1_000_000, "loan": 300_000, "ring": 2_000_000}
TITLES = {
    "semaphore": "Semaphore: acquire, release",
    "robust": "RobustSemaphore: acquire, release",
    "queue": "MessageQueue: send, receive",
    "loan": "MessageQueue: loan, lease",
    "ring": "Ring: send, receive",
}
OF_CTYPES = ("semaphore", "queue")
SLOWER = 10  # so many pairs fewer in Python


def commands(build):
    """{language: (command, pairs a round)} for a case."""
    programs = pathlib.Path(build, "apps/bench")
    script = pathlib.Path(__file__).with_name("languages") / "in_python.py"
    python = [os.environ.get("CREX_PYTHON", sys.executable), "-B", script]
    return {
        "C++": ([programs / "languages_cpp"], 1),
        "C": ([programs / "languages_c"], 1),
        "Python": ([*python, "crex"], SLOWER),
        "ctypes": ([*python, "ctypes"], SLOWER),
    }


def nanoseconds(command, case, pairs, build):
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(build, "python"))}
    said = subprocess.run([*command, case, str(pairs)], env=environment, stdout=subprocess.PIPE, check=True)
    return float(said.stdout)


def main(build, rounds=9):
    languages = commands(build)
    print(f"{'ns a pair, best of ' + str(rounds):36}{'C++':>9}{'C':>9}{'C/C++':>7}{'Python':>9}{'ctypes':>9}")
    for case, pairs in PAIRS.items():
        best = dict.fromkeys(languages, float("inf"))
        for _ in range(int(rounds)):
            for language, (command, slower) in languages.items():
                if language != "ctypes" or case in OF_CTYPES:
                    took = nanoseconds(command, case, pairs // slower, build)
                    best[language] = min(best[language], took)
        ctypes = f"{best['ctypes']:9.0f}" if case in OF_CTYPES else f"{'-':>9}"
        print(
            f"{TITLES[case]:36}{best['C++']:9.1f}{best['C']:9.1f}{best['C'] / best['C++']:7.2f}"
            f"{best['Python']:9.0f}{ctypes}",
            flush=True,
        )


main(*sys.argv[1:])
