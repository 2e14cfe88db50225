# SPDX-License-Identifier: BSL-1.0
"""The conversation of Mrs Premise and Mrs Conclusion, over any channel.

Premise begins with the time of day. From then on each answers the text that it heard with its MD5
digest, and checks that the next text is the digest of what it said.

A channel has a `title`, say(text), hear(said), which waits for a text other than `said` for as long
as a Patience allows, and finish(), Premise's last act.
"""

import contextlib
import datetime
import hashlib
import os
import signal
import sys
import time

import crex

from parameters import UsageError, read_arguments

FINE, CORRUPTION, USAGE, FAILURE = range(4)


class Vanished(Exception):
    pass


class Transcript:
    """Says each step, unless the programs are to be quiet."""

    def __init__(self, who, quiet):
        self.who, self._quiet = who, quiet

    def __call__(self, *words):
        if not self._quiet:
            now = datetime.datetime.now().strftime("%H:%M:%S.%f")
            print(f"{now} {self.who}:", *words, flush=True)


class Patience:
    """How long to wait for the next text. The first one may take any time, if Premise waits for it:
    Conclusion is started by hand."""

    def __init__(self, who, seconds, narrate):
        self._other = "Mrs Conclusion" if who == "Mrs Premise" else "Mrs Premise"
        self._seconds, self._narrate = seconds, narrate
        self._met = who == "Mrs Conclusion"

    def await_(self, look):
        """Waits until look() is not None, and returns that."""
        deadline = time.monotonic() + self._seconds
        attempts = 0
        while (seen := look()) is None:
            attempts += 1
            if attempts == 1000 and not self._met:
                self._narrate(f"Waiting for {self._other} to be started")
            if self._met and time.monotonic() >= deadline:
                raise Vanished(f"{self._other} has vanished")
            if attempts < 1000:
                os.sched_yield()
            else:
                time.sleep(0.001)
        self._met = True
        return seen


class Tally:
    def __init__(self):
        self.iterations = self.corrupt = 0
        self._began = time.monotonic()

    def heard(self):
        if self.iterations == 0:
            self._began = time.monotonic()

    def report(self):
        seconds = time.monotonic() - self._began
        rate = 2 * self.iterations / seconds if self.iterations else 0
        print(f"messages exchanged:  {2 * self.iterations}")
        print(f"messages corrupt:    {self.corrupt}")
        print(f"messages per second: {round(rate)}", flush=True)


def md5(text):
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def converse(channel, iterations, said, tally):
    """`said` is Premise's first text; Conclusion has said nothing yet. Returns whether all is well."""
    if said:
        channel.say(said)
    while tally.iterations < iterations:
        heard = channel.hear(said)
        tally.heard()
        if said and heard != md5(said):
            tally.corrupt += 1
            return False
        said = md5(heard)
        channel.say(said)
        tally.iterations += 1
    return True


@contextlib.contextmanager
def reporting():
    tally = Tally()
    try:
        yield tally
    finally:
        tally.report()


def hold(who, open_channel, options):
    """Opens the channel and converses. Returns the exit status."""
    is_premise = who == "Mrs Premise"
    narrate = Transcript(who, options.quiet)
    patience = Patience(who, options.patience, narrate)
    with open_channel(options, is_premise, narrate, patience) as channel, reporting() as tally:
        said = time.asctime() if is_premise else ""
        if not converse(channel, options.iterations, said, tally):
            print(f"{channel.title} corruption after {tally.iterations} iterations.")
            return CORRUPTION
        if is_premise:
            channel.finish()
    return FINE


def interrupt(*_):
    raise KeyboardInterrupt


def open_soon(what, attempt):
    """Opens what Premise is about to create: retries for a second."""
    deadline = time.monotonic() + 1
    while True:
        with contextlib.suppress(crex.ExistentialError):
            if (found := attempt()) is not None:
                return found
        if time.monotonic() >= deadline:
            raise crex.ExistentialError(f"there is no {what}; start premise first")
        time.sleep(0.01)


def create(name, make, options):
    """Calls make(); explains what to do when the object exists."""
    try:
        return make()
    except crex.ExistentialError as error:
        raise crex.ExistentialError(
            f"{error}. Another conversation is going on, or was interrupted and left that behind. "
            f"`crex who {name}` shows its users; `crex rm {name}`, or the demos' program "
            f"`cleanup --params {options.params}`, removes it."
        ) from None


def run(who, about, open_channel):
    """The whole program. Does not return."""
    program = os.path.basename(sys.argv[0])
    signal.signal(signal.SIGTERM, interrupt)
    try:
        sys.exit(hold(who, open_channel, read_arguments(about)))
    except UsageError as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(USAGE)
    except KeyboardInterrupt:
        print(f"{program}: interrupted", file=sys.stderr)
    except (Vanished, crex.Error, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
    sys.exit(FAILURE)
