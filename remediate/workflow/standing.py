"""What runs, how far it is, how fast it goes and when it will be done; reads the ledger and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediate.config import Config
from remediate.language import Sentence
from remediate.records.ledger import BatchRow, EventType, PlanProgress, PlanRow, RunMode
from remediate.records.states import State
from remediate.workflow.approval import missing_approvals
from remediate.workflow.plan import measured_pace
from remediate.workflow.ports import Ledger, Spool
from remediate.workflow.retention import Waiting, waiting
from remediate.workflow.window import done_at, is_open

TELLS_PACE = 20
"""Objects from which on a running batch tells its own pace."""

ORIGINALS = "originals"
"""In the details of an intent's event: machine and folder of the spool in which the originals lie."""

_PENDING = (State.PLANNED, State.INTENT, State.STORED, State.FAILED)
_NONE = PlanProgress(0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One look at the ledger."""

    mode: RunMode
    counts: Mapping[tuple[State, str], int]  # studies by state and reason
    batch: BatchRow | None  # the newest
    plan: PlanRow | None  # of that batch while it runs, else the newest plan with work left
    missing: Sentence | None  # what still stands in the way of executing that plan
    progress: PlanProgress  # of that plan, and of the newest batch on it
    objects_a_second: float | None  # of the running batch, else of the last one that tells
    waiting: tuple[Waiting, ...]  # studies whose originals wait in the spool for `verify`
    originals: Mapping[str, int]  # studies begun and not settled, or in quarantine, by machine and spool
    done_at: datetime | None  # when the plan will be done at that pace, within the window; None when unknown

    @property
    def is_running(self) -> bool:
        """Whether a batch is open: at work now, or broken off."""
        return self.batch is not None and self.batch.closed_at is None

    def by_state(self) -> dict[str, int]:
        """Studies by state."""
        found: dict[str, int] = {}
        for (state, _), number in self.counts.items():
            found[state.value] = found.get(state.value, 0) + number
        return dict(sorted(found.items()))

    @property
    def pending(self) -> int:
        """Studies that want work; also those that an approved roll-back has not begun, which stand verified."""
        waiting = sum(number for (state, _), number in self.counts.items() if state in _PENDING)
        return waiting if self.missing else max(waiting, self.progress.left_studies)


def standing(ledger: Ledger, spool: Spool, config: Config, *, now: datetime) -> Standing:
    """How things stand at this moment."""
    batch = next(iter(ledger.batches()), None)
    running = batch is not None and batch.closed_at is None
    plan = ledger.plan(batch.plan_id) if batch is not None and running else _plan_with_work(ledger)
    batch_id = batch.batch_id if batch is not None else ""
    progress = ledger.plan_progress(plan.plan_id, batch_id) if plan is not None else _NONE
    pace = measured_pace(ledger)
    if batch is not None and running and progress.done_objects >= TELLS_PACE:
        pace = progress.done_objects / max((now - batch.opened_at).total_seconds(), 0.001)
    return Standing(
        mode=ledger.control(),
        counts=ledger.counts(),
        batch=batch,
        plan=plan,
        missing=missing_approvals(plan, config.approval) if plan is not None else None,
        progress=progress,
        objects_a_second=pace,
        waiting=tuple(waiting(ledger, spool)),
        originals=_originals(ledger),
        done_at=_done_at(config, now, progress, pace, is_running=running),
    )


def _originals(ledger: Ledger) -> Mapping[str, int]:
    """Where the originals lie of studies that are not settled: on which machine they must be settled."""
    kept = {*ledger.open_studies(), *(row.study_instance_uid for row in ledger.studies((State.QUARANTINED,)))}
    if not kept:
        return {}
    newest = {
        entry.event.study: str(entry.event.details.get(ORIGINALS, ""))
        for entry in ledger.events(studies=kept, type_=EventType.INTENT)
    }
    return dict(sorted(Counter(place for place in newest.values() if place).items()))


def _plan_with_work(ledger: Ledger) -> PlanRow | None:
    """The newest plan that was neither superseded nor withdrawn and has studies left."""
    plans = (plan for plan in ledger.plans() if not (plan.superseded or plan.withdrawn))
    return next((plan for plan in plans if ledger.plan_progress(plan.plan_id, "").left_studies), None)


def _done_at(
    config: Config, now: datetime, progress: PlanProgress, pace: float | None, *, is_running: bool
) -> datetime | None:
    """A batch that was started outside the window goes on without regard to it."""
    if not progress.left_objects or not pace:
        return None
    work = timedelta(seconds=progress.left_objects / pace)
    if is_running and not is_open(config.execute.window, now):
        return now + work
    return done_at(config.execute.window, now, work)
