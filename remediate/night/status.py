"""How things stand: what runs or why nothing does, how far it is, when it will be done. Reads and changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil

from remediate.config.settings import Config
from remediate.errors import PlanError, SpoolError
from remediate.night.life import Life, OpenBatch, Watch, open_batches
from remediate.night.retention import Waiting, waiting
from remediate.plan.approval import missing_approvals
from remediate.plan.message_corrections import kept_output
from remediate.plan.planning import measured_pace
from remediate.ports import BatchStore, ControlStore, Events, FactStore, PlanStore, Spool, StudyStore, Vault
from remediate.probe.probing import last_probe, require_fitting_probe
from remediate.reasons.study import StopReason, WorkReason
from remediate.records.ledger import BatchRow, EventType, PlanProgress, PlanRow, RunMode
from remediate.records.signs import Control, Fate, Hold, Holder, holder_of
from remediate.records.states import UNFINISHED, State
from remediate.texts.language import Sentence
from remediate.window import closes_at, done_at, opens_at

TELLS_PACE = 20
"""Objects from which on a running batch tells its own pace."""

LEDGER_ROOM = 1_000_000
"""Bytes on the disk under the ledger without which no execution is worth beginning."""

ORIGINALS = "originals"
"""In the details of an intent's event: machine and folder of the spool in which the originals lie."""

WAITS = "waits-for-window"
"""The fact in which a command says that it waits until the window opens."""

DOWN = (WorkReason.ARCHIVE_UNREACHABLE, WorkReason.RECEIVER_UNREACHABLE)
"""A system that is down says nothing of the study: it is looked at first."""

_NONE = PlanProgress(0, 0, 0, 0)
_FAULTS = (StopReason.BREAKER, StopReason.RAMP_FAILED, StopReason.FAULT)


class Condition(StrEnum):
    """The one thing that a person should know first, most urgent first."""

    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    WAITING_ARCHIVE = "waiting-archive"
    WAITING_ROOM = "waiting-room"
    BUSY = "busy"
    FROZEN = "frozen"
    SILENT = "no-sign-of-life"
    INTERRUPTED = "interrupted"
    NOTHING_SURVEYED = "nothing-surveyed"
    NO_PLAN = "no-plan"
    WITHDRAWN = "plan-withdrawn"
    ELSEWHERE = "originals-elsewhere"
    READ_ONLY = "ledger-read-only"
    LEDGER_FULL = "ledger-full"
    APPROVAL_MISSING = "approval-missing"
    SETTINGS_CHANGED = "settings-changed"
    NO_PROBE = "probe-missing"
    PROBE_FORBIDS = "probe-forbids"
    SPOOL_FULL = "spool-full"
    FAILURES = "stopped-by-failures"
    OUTSIDE_WINDOW = "outside-window"
    WAITING_WINDOW = "waiting-window"
    READY = "ready"
    NOTHING_TO_DO = "nothing-to-do"


AT_WORK = frozenset({Condition.RUNNING, Condition.STOPPING, Condition.WAITING_ARCHIVE, Condition.WAITING_ROOM})
"""A process is at work, even where it tries again."""

