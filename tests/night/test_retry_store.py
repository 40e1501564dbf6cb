"""An archive without room for an object is given time: waits that grow and end, and that a stop cuts short."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.demo.faults import Break, ConversationEnding, Faults, Phase
from remediate.night.gate import Gate
from remediate.night.sending import FIRST_SECONDS, LONGEST_SECONDS, patiently
from remediate.reasons.study import StopReason
from remediate.records.dicom import StoreResult, StoreVerdict
from remediate.records.states import State
from tests.night.oracle import lies
from tests.workplace import Workplace, assert_corrected, shared_workplace

BUSY, TAKEN = (
    StoreResult(sop_instance_uid="1.2.3", verdict=verdict, status=status)
    for verdict, status in ((StoreVerdict.BUSY, 0xA700), (StoreVerdict.STORED, 0))
)


@given(st.integers(0, 12), st.integers(0, 12))
def test_waits_grow_up_to_a_ceiling_and_are_no_more_than_allowed(busy: int, retries: int) -> None:
    waits: list[float] = []
    answers = iter([*[BUSY] * busy, TAKEN])
    last = patiently(next(answers), lambda: next(answers), retries=retries, wait=waits.append)
    assert last is (TAKEN if busy <= retries else BUSY)
    assert len(waits) == min(busy, retries)
    for number, seconds in enumerate(waits):
        least = min(FIRST_SECONDS * 2**number, LONGEST_SECONDS)
        assert least <= seconds <= least + FIRST_SECONDS


def test_a_refusal_is_not_waited_for() -> None:
    refused = StoreResult(sop_instance_uid="1.2.3", verdict=StoreVerdict.REFUSED, status=0xA778)
    answers = iter([refused])
    assert patiently(BUSY, lambda: next(answers), retries=9, wait=lambda _: None) is refused


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Three planned studies."""
    return shared_workplace(tmp_path_factory.mktemp("approved"), 3)


@pytest.fixture
def patient_place(place: Workplace) -> Workplace:
    place.configure(archive={"retries": 4}, execute={"associations": 1})
    return place


@contextmanager
def counted_waits() -> Iterator[list[float]]:
    """The seconds that would have been waited."""
    waits: list[float] = []
    with patch.object(Gate, "wait", lambda _, seconds: waits.append(seconds)):
        yield waits


def test_what_an_archive_had_no_room_for_at_first_is_stored_after_waits_that_grow(patient_place: Workplace) -> None:
    with (
        patient_place.archive(Faults(store_status=0xA700, store_status_on=range(2, 5))) as archive,
        counted_waits() as waits,
    ):
        ran = patient_place.must("execute", patient_place.plan, "--now", "--max-studies", "1", code=3)
        assert ran.answer["verified"] == 1
        assert list(lies(patient_place, archive)) == []
    assert len(waits) == 3
    assert all(later > earlier for earlier, later in pairwise(waits))
    with patient_place.session(exclusive=False) as work:
        told = [one.event.details["busy"] for one in work.ledger.events() if "busy" in one.event.details]
    assert told == [1]


def test_while_it_waits_status_and_a_line_say_so(patient_place: Workplace) -> None:
    """Once for room, once because the archive broke off."""
    seen: dict[str, Any] = {}

    def wait(_gate: Gate, _seconds: float) -> None:
        deadline = time.monotonic() + 20
        while (told := patient_place.json("status").answer)["archive"] is None and time.monotonic() < deadline:
            time.sleep(0.02)
        seen.setdefault(told["state"], told)

    breaks = (Break(phase=Phase.GET, by=ConversationEnding.ABORT, on=range(2, 3)),)
    faults = Faults(store_status=0xA700, store_status_on=range(2, 3), breaks=breaks)
    with patient_place.archive(faults), patch.object(Gate, "wait", wait):
        told = patient_place.json("execute", patient_place.plan, "--now").err
    assert set(seen) == {"waiting-room", "waiting-archive"}
    assert seen["waiting-room"]["archive"]["answered"] == "A700h"
    assert seen["waiting-archive"]["archive"]["answered"]
    assert "(execute.patience_seconds). After 5 failures in a row" in seen["waiting-archive"]["told"]
    assert {one["done_at"] for one in seen.values()} == {None}, "nothing moves, so that no end can be expected"
    for answer in seen.values():
        assert (answer["running"], answer["next"]) == (True, "remediate doctor")
        assert answer["archive"]["since"]
    assert [line.partition(":")[0].partition(",")[0] for line in told.splitlines()] == [
        "Waiting for the archive",
        "The archive answers again.",
        "The archive has no room for an object (A700h)",
        "No object waits for room any more.",
    ]


def test_waiting_is_bounded_and_what_was_stored_goes_back(patient_place: Workplace) -> None:
    with (
        patient_place.archive(Faults(store_status=0xA700, store_status_on=range(2, 7))) as archive,
        counted_waits() as waits,
    ):
        assert patient_place.must("execute", patient_place.plan, "--now", "--max-studies", "1", code=1)
        assert len(waits) == 4
        assert State.FAILED in patient_place.states().values()
        assert list(lies(patient_place, archive)) == []


@pytest.mark.parametrize("at", [1, 5], ids=["storing", "putting-back"])
def test_a_stop_ends_the_waiting_and_the_next_run_goes_on(patient_place: Workplace, at: int) -> None:
    waits = 0

    def wait(gate: Gate, _: float) -> None:
        nonlocal waits
        waits += 1
        if waits == at:
            gate.switch.stop(StopReason.SIGNAL)

    with patient_place.archive(Faults(store_status=0xA700, store_status_on=range(2, 9_999))) as archive:
        with patch.object(Gate, "wait", wait):
            answer = patient_place.must("execute", patient_place.plan, "--now", code=3).answer
        assert (answer["stopped_because"], waits) == ("signal", at)
        states = patient_place.states()
        assert State.INTENT in states.values()
        assert list(lies(patient_place, archive)) == []
        begun = [study for study in patient_place.planned() if states[study.study_instance_uid] is State.INTENT]
        archive.faults = Faults()
        patient_place.must("execute", patient_place.plan, "--now", "--max-studies", "1", code=3)
        assert_corrected(archive, begun)
