"""Nights of the state machine with fresh seeds until the time is up: what happened in them, and the first that fails.

`soak_nights.py [SECONDS] [--nights N] [--seed SEED]` goes on for so long (600 when not told) or until N nights. A
failure prints the steps of its night, as they are in a test, and the seed of its group; nothing is shrunk.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from remediate.demo.hospital import build_hospital
from tests.night.night_machine import STUDIES, nights
from tests.workplace import free_port, planned_workplace

GROUP = 10  # nights of one seed
STEPS = 20


def main() -> int:
    """Groups of nights until the time is up or there were enough; the first failure is a traceback."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--nights", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    begun, done = time.monotonic(), Counter[str]()
    seed = random.SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
    with tempfile.TemporaryDirectory(prefix="soak-nights-") as base:
        template = planned_workplace(Path(base) / "template", build_hospital(STUDIES), free_port())
        while done["night"] < asked.nights and time.monotonic() - begun < asked.seconds:
            print(f"seed {seed}, {done['night']} nights so far", file=sys.stderr, flush=True)
            done += nights(template, Path(base) / "nights", GROUP, STEPS, seed=seed)
            shutil.rmtree(Path(base) / "nights")
            seed += 1
    total = done.pop("night", 0)
    steps = ", ".join(f"{name} {number}" for name, number in sorted(done.items()))
    print(f"{total} nights in {time.monotonic() - begun:.0f} s, {done.total()} steps: {steps}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
