# SPDX-License-Identifier: BSL-1.0
"""The benchmarks, in a run of a few seconds, and what is made of its results.

    bench_test.py CREX_BENCH ROOT
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import xml.etree.ElementTree

PROGRAM, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])
SCRIPTS = ROOT / "apps/bench"

# Each method once, with all of its subjects.
CASES = ("queue/(1 to 1, capacity 1024$|round trip, two cores|1 to 1, batches|send.receive, 10 queued)"
         "|ring/(64 (B|KiB) by copy|1 KiB in place|round trip, 24 B)"
         "|semaphore/"
         "|curve/(one way by size, (16 B|1 KiB)$|N senders, N receivers, 2$"
         "|(create to remove|open to close) by objects on the machine, (1|10)$"
         "|send.receive by (open handles, (1|4)|depth, 32 priorities, (1|16))$"
         "|round trip by waiting receivers, p50, (1|4)$)")
SECONDS = ("--quick", "--seconds", "0.002", "--limit", "60")


def script(name, *arguments, python=sys.executable):
    return subprocess.run([python, "-B", SCRIPTS / name, *map(str, arguments)], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def python_that_draws():
    """Another Python may come first in PATH, without the system's packages."""
    for python in (sys.executable, "/usr/bin/python3"):
        if os.path.exists(python) and subprocess.run(
                [python, "-c", "import matplotlib"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def listed():
    out = subprocess.run([PROGRAM, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return out.splitlines()


class Benchmarks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keeper = tempfile.TemporaryDirectory()
        cls.directory = pathlib.Path(cls.keeper.name)
        cls.journal = cls.directory / "journal.tsv"
        cls.json = cls.directory / "results.json"
        cls.finished = subprocess.run([PROGRAM, *SECONDS, "--only", CASES, "--output", cls.journal],
                                      check=False, stderr=subprocess.PIPE, text=True)
        cls.table = script("table.py", "--journal", cls.journal, "--json", cls.json,
                           "--command", "a test")

    @classmethod
    def tearDownClass(cls):
        cls.keeper.cleanup()

    def results(self):
        return json.loads(self.json.read_text())

    def test_a_run_measures_and_shows_its_progress(self):
        self.assertEqual(self.finished.returncode, 0, self.finished.stderr)
        self.assertRegex(self.finished.stderr, r"90 %  \(\d+ of \d+, about \d+ s left\)")

    def test_no_result_is_wrong(self):
        self.assertEqual(self.table.returncode, 0, self.table.stdout + self.table.stderr)
        self.assertEqual([], [each for each in self.results()["failures"] if each["how"] != "refused"])

    def test_each_subject_has_a_figure_in_a_case(self):
        results = self.results()
        measured = {(each["suite"], each["subject"]) for each in results["results"]}
        refused = {(each["suite"], each["subject"]) for each in results["failures"]}
        for each in results["subjects"]:
            if each["subject"] not in ("crex-boost", "crex-posix"):     # with --all-subjects
                self.assertIn((each["suite"], each["subject"]), measured | refused)
        self.assertIn(("queue", "crex"), measured)
        self.assertIn(("queue", "boost"), measured)

    def test_the_percentiles_of_a_round_trip_rise(self):
        points = [(each["x"], each["median"]) for each in self.results()["results"]
                  if (each["suite"], each["subject"], each.get("curve")) ==
                  ("queue", "crex", "round trip, two cores")]
        self.assertEqual([x for x, _ in points], [10, 50, 90, 99, 99.9])
        self.assertEqual(points, sorted(points, key=lambda point: point[1]))

    def test_the_results_say_where_and_how_they_were_measured(self):
        results = self.results()
        self.assertEqual(results["command"], "a test")
        self.assertRegex(results["date"], r"^\d{4}-\d\d-\d\dT")
        for key in ("cpu", "kernel", "libc", "boost", "crex", "compiler", "cpus_used_by_others"):
            self.assertIn(key, results["machine"])

    def test_the_results_read_back_are_the_same(self):
        again = self.directory / "again.json"
        read = script("table.py", "--from", self.json, "--json", again)
        self.assertEqual(read.returncode, 0, read.stderr)
        self.assertEqual(json.loads(again.read_text()), self.results())

    def test_a_wrong_result_fails_the_table(self):
        journal = self.directory / "wrong.tsv"
        journal.write_text(self.journal.read_text() +
                           "failed\t1\tqueue\t1 to 1, capacity 1024\tboost\twrong\tlost\n")
        self.assertEqual(script("table.py", "--journal", journal).returncode, 1)

    @unittest.skipUnless(python_that_draws(), "matplotlib is not installed")
    def test_pictures_are_drawn_and_a_page_shows_them(self):
        page = self.directory / "page.md"
        page.write_text((ROOT / "lib/doc/benchmarks.md").read_text())
        drawn = script("pictures.py", self.json, self.directory / "pictures",
                       python=python_that_draws())
        self.assertEqual(drawn.returncode, 0, drawn.stderr)
        files = [pathlib.Path(line) for line in drawn.stdout.splitlines()]
        self.assertEqual(9, len(files), drawn.stdout)
        for file in files:
            self.assertEqual(xml.etree.ElementTree.parse(file).getroot().tag,
                             "{http://www.w3.org/2000/svg}svg")
        self.assertEqual(script("report.py", self.json, page).returncode, 0)
        for file in files:
            self.assertIn(f"](pictures/{file.name})", page.read_text())

    def test_a_report_can_be_written_again(self):
        page = self.directory / "again.md"
        page.write_text((ROOT / "lib/doc/benchmarks.md").read_text())
        self.assertEqual(script("report.py", self.json, page).returncode, 0)
        once = page.read_text()
        self.assertIn("| 1 to 1, capacity 1024 | million/s |", once)
        self.assertEqual(script("report.py", self.json, page).returncode, 0)
        self.assertEqual(page.read_text(), once)

    def test_a_page_without_markers_is_refused(self):
        page = self.directory / "bare.md"
        page.write_text("# Nothing\n")
        refused = script("report.py", self.json, page)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("needs one line", refused.stderr)
        self.assertEqual(page.read_text(), "# Nothing\n")

    def test_an_interrupted_run_leaves_nothing(self):
        run = subprocess.Popen([PROGRAM, "--only", "^curve/create to remove.* 100$", "--subjects", "^crex$",
                                "--seconds", "30", "--limit", "60"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while len(objects_of(run)) < 100:   # it measures
            self.assertIsNone(run.poll())
            time.sleep(0.01)
        for child in children(run.pid):     # a terminal's Ctrl-C is for all of them
            os.kill(child, signal.SIGINT)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(), 130)
        self.assertEqual(objects_of(run), [])

    def test_every_case_that_is_chosen_here_is_listed(self):
        self.assertIn("queue/1 to 1, capacity 1024", listed())
        self.assertIn("curve/one way by size, 1 GiB", listed())
        self.assertEqual(len(listed()), len(set(listed())))


def objects_of(run):
    return [name for name in os.listdir("/dev/shm") if f"crex-bench.{run.pid}" in name]


def children(parent):
    with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
