"""Tampers a thousand times with a ledger of a hundred thousand events, at random places: each is detected and located.

`soak_tamper.py [SECONDS [TRIALS [EVENTS]]]`: it stops after so many trials; the seconds that `make soak` gives are not
a limit here.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.ledger.tampering import ALL_WAYS, one_trial, prove, write_ledger


def main() -> None:
    """One line for each way; stops at the first trial that was not detected at its place."""
    trials = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    events = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    rng = random.Random(20260601)
    begun, at_work, done = time.perf_counter(), time.process_time(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="soak-tamper-") as base:
        folder = Path(base)
        written = write_ledger(folder / "written", events)
        for number in range(trials):
            way = ALL_WAYS[number % len(ALL_WAYS)]
            wrong = one_trial(written, folder, way, rng)
            if wrong:
                raise SystemExit(f"trial {number}, {way}: {wrong}")
            done[way] += 1
            if number % 50 == 0 and prove(written.file, written.outside, written.public_key).problems:
                raise SystemExit("the untouched ledger does not prove")
        for way, count in done.items():
            print(f"{count:>5} x {way}: detected and located every time")
        print(f"{written.events} events, {trials} trials in {time.perf_counter() - begun:,.0f} s, "
              f"{time.process_time() - at_work:,.0f} s of CPU; the untouched ledger proved each time")  # fmt: skip


if __name__ == "__main__":
    main()
