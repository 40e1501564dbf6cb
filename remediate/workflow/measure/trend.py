"""The course of coverage over the measurements that were kept, and what each batch did to it. Measures nothing anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remediate.records.ledger import BatchRow
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from remediate.records.states import State
from remediate.workflow.measure.shares import TARGET, more_than, share_of
from remediate.workflow.ports import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Coverage at one moment."""

    number: int  # of the measurement
    at: datetime
    studies: int
    correct: int
    projected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one batch did. The measurements before and after are the nearest ones, None where there is none."""

    batch_id: str
    at: datetime  # when it ended
    verified: int
    rolled_back: int
    before: Point | None
    after: Point | None

    @property
    def gained(self) -> int | None:
        """By how many correct studies the measurements differ; other batches between them count along."""
        return self.after.correct - self.before.correct if self.before and self.after else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The course, oldest first."""

    points: tuple[Point, ...]
    effects: tuple[Effect, ...]
    target: float = TARGET

    def by_month(self) -> dict[str, Point]:
        """The last measurement of each month, as people read a calendar."""
        return {f"{point.at:%Y-%m}": point for point in self.points}


def measure_trend(ledger: Ledger) -> Trend:
    """From the kept measurements of the archive, and the batches that ended."""
    points = tuple(_point(kept) for kept in ledger.measurements(MeasurementKind.SURVEY))
    effects = (_effect(batch, points) for batch in sorted(ledger.batches(), key=lambda batch: batch.opened_at))
    return Trend(points=points, effects=tuple(effect for effect in effects if effect is not None))


def _point(kept: KeptMeasurement) -> Point:
    figures: Mapping[str, Any] = kept.figures
    return Point(
        number=kept.number,
        at=kept.at,
        studies=figures["studies"],
        correct=figures["correct"],
        projected=figures["projected"]["correct"],
    )


def _effect(batch: BatchRow, points: Sequence[Point]) -> Effect | None:
    verified, rolled_back = (batch.counts.get(state.value, 0) for state in (State.VERIFIED, State.ROLLED_BACK))
    closed = batch.closed_at
    if closed is None or not (verified or rolled_back):
        return None
    return Effect(
        batch_id=batch.batch_id,
        at=closed,
        verified=verified,
        rolled_back=rolled_back,
        before=next((point for point in reversed(points) if point.at <= batch.opened_at), None),
        after=next((point for point in points if point.at >= closed), None),
    )


def trend_json(trend: Trend) -> dict[str, Any]:
    """What `measure trend` answers."""
    last = trend.points[-1] if trend.points else None
    studies, correct = (last.studies, last.correct) if last else (0, 0)
    return {
        "studies": studies,
        "correct": correct,
        "share": share_of(correct, studies),
        "target": trend.target,
        "reached": more_than(correct, studies, trend.target) if studies else None,
        "by": {"month": {name: _point_json(point) for name, point in trend.by_month().items()}},
        "exceptions": {},
        "points": [_point_json(point) for point in trend.points],
        "batches": [_effect_json(effect) for effect in trend.effects],
    }


def _point_json(point: Point) -> dict[str, Any]:
    return {
        "measurement": point.number,
        "at": point.at.isoformat(timespec="seconds"),
        "studies": point.studies,
        "correct": point.correct,
        "share": share_of(point.correct, point.studies),
        "projected": point.projected,
    }


def _effect_json(effect: Effect) -> dict[str, Any]:
    after, before = effect.after, effect.before
    near = after or before
    return {
        "batch": effect.batch_id,
        "at": effect.at.isoformat(timespec="seconds"),
        "verified": effect.verified,
        "rolled_back": effect.rolled_back,
        "points": round(100 * (effect.verified - effect.rolled_back) / near.studies, 2)
        if near and near.studies
        else None,
        "before": _point_json(before) if before else None,
        "after": _point_json(after) if after else None,
        "gained": effect.gained,
    }
