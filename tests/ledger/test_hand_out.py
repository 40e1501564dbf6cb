"""Patients claimed in one go by a process, on both databases: how many, for how long, and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from unittest.mock import patch

import pytest

from remediate.config.execute import ExecuteSettings, WindowSettings
from remediate.ledger.ledger import SqlLedger
from remediate.night.execute import Batch
from remediate.night.gate import Gate, StopSwitch
from remediate.night.hand_out import LATE_SECONDS, HandOut
from remediate.night.pace import Pace
from remediate.night.seats import Seats
from remediate.night.turn import StudyOutcome
from remediate.night.warm_up import Ramp
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.ledger import BatchRow, Claim
from remediate.records.states import State
from remediate.spool.folder_spool import FolderSpool
from tests.ledger.ledger_samples import LEASE, NOW, begin, move, planned_ledger, start_batch, take_claim

ALWAYS = WindowSettings(**{"from": "00:00", "to": "00:00"})


@dataclass(kw_only=True)
class Process:
    """One process that works on a batch, on a clock of its own."""

    ledger: SqlLedger
    batch: BatchRow
    name: str = "us/1"
    seconds: float = 0.0
    stays: bool = False
    is_gone: Callable[[str], bool] = lambda _: False
    hands: HandOut = field(init=False)

    def __post_init__(self) -> None:
        def steady() -> float:
            return self.seconds

        self.gate = Gate(
            control=self.ledger,
            settings=ExecuteSettings(window=ALWAYS),
            clock=lambda: NOW,
            steady=steady,
            switch=StopSwitch(),
            seats=Seats(Pace(8, 0.0, fixed=True), steady),
        )
        self.gate.sit()
        self.hands = HandOut(
            work=self.ledger,
            gate=self.gate,
            batch=self.batch,
            owner=self.name,
            lease=LEASE,
            is_gone=self.is_gone,
            stays=self.stays,
        )

    def learn(self, seconds: float) -> None:
        """Studies take so long."""
        self.gate.times.learn(1, seconds)

    def next(self) -> Claim | None:
        handed = self.hands.next()
        return handed.claim if handed else None

    @property
    def in_hand(self) -> int:
        """Patients that the ledger takes for claimed by this process."""
        return sum(one.owner.startswith(f"{self.name}/") for one in self.ledger.held())


@pytest.fixture
def process(ledger: SqlLedger) -> Process:
    """Ten patients."""
    return Process(ledger=ledger, batch=start_batch(ledger, planned_ledger(ledger, 20)))


def test_as_many_patients_are_claimed_in_one_go_as_are_done_in_two_seconds(process: Process) -> None:
    first = process.next()
    assert process.in_hand == 1, "nobody knows how long a study takes"
    process.learn(0.4)
    second = process.next()
    assert process.in_hand == 1 + 5
    rest = [process.next() for _ in range(4)]
    assert process.in_hand == 1 + 5
    units = [claim.unit_id for claim in (first, second, *rest) if claim]
    assert units == sorted(set(units)), "in the plan's order"
    for claim in (first, second, *rest):
        assert claim is not None
        assert process.ledger.holds(claim, now=NOW)
        process.ledger.finish(claim, done=True)
    process.learn(60.0)
    process.next()
    assert process.in_hand == 1, "studies that take minutes are for whoever is free"


def test_what_was_claimed_and_not_begun_goes_back_in_its_place(process: Process) -> None:
    process.learn(0.4)
    ours = process.next()
    assert process.in_hand == 5
    process.seconds = LATE_SECONDS - 1
    process.hands.let_go(LATE_SECONDS)
    assert process.in_hand == 5
    process.seconds = LATE_SECONDS
    process.hands.let_go(LATE_SECONDS)
    assert process.in_hand == 1
    other = take_claim(process.ledger, process.batch, owner="other")
    assert ours is not None
    assert other.unit_id == ours.unit_id + 1, "the next in the plan's order"
    process.next()
    process.hands.let_go()
    assert process.in_hand == 2


def test_what_was_claimed_long_ago_is_claimed_anew_before_it_is_begun(process: Process) -> None:
    """After the whole process was frozen, which lets nothing go: another may have had the patient meanwhile."""
    process.learn(0.4)
    process.next()
    others = [one.unit_id for one in process.ledger.held()][1:]
    after = NOW + 2 * LEASE
    theirs = process.ledger.claim(process.batch.batch_id, "other", LEASE, now=after, most=9)
    for claim in theirs:
        if claim.unit_id == others[0]:
            move(process.ledger, claim, claim.studies[0], State.FAILED)
        process.ledger.finish(claim, done=False)
    process.seconds = 2 * LEASE.total_seconds()
    claim = process.next()
    assert claim is not None
    assert process.ledger.holds(claim, now=NOW)
    assert claim.fence > 1


def test_no_two_hand_outs_have_the_same_name(process: Process) -> None:
    """A server that failed may hand a fence out again, within this very process."""
    process.learn(5.0)
    claims = [process.next() for _ in range(10)]
    assert len({claim.owner for claim in claims if claim}) == 10


def test_a_patient_of_which_nothing_is_left_is_passed_over(process: Process) -> None:
    ledger = process.ledger
    claims = ledger.claim(process.batch.batch_id, "before", LEASE, now=NOW, most=3)
    for study in claims[1].studies:
        begin(ledger, claims[1], study)
        move(ledger, claims[1], study, State.STORED, State.VERIFIED)
    for claim in claims:
        ledger.finish(claim, done=False, keeps_place=True)
    again = ledger.claim(process.batch.batch_id, "again", LEASE, now=NOW, most=3)
    assert [claim.unit_id for claim in again] == [claims[0].unit_id, claims[2].unit_id]
    assert process.ledger.owners() == {"again"}


def test_what_a_killed_process_had_claimed_ahead_is_taken_back_at_once(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 8))
    dead = Process(ledger=ledger, batch=batch, name="dead/1")
    dead.learn(0.1)
    lost = dead.next()
    assert dead.in_hand == 4
    alive = Process(ledger=ledger, batch=batch, name="alive/2", is_gone=lambda owner: owner.startswith("dead/"))
    taken = []
    while claim := alive.next():
        taken.append(claim)
        ledger.finish(claim, done=True)
    assert len(taken) == 4
    assert lost is not None
    assert not ledger.holds(lost, now=NOW)


def test_a_worker_that_stays_waits_for_those_of_other_processes_and_not_for_its_own(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 4))
    theirs = take_claim(ledger, batch, owner="other/1/1")
    process = Process(ledger=ledger, batch=batch, stays=True)
    assert process.next() is not None

    def wait(_switch: StopSwitch, _seconds: float) -> bool:
        ledger.finish(theirs, done=False)
        return False

    with patch.object(StopSwitch, "wait", wait):
        claim = process.next()
    assert claim is not None
    assert claim.unit_id == theirs.unit_id
    assert process.next() is None


def test_threads_of_two_processes_never_have_a_patient_twice(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 120))
    both = [Process(ledger=ledger, batch=batch, name=f"us/{number}") for number in range(2)]
    go = Event()

    def work(process: Process) -> list[int]:
        go.wait()
        taken = []
        while claim := process.next():
            assert ledger.holds(claim, now=NOW)
            taken.append(claim.unit_id)
            process.learn(0.2)
            ledger.finish(claim, done=True)
        return taken

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(work, process) for process in both * 2]
        go.set()
        taken = [unit for each in running for unit in each.result()]
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 60


def test_a_patient_that_was_begun_is_not_left_half_done_for_one_behind(ledger: SqlLedger, tmp_path: Path) -> None:
    """Two studies a night, two workers: while the first study of whoever comes first is at work the other worker has a
    patient too, and nothing left of the night's quota."""
    plan, is_begun, behind_is_done = planned_ledger(ledger, 4), Event(), Event()
    switch, done, opened = StopSwitch(), list[Claim](), list[str]()
    settings = ExecuteSettings(window=ALWAYS, associations=2, ramp=())

    class Job:
        def run(self, claim: Claim, _: str) -> StudyOutcome:
            done.append(claim)
            if len(done) == 1:
                is_begun.set()
                assert behind_is_done.wait(10)
            return StudyOutcome(state=State.VERIFIED, reason=WorkReason.READ_BACK, instances=1)

    @contextmanager
    def open_job(batch_id: str) -> Iterator[Job]:
        opened.append(batch_id)
        if len(opened) == 2:
            assert is_begun.wait(10)
        yield Job()
        behind_is_done.set()

    batch = Batch(
        plans=ledger,
        batches=ledger,
        studies=ledger,
        work=ledger,
        vault=ledger,
        spool=FolderSpool(tmp_path / "spool"),
        clock=lambda: NOW,
        gate=Gate(control=ledger, settings=settings, clock=lambda: NOW, switch=switch, quota=2),
        ramp=Ramp((), switch),
        settings=settings,
        open_job=open_job,
        owner="us/1",
        progress=lambda _: None,
    )
    assert batch.run(plan).stopped_because is StopReason.MAX_STUDIES
    assert [claim.unit_id for claim in done] == [done[0].unit_id] * 2
