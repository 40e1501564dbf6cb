"""A night on an archive that slows down five-fold and is quick again, then refuses everything, and is back.

`soak_pace.py [SECONDS] [--studies N]`: it refuses for so many seconds (600 when not told). Over real associations, into
the embedded archive; what the pace is at each moment is read where `status` reads it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from remediate.demo.faults import Break, ConversationEnding, Delay, Faults, Phase, Rejection
from remediate.demo.hospital import build_hospital
from remediate.records.signs import Doing
from remediate.records.states import State
from tests.workplace import Workplace, assert_corrected, free_port, planned_workplace

USUAL = 0.08
"""Seconds that the archive takes for an object, each way."""


def taking(seconds: float) -> Faults:
    """An archive that takes so long for an object."""
    return Faults(delays=tuple(Delay(phase=phase, seconds=seconds) for phase in (Phase.GET, Phase.STORE)))


REFUSING = Faults(
    reject=Rejection.CONGESTION,
    breaks=tuple(Break(phase=phase, by=ConversationEnding.ABORT) for phase in (Phase.GET, Phase.STORE, Phase.ECHO)),
)


def main() -> int:
    """One night; fails where the pace does not follow or anything is lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=600)
    parser.add_argument("--studies", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-pace-") as base:
        place = planned_workplace(Path(base) / "place", build_hospital(asked.studies), free_port())
        place.configure(archive={"retries": 1}, execute={"patience_seconds": 7200, "associations": 8})
        with place.archive(taking(USUAL)) as archive:
            night = place.start("--json", "execute", place.plan, "--now")
            usual = _after(place, night, 90, "usual pace", lambda doing: _is_settled(doing) and doing.studies > 20)
            archive.faults = taking(5 * USUAL)
            _after(place, night, 30, "five times slower", lambda doing: doing.pace.en.startswith("Fewer"))
            time.sleep(15)
            archive.faults = taking(USUAL)
            _after(place, night, 60, "as quick as before", lambda doing: (doing.at_a_time or 0) >= usual)
            before = _doing(place)
            archive.faults = REFUSING
            _after(place, night, 60, "refuses everything", lambda doing: doing.at_a_time == 0)
            time.sleep(max(asked.seconds - 30, 0))
            still = _doing(place)
            archive.faults = taking(USUAL / 8)
            _after(place, night, 400, "is back", lambda doing: doing.objects > still.objects)
            print(f"{before.studies} studies before it refused, {still.studies} while it did", flush=True)
            out, err = night.communicate(timeout=900)
            assert night.returncode == 0, (night.returncode, out, err)
            assert_corrected(archive, place.planned())
        with place.session(exclusive=False) as work:
            rows = {row.study_instance_uid: row for row in work.ledger.studies()}
        ours = [rows[study.study_instance_uid] for study in place.planned()]
        assert {(row.state, row.attempts) for row in ours} == {(State.VERIFIED, 0)}
    print(f"{len(place.planned())} studies verified, none lost, no attempt counted", flush=True)
    return 0


def _is_settled(doing: Doing) -> bool:
    return bool(doing.at_a_time) and not any(word in doing.pace.en for word in ("tried", "beginning", "Fewer"))


def _doing(place: Workplace) -> Doing:
    with place.session(exclusive=False) as work:
        (sign,) = work.ledger.signs([work.ledger.batches()[0].batch_id]).values()
    return sign.doing


def _after(
    place: Workplace, night: subprocess.Popen[str], most: float, what: str, reached: Callable[[Doing], bool]
) -> int:
    """Wait until the pace is so; answers how many at a time that is."""
    begun, doing = time.monotonic(), None
    while time.monotonic() - begun <= most + 10:
        time.sleep(0.5)
        assert night.poll() is None, night.communicate()
        with place.session(exclusive=False) as work:
            if not work.ledger.batches():
                begun = time.monotonic()
                continue
        doing = _doing(place)
        if reached(doing):
            break
    took = time.monotonic() - begun
    assert doing is not None
    print(f"{what}: after {took:.0f} s {doing.at_a_time} at a time: {doing.pace.en}", flush=True)
    assert took <= most, what
    return doing.at_a_time or 0


if __name__ == "__main__":
    sys.exit(main())
