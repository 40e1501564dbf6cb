"""Runs an approved plan in one batch: settles what a crash left, ramps up, stops when told. Knows no DICOM, no SQL.

What happens to one study stands in `study_job` and `messages/job`; when to go on and when a night ends in `gate`, the
careful start in `warm_up`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Protocol

from remediate.config.execute import ExecuteSettings
from remediate.night.gate import Gate, lease_of
from remediate.night.hand_out import LATE_SECONDS, Handed, HandOut
from remediate.night.pulse import beating
from remediate.night.seats import watching
from remediate.night.status import DOWN
from remediate.night.turn import StudyJobs, StudyOutcome
from remediate.night.warm_up import Ramp
from remediate.plan.approval import remaining_studies
from remediate.plan.verification_means import chosen
from remediate.ports import BatchStore, Clock, ControlStore, Events, PlanStore, Spool, StudyStore, Vault, WorkStore
from remediate.program_log import Happened, tell
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.ledger import BatchRow, Claim, EventType, NewEvent, RunMode
from remediate.records.signs import Process
from remediate.records.states import DONE, OPEN, State
from remediate.texts.language import Sentence

_TROUBLE = (State.FAILED, State.QUARANTINED)
_ENDED_BADLY = (StopReason.VERIFICATION_MISMATCH, StopReason.RAMP_FAILED, StopReason.FAULT)

OpenJob = Callable[[str], AbstractContextManager[StudyJobs]]
"""Makes one worker's job for a batch, with associations of its own, and closes them afterwards."""


class Settling(Enum):
    """What to settle of a plan before anything new."""

    BEGUN = "what a crash left"
    BEGUN_AND_FAILED = "also what failed and was not put back"


