"""Kills `execute` many times, at every named step and at any moment, and checks that nothing is lost or doubled.

`soak_kills.py [SECONDS] [--kills N] [--orthanc]` goes on for so long (600 when not told), or until N kills; on the
embedded archive, or on a real Orthanc.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from remediate.demo.hospital import build_hospital
from tests.acceptance.orthanc_objects import OrthancObjects
from tests.night.kills import aims, assert_whole, killer
from tests.night.oracle import Holds
from tests.servers import running_orthanc
from tests.workplace import Workplace, free_port, planned_workplace

OpenArchive = Callable[[Workplace], AbstractContextManager[Holds]]

A_ROUND = 10  # kills on one copy of the hospital


@contextmanager
def archives(name: str, base: Path) -> Iterator[tuple[Workplace, OpenArchive]]:
    """A planned hospital, and what opens the archive of a copy of it, filled as it was at first."""
    hospital = build_hospital(5)
    if name != "orthanc":
        yield planned_workplace(base / "template", hospital, free_port()), lambda place: place.archive()
        return
    with running_orthanc() as server:
        orthanc = OrthancObjects(server)

        @contextmanager
        def filled(place: Workplace) -> Iterator[Holds]:
            orthanc.fill(place.hospital)
            yield orthanc

        yield orthanc.planned_workplace(base / "template", hospital), filled


def main() -> int:
    """Rounds of some kills on a fresh copy until time or number is reached; fails at the first that is not whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--kills", type=int, default=10**9)
    parser.add_argument("--orthanc", action="store_true")
    asked = parser.parse_args()
    begun, rounds = time.monotonic(), 0
    aimed = aims(random.Random(20260301))
    with (
        tempfile.TemporaryDirectory(prefix="soak-kills-") as base,
        archives("orthanc" if asked.orthanc else "embedded", Path(base)) as (template, opened),
        killer() as killed,
    ):
        while killed.kills.total() < asked.kills and time.monotonic() - begun < asked.seconds:
            place = template.copy(Path(base) / "round")
            with opened(place) as archive:
                for _ in range(A_ROUND):
                    if not killed.kill(place, next(aimed)):
                        break  # the plan is done: nothing is left to be killed in
                assert_whole(place, archive)
            shutil.rmtree(place.folder)
            rounds += 1
    print(killed.table())
    print(
        f"{killed.kills.total()} kills at {len(killed.kills)} points in {rounds} rounds and "
        f"{time.monotonic() - begun:.0f} s: every planned study verified, no BSN twice, every ledger proved"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