MAY_MOVE = frozenset(
    {Condition.RUNNING, Condition.STOPPING, Condition.READY, Condition.OUTSIDE_WINDOW, Condition.WAITING_WINDOW}
)
"""Something moves or will once it is begun: only then can an end be expected; not while the archive keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStores:
    """What a look at the night reads of the ledger."""

    plans: PlanStore
    batches: BatchStore
    studies: StudyStore
    control: ControlStore
    vault: Vault
    events: Events
    facts: FactStore


@dataclass(frozen=True, slots=True, kw_only=True)
class NightStatus:
    """One look at the ledger and at the processes of this machine."""

    condition: Condition
    at: datetime
    control: Control
    counts: Mapping[tuple[State, str], int]  # studies by state and reason
    batch: BatchRow | None  # the newest
    other: Holder | None  # a command at work that has no batch open
    waits: Holder | None  # one that waits until the window opens
    work: OpenBatch | None  # the batch that the condition is about, where one was not closed
    plan: PlanRow | None  # of that batch, else the newest plan with work left: an approved one before others
    missing: Sentence | None  # what people still have to do before that plan is executed
    problem: PlanError | None  # why the probe forbids it
    changed: Sentence | None  # what of archive or settings is no longer as that plan says
    progress: PlanProgress  # of that plan, and of the newest batch on it
    objects_a_second: float | None  # over the last minutes, or of the last batch that tells
    is_recent: bool  # whether that pace is of the last minutes
    ends_at: datetime | None  # when running work must end, by window or deadline; None when nothing says so
    opens_at: datetime | None  # when the window opens; None while it is open
    done_at: datetime | None  # when the plan will be done at that pace, within the window; None when unknown
    waiting: tuple[Waiting, ...]  # studies whose originals wait in the spool for `verify`
    begun: int  # studies with an intent that is not settled
    originals: Mapping[str, int]  # studies begun and not settled, or in quarantine, by machine and spool
    here: str  # this machine and its spool
    lacks_bytes: int  # of room on the disk under the spool, before anything is begun
    patience_seconds: float  # for which each study is tried on an archive that lets nobody in
    breaker: int  # failures in a row after which a batch stops

    @property
    def is_running(self) -> bool:
        """Whether work goes on at this moment."""
        is_finishing = self.work is not None and self.work.doing.in_hand > 0
        return self.condition in AT_WORK | {Condition.BUSY} or (self.condition is Condition.PAUSED and is_finishing)

    def by_state(self) -> dict[str, int]:
        """Studies by state."""
        found: Counter[str] = Counter()
        for (state, _), number in self.counts.items():
            found[state.value] += number
        return dict(sorted(found.items()))

    def number(self, *states: State) -> int:
        """How many studies stand in one of these states."""
        return sum(number for (state, _), number in self.counts.items() if state in states)

    @property
    def pending(self) -> int:
        """Studies that want work; also those that an approved roll-back has not begun, which stand verified."""
        waiting = self.number(*UNFINISHED)
        return waiting if self.missing else max(waiting, self.progress.left_studies)

    @property
    def is_unreachable(self) -> bool:
        """Whether studies failed because a system did not answer."""
        return any(state is State.FAILED and reason in DOWN for state, reason in self.counts)

    @property
    def left_at_end(self) -> int | None:
        """Studies that will be left when work must end, at this pace; None where it does not say."""
        pace, left = self.objects_a_second, self.progress.left_objects
        if self.ends_at is None or not pace or not left:
            return None
        possible = pace * max((self.ends_at - self.at).total_seconds(), 0.0)
        return ceil(self.progress.left_studies * max(1 - possible / left, 0.0))


ChangedSince = Callable[[PlanRow], Sentence | None]
"""What of archive or settings changed since a plan was made."""


def standing(
    stores: NightStores, spool: Spool, config: Config, watch: Watch, changed: ChangedSince, *, now: datetime, here: str
) -> NightStatus:
    """How things stand at this moment. `here` names this machine and its spool, as events of intents do."""
    opened = open_batches(stores.batches, watch)
    batch = next(iter(stores.batches.batches()), None)
    intents = [intent for uid in stores.vault.open_studies() if (intent := stores.vault.open_intent(uid)) is not None]
    begun = {intent.batch_id for intent in intents}
    work = _most_telling([one for one in opened if one.batch == batch or one.batch.batch_id in begun or _is_at(one)])
    plan = stores.plans.plan(work.batch.plan_id) if work is not None else None
    progress = _progress(stores, plan, batch)
    if work is not None and work.life is Life.GONE and not (begun or progress.left_studies):
        work = None
    if work is None:
        plan = _plan_with_work(stores, config)
        progress = _progress(stores, plan, batch)
    recent = _recent_pace(opened, plan)
    pace = recent or _within_ceilings(measured_pace(stores.batches), config)
    problem = _problem(stores, config, plan, now)
    missing = missing_approvals(plan, config.approval) if plan is not None else None
    found = NightStatus(
        condition=Condition.NOTHING_TO_DO,
        at=now,
        control=stores.control.controlled(),
        counts=stores.studies.counts(),
        batch=batch,
        other=watch.holder(),
        waits=_waiting_for_window(stores.facts, watch),
        work=work,
        plan=plan,
        missing=missing,
        problem=problem,
        changed=changed(plan) if plan is not None and work is None else None,
        progress=progress,
        objects_a_second=pace,
        is_recent=recent is not None,
        ends_at=_ends_at(config, work, now),
        opens_at=opens_at(config.execute.window, now),
        done_at=_done_at(config, work, now, progress, pace),
        waiting=tuple(waiting(stores.events, spool)),
        begun=len(intents),
        originals=_originals(stores),
        here=here,
        lacks_bytes=_lacks_bytes(spool, config),
        patience_seconds=config.execute.patience_seconds,
        breaker=config.execute.breaker,
    )
    found = _with_condition(found, stores)
    if found.work is not None and found.work.life is not Life.GONE:
        return found
    if found.other is not None:
        is_stopped = watch.fate_of(found.other.process) is Fate.STOPPED
        return replace(found, condition=Condition.FROZEN if is_stopped else Condition.BUSY, work=None, done_at=None)
    if (found.plan is not None or found.work is not None) and not watch.may_write():
        return replace(found, condition=Condition.READ_ONLY, done_at=None)
    room = watch.ledger_room()
    if (found.plan is not None or found.work is not None) and room is not None and room < LEDGER_ROOM:
        return replace(found, condition=Condition.LEDGER_FULL, lacks_bytes=LEDGER_ROOM - room, done_at=None)
    return found


def _is_at(one: OpenBatch) -> bool:
    return one.life in (Life.ALIVE, Life.FROZEN)


def _most_telling(opened: list[OpenBatch]) -> OpenBatch | None:
    """A batch at work before one that may go on, and the newest of those."""
    order = list(Life)
    return min(opened, key=lambda one: order.index(one.life), default=None)


def _progress(stores: NightStores, plan: PlanRow | None, batch: BatchRow | None) -> PlanProgress:
    return stores.plans.plan_progress(plan.plan_id, batch.batch_id if batch else "") if plan is not None else _NONE


def _plan_with_work(stores: NightStores, config: Config) -> PlanRow | None:
    """The newest plan that was neither superseded nor withdrawn and has studies left; an approved one before others."""
    usable = [plan for plan in stores.plans.plans() if not (plan.superseded or plan.withdrawn)]
    left = [plan for plan in usable if stores.plans.plan_progress(plan.plan_id, "").left_studies]
    return next((plan for plan in left if not missing_approvals(plan, config.approval)), next(iter(left), None))


def _problem(stores: NightStores, config: Config, plan: PlanRow | None, now: datetime) -> PlanError | None:
    """Why `execute` would refuse to work on this archive as it is configured."""
    if plan is None:
        return None
    try:
        require_fitting_probe(stores.facts, config, now=now, by_message=bool(kept_output(stores.facts, plan.plan_id)))
    except PlanError as error:
        return error
    return None


def _recent_pace(opened: tuple[OpenBatch, ...], plan: PlanRow | None) -> float | None:
    """Of all that works on the plan, over the last minutes; None before it did enough to tell."""
    doings = [one.doing for one in opened if plan and one.batch.plan_id == plan.plan_id and one.life is Life.ALIVE]
    if sum(doing.recent_objects for doing in doings) < TELLS_PACE:
        return None
    return sum(doing.recent_objects / max(doing.recent_seconds, 0.001) for doing in doings)


def _within_ceilings(pace: float | None, config: Config) -> float | None:
    """What another batch reached says no more than the ceilings of today allow."""
    limits = config.execute.limits
    ceilings = [limits.objects_per_second, limits.objects_per_hour and limits.objects_per_hour / 3600]
    return pace and min([pace, *filter(None, ceilings)])


def _with_condition(found: NightStatus, stores: NightStores) -> NightStatus:
    condition = _of_work(found) if found.work is not None else _of_plan(found, stores)
    if condition is Condition.NOTHING_TO_DO and found.batch is not None:
        done = stores.plans.plan(found.batch.plan_id)
        found = replace(found, plan=done, progress=_progress(stores, done, found.batch))
    if condition not in MAY_MOVE:
        found = replace(found, done_at=None)
    return replace(found, condition=condition)


def _of_work(found: NightStatus) -> Condition:
    """What a batch that was not closed is at."""
    assert found.work is not None
    lives = {Life.FROZEN: Condition.FROZEN, Life.SILENT: Condition.SILENT, Life.GONE: Condition.INTERRUPTED}
    modes = {RunMode.PAUSE: Condition.PAUSED, RunMode.STOP: Condition.STOPPING}
    waits = Condition.WAITING_ARCHIVE
    holds = {Hold.ARCHIVE: waits, Hold.ANSWER: waits, Hold.ROOM: Condition.WAITING_ROOM}
    doing = found.work.doing
    if found.work.life in lives:
        return lives[found.work.life]
    return modes.get(found.control.mode) or (holds.get(doing.hold) if doing.hold else None) or Condition.RUNNING


def _of_plan(found: NightStatus, stores: NightStores) -> Condition:
    """Why nothing is at work."""
    if not found.counts:
        return Condition.NOTHING_SURVEYED
    if found.plan is None:
        return _without_plan(found, stores)
    if found.changed and found.problem is None:
        return Condition.SETTINGS_CHANGED
    if found.missing and not found.changed:
        return Condition.APPROVAL_MISSING
    if found.problem is not None:
        return Condition.NO_PROBE if last_probe(stores.facts) is None else Condition.PROBE_FORBIDS
    elsewhere = sum(number for place, number in _originals(stores, begun_only=True).items() if place != found.here)
    if elsewhere and elsewhere >= found.progress.left_studies:
        return Condition.ELSEWHERE
    if found.control.mode is RunMode.PAUSE:
        return Condition.PAUSED
    if found.lacks_bytes:
        return Condition.SPOOL_FULL
    last = found.batch
    if last is not None and last.plan_id == found.plan.plan_id and last.stopped_because in _FAULTS:
        return Condition.FAILURES
    return _by_window(found) if found.opens_at else Condition.READY


def _by_window(found: NightStatus) -> Condition:
    return Condition.WAITING_WINDOW if found.waits else Condition.OUTSIDE_WINDOW


def _waiting_for_window(facts: FactStore, watch: Watch) -> Holder | None:
    """Whoever said so and is there, as far as its machine tells."""
    waits = holder_of(facts.fact(WAITS))
    return waits if waits is not None and watch.fate_of(waits.process) is Fate.LIVES else None


def _without_plan(found: NightStatus, stores: NightStores) -> Condition:
    newest = next(iter(stores.plans.plans()), None)
    if newest is None:
        return Condition.NO_PLAN
    if newest.withdrawn and found.pending:
        return Condition.WITHDRAWN
    return Condition.NO_PLAN if found.pending or found.number(State.SURVEYED) else Condition.NOTHING_TO_DO


def _lacks_bytes(spool: Spool, config: Config) -> int:
    try:
        return max(config.execute.spool.min_free_bytes - spool.free_bytes(), 0)
    except (OSError, SpoolError):
        return 0  # `execute` says what is wrong with it


def _originals(stores: NightStores, *, begun_only: bool = False) -> Mapping[str, int]:
    """Where the originals lie of studies that are not settled: on which machine they must be settled."""
    kept = set(stores.vault.open_studies())
    if not begun_only:
        kept |= {row.study_instance_uid for row in stores.studies.studies((State.QUARANTINED,))}
    if not kept:
        return {}
    newest = {
        entry.event.study: str(entry.event.details.get(ORIGINALS, ""))
        for entry in stores.events.events(studies=kept, type_=EventType.INTENT)
    }
    return dict(sorted(Counter(place for place in newest.values() if place).items()))


def _ends_at(config: Config, work: OpenBatch | None, now: datetime) -> datetime | None:
    """When work must end: that of a batch by what it was told, that of another by the window in which we are."""
    closes = closes_at(config.execute.window, now)
    if work is None or not _is_at(work):
        return None
    ends = [moment for moment in (work.doing.until, None if work.doing.ignores_window else closes) if moment]
    return min(ends, default=None)


def _done_at(
    config: Config, work: OpenBatch | None, now: datetime, progress: PlanProgress, pace: float | None
) -> datetime | None:
    """A batch that was started without regard to the window goes on so."""
    if not progress.left_objects or not pace:
        return None
    left = timedelta(seconds=progress.left_objects / pace)
    if work is not None and _is_at(work) and work.doing.ignores_window:
        return now + left
    return done_at(config.execute.window, now, left)