class Progress(Protocol):
    """Told after each study; draws nothing by itself."""

    def __call__(self, outcome: StudyOutcome) -> None:
        """One study ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """What one batch did. `remaining` counts planned studies that still want work."""

    batch_id: str  # "" where nothing could be begun, so that there was none
    outcomes: Mapping[str, int]  # studies by State value
    reasons: Mapping[str, int]  # by reason code, for those not verified
    instances: int
    nbytes: int
    read_back: int  # objects read back whole; with weaker means less than `instances`
    seconds: float
    remaining: int
    stopped_because: StopReason | None
    mismatch: bool
    means: Mapping[str, str | float]  # how studies were verified; see `verification_means.chosen`
    told: Sentence | None = None  # what last went wrong with the archive


@dataclass(kw_only=True)
class _Tally:
    states: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    instances: int = 0
    nbytes: int = 0
    read_back: int = 0
    mismatch: bool = False
    told: Sentence | None = None
    too_long: bool = False  # whether a study was left for want of time
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, outcome: StudyOutcome) -> None:
        with self.lock:
            self.instances += outcome.instances
            self.nbytes += outcome.nbytes
            self.read_back += outcome.read_back
            self.mismatch = self.mismatch or outcome.mismatch
            self.told = outcome.told or self.told
            if outcome.finished:
                self.states[outcome.state.value] += 1
                if outcome.state not in DONE:
                    self.reasons[outcome.reason] += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One run over the studies of one plan."""

    plans: PlanStore
    batches: BatchStore
    studies: StudyStore
    work: WorkStore
    vault: Vault
    spool: Spool
    clock: Clock
    gate: Gate
    ramp: Ramp
    settings: ExecuteSettings
    open_job: OpenJob
    owner: str  # names this process in claims
    progress: Progress
    is_gone: Callable[[str], bool] = lambda _: False  # whether the process that a claim names is known to have ended
    on_mismatch: Callable[[str], object] = lambda _: None  # told of the batch at once, so that others stop as well
    stays: bool = False  # until other workers are done with the plan too, for what they may leave
    sizes: Mapping[str, int | None] = field(default_factory=dict)  # objects of each study of the plan
    by_patient: bool = False  # whether a patient's studies are begun together
    echo: Callable[[], object] | None = None  # asks the archive for one, over an association of its own
    settling: Settling | None = None  # settle what was begun under this plan, start nothing new
    process: Process | None = None  # which runs it, and gives signs of life
    since_boot: Callable[[], float] = time.monotonic  # seconds since this machine began

    def run(self, plan_id: str, *, actor: str = "") -> BatchResult:
        """Work until nothing is left or something says stop. Raises only for faults of our own.

        Where nothing can be begun there is no batch, and its identifier is "".
        """
        means = chosen(self.settings)
        left = remaining_studies(self.plans, plan_id)
        idle = self.gate.before_begin() or self._no_room()
        if idle is not None or not (left or self.settling):
            return self._result(_Tally(), "", left, idle if left or self.settling else None)
        opened = NewEvent(type=EventType.BATCH_OPENED, at=self.clock(), actor=actor, plan=plan_id, details=means)
        batch = self.batches.open_batch(plan_id, opened, process=self.process, steady=self.since_boot())
        tally = _Tally()
        associations = self.settings.associations
        tell(Happened.BATCH_BEGUN, batch=batch.batch_id, plan=plan_id, associations=associations, remaining=left)
        hands = HandOut(
            work=self.work,
            gate=self.gate,
            batch=batch,
            owner=self.owner,
            lease=lease_of(self.settings),
            is_gone=self.is_gone,
            stays=self.stays,
        )
        try:
            with (
                beating(self.batches, batch.batch_id, self.gate.pulse, self.since_boot),
                watching(self.gate.seats, lambda: self._heed(hands), self.echo),
            ):
                stopped = self._work(hands, tally)
        except BaseException:
            self._close(batch, tally, StopReason.FAULT, actor)
            raise
        return self._close(batch, tally, stopped, actor)

    def _heed(self, hands: HandOut) -> None:
        """What changes while work runs."""
        self.gate.heed_ceilings()
        hands.let_go(LATE_SECONDS)

    def _work(self, hands: HandOut, tally: _Tally) -> StopReason | None:
        workers = self.settings.associations
        try:
            if workers == 1:
                reasons = [self._worker(hands, tally)]
            else:
                with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="worker") as pool:
                    running = [pool.submit(self._worker, hands, tally) for _ in range(workers)]
                    reasons = [future.result() for future in running]
        finally:
            hands.let_go()
        said = next((reason for reason in reasons if reason is not None), None)
        return self.gate.switch.reason or said or (StopReason.NO_TIME if tally.too_long else None)

    def _worker(self, hands: HandOut, tally: _Tally) -> StopReason | None:
        with self.open_job(hands.batch.batch_id) as job:
            stopped = self.gate.sit()
            while stopped is None and (handed := hands.next()) is not None:
                try:
                    stopped = self._patient(job, handed, tally)
                finally:
                    self.gate.seats.leave()
                stopped = stopped or self.gate.sit()
            self.gate.seats.leave()
        return stopped or (self.gate.over() if self.stays else None)

    def _patient(self, job: StudyJobs, handed: Handed, tally: _Tally) -> StopReason | None:
        """One patient's studies, one after the other, by one worker; those for which there is no time wait for the next
        batch. Whom only the night's end kept from it keeps its place in the plan's order."""
        (claim, claimed), done, keeps_place, kept = handed, False, False, 0
        try:
            for number, uid in enumerate(claim.studies, start=1):
                if not self._wanted(uid):
                    continue
                if not self._in_time(claim, uid):
                    tally.too_long = keeps_place = True
                    if not self.gate.has_time_for(1):
                        return StopReason.NO_TIME
                    continue
                stopped = self.gate.next_seat() or self._admit(is_kept=kept > 0)
                if stopped is not None:
                    keeps_place = True
                    return stopped
                kept = kept - 1 if kept else self.gate.keep(len(claim.studies) - number)
                is_fresh = uid == claim.studies[0] and self.gate.seconds - claimed < self.settings.lease_seconds / 4
                if not (is_fresh or self.work.renew(claim, lease_of(self.settings), now=self.clock())):
                    return StopReason.CLAIM_LOST
                outcome = self._study(job, claim, uid, tally)
                if not outcome.finished:
                    return self.gate.over() or StopReason.CLAIM_LOST
            done = True
        finally:
            self.gate.give_back(kept)
            self.work.finish(claim, done=done, keeps_place=keeps_place)
        return None

    def _study(self, job: StudyJobs, claim: Claim, uid: str, tally: _Tally) -> StudyOutcome:
        troubled, stored = True, 0  # also when a fault of our own leaves through here
        begun, absences = self.gate.seconds, self.gate.seats.absences
        self.gate.pulse.begin()
        try:
            outcome = job.run(claim, uid)
            self._conclude(outcome, tally, claim.batch_id)
            troubled, stored = outcome.state in _TROUBLE or outcome.mismatch, outcome.instances
        finally:
            self.gate.pulse.end(stored)
            if self.gate.seats.absences == absences:  # else it waited for an archive that was away
                self.gate.times.learn(stored, self.gate.seconds - begun)
            self.ramp.leave(uid, troubled=troubled)
        return outcome

    def _wanted(self, uid: str) -> bool:
        if self.settling is None:
            return True
        row = self.studies.study(uid)
        if row is None or self.vault.open_intent(uid) is None:
            return False
        return row.state in OPEN or self.settling is Settling.BEGUN_AND_FAILED

    def _in_time(self, claim: Claim, uid: str) -> bool:
        """Whether a study would be done before work must end. What was begun is never left for that."""
        together = claim.studies if self.by_patient else (uid,)
        sizes = [self.sizes.get(each) for each in together]
        objects = None if None in sizes else sum(size for size in sizes if size is not None)
        return self.gate.has_time_for(objects) or self.vault.open_intent(uid) is not None

    def _admit(self, *, is_kept: bool) -> StopReason | None:
        return self.gate.before_study(is_kept=is_kept) or self._no_room()

    def _no_room(self) -> StopReason | None:
        is_full = self.spool.free_bytes() < self.settings.spool.min_free_bytes
        return StopReason.SPOOL_FULL if is_full else None

    def _conclude(self, outcome: StudyOutcome, tally: _Tally, batch_id: str) -> None:
        tally.add(outcome)
        reason = outcome.reason if isinstance(outcome.reason, WorkReason) else None
        tell(Happened.STUDY_ENDED, level=logging.DEBUG, state=outcome.state, reason=reason, instances=outcome.instances)
        self.gate.report(failed=outcome.state in _TROUBLE)
        if outcome.mismatch:
            self.gate.switch.stop(StopReason.VERIFICATION_MISMATCH)
            self.on_mismatch(batch_id)
        self.progress(outcome)

    def _close(self, batch: BatchRow, tally: _Tally, stopped: StopReason | None, actor: str) -> BatchResult:
        now = self.clock()
        remaining = remaining_studies(self.plans, batch.plan_id)
        stopped = stopped if remaining or tally.mismatch else None
        counts = {**tally.states, "instances": tally.instances, "bytes": tally.nbytes}
        counts["read_back"] = tally.read_back
        if (number := self.gate.seats.settled) is not None:
            counts["associations"] = number
        if (learnt := self.gate.times.learnt()) is not None:
            counts |= learnt._asdict()
        closed = NewEvent(
            type=EventType.BATCH_CLOSED,
            at=now,
            actor=actor,
            plan=batch.plan_id,
            batch=batch.batch_id,
            reason=stopped.value if stopped else "",
            details={**counts, "remaining": remaining, **chosen(self.settings), **self._pace()},
        )
        counts |= self.gate.exchanges.counts()
        self.batches.close_batch(batch.batch_id, stopped.value if stopped else "", counts, closed)
        tell(
            Happened.BATCH_ENDED,
            batch=batch.batch_id,
            reason=stopped,
            studies=sum(tally.states.values()),
            instances=tally.instances,
            mib=tally.nbytes / (1 << 20),
            seconds=self.gate.seconds,
            remaining=remaining,
        )
        return self._result(tally, batch.batch_id, remaining, stopped)

    def _pace(self) -> dict[str, str]:
        """Why as many as at the end worked at a time."""
        _, why = self.gate.seats.told()
        return {"pace": why.told.en, "pace_nl": why.told.nl}

    def _result(self, tally: _Tally, batch_id: str, remaining: int, stopped: StopReason | None) -> BatchResult:
        return BatchResult(
            batch_id=batch_id,
            outcomes=dict(tally.states),
            reasons=dict(tally.reasons),
            instances=tally.instances,
            nbytes=tally.nbytes,
            read_back=tally.read_back,
            seconds=self.gate.seconds,
            remaining=remaining,
            stopped_because=stopped,
            mismatch=tally.mismatch,
            means=chosen(self.settings),
            told=tally.told,
        )


