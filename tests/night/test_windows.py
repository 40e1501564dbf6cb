"""Nights on a virtual clock, over real associations: nothing is stored outside a window, no study is half done at its
end, and who starts outside it waits or is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remediate import wiring
from remediate.cli.night import execution, working
from remediate.night.gate import Gate
from remediate.reasons.study import StopReason
from remediate.window import is_open
from tests.workplace import Workplace, assert_corrected

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EACH = timedelta(minutes=2)
EVENINGS = ["mon", "tue", "wed", "thu", "fri", "sat"]
WINDOW = {
    "from": "23:30",
    "to": "00:05",
    "days": EVENINGS,
    "also": [{"from": "01:45", "to": "02:20", "days": ["sun"]}, {"from": "10:00", "to": "10:30", "days": ["holiday"]}],
    "holidays": "NL",
}


class VirtualClock:
    """Both clocks of the program: the one on the wall and the steady one. Each object takes two minutes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
        self.moment, self._began = moment, moment
        self.stored: list[datetime] = []
        self.meanwhile: Callable[[], object] = lambda: None  # called while somebody sleeps
        before_object = Gate.before_object

        def stored(gate: Gate, nbytes: int, *, even_if_stopped: bool = False) -> StopReason | None:
            self.stored.append(self.moment)
            self.moment += EACH
            return before_object(gate, nbytes, even_if_stopped=even_if_stopped)

        monkeypatch.setattr(Gate, "before_object", stored)
        for module in (working, execution, wiring):
            monkeypatch.setattr(module, "now", lambda: self.moment)
        monkeypatch.setattr(working, "steady", lambda: (self.moment - self._began).total_seconds())
        sleeping = SimpleNamespace(sleep=self._sleep, monotonic=time.monotonic)
        monkeypatch.setattr(wiring, "time", sleeping)

    def _sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        self.meanwhile()


@pytest.mark.parametrize("friday", ["2026-03-27", pytest.param("2026-10-23", marks=pytest.mark.soak)])
def test_nothing_is_stored_outside_a_window_and_no_study_is_half_done_at_its_end(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, friday: str
) -> None:
    """Over both weekends on which the clock is set; the windows are too short for all studies."""
    place.configure(execute={"window": WINDOW, "associations": 1, "outside": "wait"})
    clock = VirtualClock(monkeypatch, datetime.fromisoformat(f"{friday}T12:00").replace(tzinfo=AMSTERDAM))
    with place.session(exclusive=False) as work:
        window = work.config.execute.window
    with place.archive() as archive:
        for night in range(12):
            ran = place.json("execute", "--approved")
            assert ran.code in (0, 3), ran.err
            assert not {"intent", "stored", "failed"} & set(place.states().values()), night
            if ran.answer["stopped_because"] is None:
                break
            assert ran.answer["stopped_because"] == StopReason.NO_TIME
            while is_open(window, clock.moment):
                clock.moment += timedelta(minutes=1)
        assert night > 1
        assert ran.answer["remaining"] == 0
        assert_corrected(archive, place.planned())
    ends = [moment + EACH for moment in clock.stored]
    assert [moment for moment in clock.stored if not is_open(window, moment)] == []
    assert [end for end in ends if not is_open(window, end - timedelta(seconds=1))] == []


def test_a_new_batch_begins_no_study_that_would_not_end_at_the_pace_of_the_one_before(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few objects that stored, and whatever batch of no study came between."""
    place.configure(execute={"window": {"from": "20:00", "to": "22:00"}, "associations": 1})
    clock = VirtualClock(monkeypatch, datetime(2026, 3, 4, 20, 0, tzinfo=AMSTERDAM))
    with place.archive():
        assert place.json("execute", place.plan, "--max-studies", "1").answer["instances"] < 20
        stored = len(clock.stored)
        for minutes in (1, 1, 0):
            clock.moment = datetime(2026, 3, 4, 21, 59 - minutes, tzinfo=AMSTERDAM)
            answer = place.json("execute", place.plan).answer
            assert (answer["stopped_because"], answer["instances"]) == (StopReason.NO_TIME, 0)
    assert len(clock.stored) == stored


def test_who_starts_outside_the_window_is_told_when_it_opens_and_leaves_no_batch(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.configure(execute={"window": {"from": "20:00", "to": "06:00"}})
    clock = VirtualClock(monkeypatch, datetime(2026, 3, 4, 12, 0, tzinfo=AMSTERDAM))
    seen: list[dict[str, Any]] = []
    with place.archive():
        said = place.run("execute", place.plan)
        assert said.code == 3
        assert "The window opens at 2026-03-04 20:00 CET." in said.out
        answer = place.json("execute", place.plan).answer
        assert (answer["batch"], answer["stopped_because"]) == (None, "window-closed")
        assert answer["remaining"] == len(place.planned())
        assert place.json("report").one_line == "remediate: There is no batch yet. `remediate execute` makes one."
        place.configure(execute={"outside": "wait"})
        clock.meanwhile = lambda: seen.append(place.must("status", code=2).answer) if len(seen) < 1 else None
        waited = place.run("execute", place.plan, "--max-studies", "1")
        assert "waiting" in waited.err
    assert seen[0]["state"] == "waiting-window"
    assert "waits until the window opens at 2026-03-04 20:00 CET, and goes on with plan-0001 then." in seen[0]["told"]
    assert (seen[0]["command"]["pid"], seen[0]["next"]) == (os.getpid(), None)
    clock.moment = datetime(2026, 3, 5, 12, 0, tzinfo=AMSTERDAM)
    assert place.must("status", code=2).answer["state"] == "outside-window"
    assert clock.stored[0] == datetime(2026, 3, 4, 20, 0, tzinfo=AMSTERDAM)


def test_a_run_that_finds_nothing_to_do_leaves_no_batch(place: Workplace) -> None:
    with place.archive():
        place.must("execute", place.plan, "--now")
        again = place.must("execute", place.plan, "--now").answer
    assert (again["batch"], again["stopped_because"], again["remaining"]) == (None, None, 0)
    with place.session(exclusive=False) as work:
        assert [batch.batch_id for batch in work.ledger.batches()] == ["batch-0001"]
