"""The careful start of a batch: nothing more is written until what was written is verified, whoever reads ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from remediate.demo.faults import Faults, StorePolicy
from remediate.night.gate import StopSwitch
from remediate.night.warm_up import Ramp
from remediate.reasons.study import StopReason
from remediate.records.states import State
from tests.workplace import Workplace, shared_workplace

LONG = 60.0


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 3)


class Waiting:
    """A worker that asks to write one study."""

    def __init__(self, ramp: Ramp, uid: str) -> None:
        self._answer: bool | None = None
        self._thread = threading.Thread(target=self._ask, args=(ramp.enter, uid), daemon=True)
        self._thread.start()

    def _ask(self, enter: Callable[[str, float], bool], uid: str) -> None:
        self._answer = enter(uid, LONG)

    @property
    def waits(self) -> bool:
        """Whether it still has no answer, a little later."""
        self._thread.join(0.1)
        return self._answer is None

    def answer(self) -> bool | None:
        self._thread.join(5)
        return self._answer


def test_while_another_process_makes_the_beginning_nothing_is_written_here() -> None:
    told: list[int | None] = [None]
    ramp = Ramp((1, 2, 4), StopSwitch(), behind=lambda: told[0])
    assert not ramp.enter("a", 0)
    told[0] = 1  # it ended after its first study
    assert ramp.enter("a", 0)
    assert ramp.enter("b", 0)
    assert not ramp.enter("c", 0), "this process goes on with the beginning where the other was"
    told[0] = None
    ramp.leave("a", troubled=False)
    ramp.leave("b", troubled=False)
    assert ramp.enter("c", 0)


def test_where_another_process_made_the_beginning_there_is_none_here() -> None:
    ramp = Ramp((1, 2), StopSwitch(), behind=lambda: 3)
    assert all(ramp.enter(str(number), 0) for number in range(20))


def test_a_step_begins_when_all_of_the_one_before_were_written() -> None:
    ramp = Ramp((1, 2), StopSwitch())
    assert ramp.enter("a", LONG)
    second, third = Waiting(ramp, "b"), Waiting(ramp, "c")
    assert second.waits
    assert third.waits
    ramp.leave("a", troubled=False)
    assert second.answer()
    assert third.answer()
    fourth = Waiting(ramp, "d")
    ramp.leave("b", troubled=False)
    assert fourth.waits
    ramp.leave("c", troubled=False)
    assert fourth.answer()
    assert all(ramp.enter(str(number), LONG) for number in range(1000))


def test_what_earlier_batches_wrote_counts() -> None:
    ramp = Ramp((1, 10, 100), StopSwitch(), done=5)
    assert all(ramp.enter(str(number), LONG) for number in range(6))
    assert not ramp.enter("seventh", 0)
    assert all(Ramp((1, 10), StopSwitch(), done=11).enter(str(number), 0) for number in range(50))


def test_trouble_stops_everybody_at_the_end_of_the_step() -> None:
    switch = StopSwitch()
    ramp = Ramp((2, 5), switch)
    assert ramp.enter("a", LONG)
    assert ramp.enter("b", LONG)
    waiting = Waiting(ramp, "c")
    ramp.leave("a", troubled=True)
    assert waiting.waits
    assert not switch.stopped
    ramp.leave("b", troubled=False)
    assert waiting.answer() is False
    assert switch.reason is StopReason.RAMP_FAILED


def test_a_study_that_cannot_be_read_or_needs_nothing_holds_nobody_back() -> None:
    switch = StopSwitch()
    ramp = Ramp((1, 1), switch)
    ramp.leave("needs nothing", troubled=False)
    assert ramp.enter("a", LONG)
    assert ramp.enter("a", LONG)
    ramp.leave("unreadable", troubled=True)
    ramp.leave("a", troubled=False)
    assert ramp.enter("b", LONG)
    ramp.leave("b", troubled=False)
    assert switch.reason is None


def test_who_waits_comes_back_in_time_to_keep_its_claim() -> None:
    ramp = Ramp((1,), StopSwitch())
    assert ramp.enter("a", LONG)
    assert not ramp.enter("b", 0.01)
    ramp.leave("a", troubled=False)
    assert ramp.enter("b", 0.01)


def test_a_signal_frees_who_waits() -> None:
    switch = StopSwitch()
    ramp = Ramp((1,), switch)
    assert ramp.enter("a", LONG)
    waiting = Waiting(ramp, "b")
    switch.stop(StopReason.SIGNAL)
    assert waiting.answer() is False


@pytest.mark.parametrize("workers", [1, 3])
def test_only_the_first_study_meets_an_archive_that_fails(place: Workplace, workers: int) -> None:
    place.configure(archive={"retries": 0}, execute={"ramp": [1], "associations": workers})
    with place.archive(Faults(store_status=0xC000)) as archive:
        ran = place.must("execute", place.plan, "--now", code=1)
        assert (ran.answer["stopped_because"], ran.answer["failed"]) == ("ramp-failed", 1)
        states = list(place.states().values())
        assert (states.count(State.FAILED), states.count(State.PLANNED)) == (1, len(place.planned()) - 1)
        failed = {uid for uid, state in place.states().items() if state is State.FAILED}
        assert {path.relative_to(place.folder / "spool").parts[0] for path in place.left_in_spool()} <= failed
        archive.faults = Faults()
        assert place.must("execute", place.plan, "--now").answer["remaining"] == 0
    assert not place.left_in_spool()


def test_readers_ahead_do_not_write_while_the_first_is_wrong(place: Workplace) -> None:
    place.configure(execute={"ramp": [1], "associations": 3})
    before = place.states()
    with place.archive(Faults(store_policy=StorePolicy.IGNORE)):
        ran = place.must("execute", place.plan, "--now", code=2)
    assert ran.answer["stopped_because"] == "verification-mismatch"
    assert len(place.states().items() - before.items()) == 1