def prepare_run(control: ControlStore, *, now: datetime, actor: str) -> None:
    """Reset a stop that was meant for an earlier batch."""
    if control.control() is RunMode.STOP:
        event = NewEvent(type=EventType.CONTROL, at=now, actor=actor, details={"mode": RunMode.RUN.value})
        control.set_control(RunMode.RUN, event)


def written_well(batches: BatchStore, events: Events, plan_id: str, most: int) -> int:
    """How many studies earlier batches of the plan wrote and verified since the last trouble; `most` are enough.

    That a system did not answer is no trouble of what was written.
    """
    found = 0
    for batch in batches.batches():
        if batch.plan_id != plan_id or found >= most:
            continue
        if batch.stopped_because in _ENDED_BADLY:
            return found
        ended = events.events(batch=batch.batch_id, states=(*_TROUBLE, *DONE))
        well, is_troubled = 0, False
        for entry in ended:
            if entry.event.state in DONE:
                well += 1
            elif entry.event.reason not in DOWN:
                well, is_troubled = 0, True
        found += well
        if is_troubled:
            return found
    return found


def plans_to_settle(studies: StudyStore, vault: Vault, work: WorkStore, plan_id: str) -> dict[str, Settling]:
    """Plans with studies that were begun, not finished, and that nobody has in hand. Failed ones of `plan_id` itself
    wait for its own turn."""
    found: dict[str, Settling] = {}
    in_hand = work.in_hand()
    for uid in vault.open_studies():
        if uid in in_hand:
            continue
        intent, row = vault.open_intent(uid), studies.study(uid)
        if intent is None or row is None:
            continue
        if intent.plan_id != plan_id:
            found[intent.plan_id] = Settling.BEGUN_AND_FAILED
        elif row.state in OPEN:
            found[plan_id] = Settling.BEGUN
    return dict(sorted(found.items()))


def merged(results: Sequence[BatchResult]) -> BatchResult:
    """Several batches of one call as one answer, under the name of the last that there was; nothing of an earlier one
    is forgotten."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for result in results:
        outcomes.update(result.outcomes)
        reasons.update(result.reasons)
    return replace(
        results[-1],
        batch_id=next((result.batch_id for result in reversed(results) if result.batch_id), ""),
        outcomes=dict(outcomes),
        reasons=dict(reasons),
        instances=sum(result.instances for result in results),
        nbytes=sum(result.nbytes for result in results),
        read_back=sum(result.read_back for result in results),
        seconds=sum(result.seconds for result in results),
        mismatch=any(result.mismatch for result in results),
        told=next((result.told for result in reversed(results) if result.told), None),
    )
