"""What one batch did, counted from its events: outcomes, reasons, exceptions, pace over the night. Values only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from remediate.records.ledger import BatchRow, EventType, LedgerEvent
from remediate.records.states import DONE, State
from remediate.texts.language import Sentence

NOTHING = Sentence("", "")

_ENDS = (*DONE, State.CORRECT, State.FAILED, State.DRIFTED, State.QUARANTINED)

_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
)
_MOST_BARS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where one study ended in the batch."""

    study: str
    state: State
    reason: str
    at: datetime
    instances: int  # objects stored


@dataclass(frozen=True, slots=True, kw_only=True)
class NightBar:
    """What was done from `begin` on, for the length of a step."""

    begin: datetime
    studies: int
    instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFigures:
    """Everything that the page counts."""

    batch: BatchRow
    ended: tuple[Ended, ...]  # one for each study, in order of their end
    step: timedelta
    bars: tuple[NightBar, ...]
    means: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)  # by which it was verified
    pace: Sentence = NOTHING  # why as many as at the end were worked on at a time

    @property
    def outcomes(self) -> Counter[State]:
        """How many studies ended in each state."""
        return Counter(item.state for item in self.ended)

    @property
    def reasons(self) -> Counter[tuple[State, str]]:
        """How many studies ended in each state for each reason."""
        return Counter((item.state, item.reason) for item in self.ended)

    @property
    def exceptions(self) -> tuple[Ended, ...]:
        """Studies that did not end as intended, in order."""
        return tuple(item for item in self.ended if item.state not in (*DONE, State.CORRECT))

    @property
    def busy(self) -> tuple[NightBar, ...]:
        """The steps in which something was done."""
        return tuple(bar for bar in self.bars if bar.studies or bar.instances)

    @property
    def idle(self) -> int:
        """How many steps passed in which nothing was done."""
        return len(self.bars) - len(self.busy)

    @property
    def instances(self) -> int:
        """Objects that were stored; read back too, unless weaker means were chosen."""
        return int(self.batch.counts.get("instances", 0))

    @property
    def read_back(self) -> int:
        """Objects that were read back."""
        return int(self.batch.counts.get("read_back", self.instances))

    @property
    def seconds(self) -> float | None:
        """How long the batch took; None while it is open."""
        if self.batch.closed_at is None:
            return None
        return (self.batch.closed_at - self.batch.opened_at).total_seconds()


def figures_of(batch: BatchRow, events: Iterable[LedgerEvent], zone: tzinfo) -> BatchFigures:
    """Count a batch. `events` are the batch's in order; moments are told in `zone`."""
    last: dict[str, Ended] = {}
    means: Mapping[str, str | int | float | bool | None] = {}
    pace = NOTHING
    for entry in events:
        event = entry.event
        if event.type is EventType.BATCH_OPENED:
            means = event.details
        if event.type is EventType.BATCH_CLOSED:
            pace = Sentence(*(str(event.details.get(name, "")) for name in ("pace", "pace_nl")))
        if event.study and event.state in _ENDS and event.type is not EventType.VERIFY:
            last.pop(event.study, None)
            last[event.study] = _ended(entry, zone)
    ended = tuple(last.values())
    step = _step(batch, ended)
    return BatchFigures(
        batch=batch, ended=ended, step=step, bars=_bars(batch, ended, step, zone), means=means, pace=pace
    )


def _ended(entry: LedgerEvent, zone: tzinfo) -> Ended:
    event = entry.event
    stored = event.details.get("stored", 0) if event.state in DONE else 0
    assert event.state is not None
    return Ended(
        study=event.study,
        state=event.state,
        reason=event.reason,
        at=event.at.astimezone(zone),
        instances=stored if isinstance(stored, int) else 0,
    )


def _step(batch: BatchRow, ended: Sequence[Ended]) -> timedelta:
    """The shortest step by which the batch fits on a chart."""
    end = batch.closed_at or (ended[-1].at if ended else batch.opened_at)
    whole = end - batch.opened_at
    return next((step for step in _STEPS if whole <= step * (_MOST_BARS - 1)), _STEPS[-1])


def _bars(batch: BatchRow, ended: Sequence[Ended], step: timedelta, zone: tzinfo) -> tuple[NightBar, ...]:
    """One for each step from the batch's first moment to its last, on whole steps of the clock; idle ones too."""
    if not ended:
        return ()
    moments = [item.at for item in ended]
    begin = _floor(min(batch.opened_at.astimezone(zone), *moments), step)
    last = max(moments)
    bars = []
    while begin <= last:
        done = [item for item in ended if begin <= item.at < begin + step and item.state in DONE]
        bars.append(NightBar(begin=begin, studies=len(done), instances=sum(item.instances for item in done)))
        begin += step
    return tuple(bars)


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step
