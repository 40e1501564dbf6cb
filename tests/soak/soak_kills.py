"""Kills `execute` many times at random moments and checks after each round that nothing is lost or doubled.

`soak_kills.py [SECONDS]` goes on for so long, 600 when not told.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOM = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOM), str(ROOM / "workflow")]

from kills import assert_whole, kill_after  # noqa: E402
from workplace import free_port, planned_workplace  # noqa: E402

from remediate.demo.hospital import build_hospital  # noqa: E402


def main() -> None:
    """Rounds of some kills on a fresh copy of one hospital; stops with a traceback at the first that is not whole."""
    deadline = time.monotonic() + float(sys.argv[1] if len(sys.argv) > 1 else 600)
    rng = random.Random(20260301)
    kills = rounds = 0
    with tempfile.TemporaryDirectory(prefix="soak-kills-") as base:
        template = planned_workplace(Path(base) / "template", build_hospital(20), free_port())
        while time.monotonic() < deadline:
            place = template.copy(Path(base) / "round")
            with place.archive() as archive:
                for _ in range(10):
                    kills += kill_after(place, rng.randrange(6), rng.random() * 0.15)
                assert_whole(place, archive)
            shutil.rmtree(place.folder)
            rounds += 1
    print(f"{kills} kills in {rounds} rounds: every planned study verified, no BSN twice, every ledger proved")


if __name__ == "__main__":
    main()
