"""The course of coverage over the measurements that were kept, and what each batch did to it. Measures nothing anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from remediate.measure.courses import PERIODS, by_period
from remediate.ports import BatchStore, MeasurementStore
from remediate.records.ledger import BatchRow
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from remediate.records.states import State
from remediate.shares import TARGET, share_of, target_reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Coverage at one moment."""

    number: int  # of the measurement
    at: datetime
    studies: int
    correct: int
    projected: int
    not_looked_at: int = 0  # studies that count and of which no header was read
    calculated: bool = False  # not measured then: what other batches did since, or until, was added or taken off


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one batch did. Before and after are the nearest measurements, None where there is none; of what other
    batches did between these and this one, nothing is left in them."""

    batch_id: str
    at: datetime  # when it ended
    verified: int
    rolled_back: int
    before: Point | None
    after: Point | None

    @property
    def gained(self) -> int | None:
        """By how many correct studies before and after differ."""
        return self.after.correct - self.before.correct if self.before and self.after else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The course, oldest first."""

    points: tuple[Point, ...]
    effects: tuple[Effect, ...]
    target: float = TARGET


def measure_trend(measurements: MeasurementStore, batches: BatchStore) -> Trend:
    """From the kept measurements of the archive, and the batches that ended."""
    points = tuple(_point(kept) for kept in measurements.measurements(MeasurementKind.SURVEY))
    opened = sorted(batches.batches(), key=lambda batch: batch.opened_at)
    effects = (_effect(batch, points, opened) for batch in opened)
    return Trend(points=points, effects=tuple(effect for effect in effects if effect is not None))


def _point(kept: KeptMeasurement) -> Point:
    figures: Mapping[str, Any] = kept.figures
    return Point(
        number=kept.number,
        at=kept.at,
        studies=figures["studies"],
        correct=figures["correct"],
        projected=figures["projected"]["correct"],
        not_looked_at=figures.get("not_looked_at", 0),
    )


def _effect(batch: BatchRow, points: Sequence[Point], batches: Sequence[BatchRow]) -> Effect | None:
    verified, rolled_back = (batch.counts.get(state.value, 0) for state in (State.VERIFIED, State.ROLLED_BACK))
    closed = batch.closed_at
    if closed is None or not (verified or rolled_back):
        return None
    return Effect(
        batch_id=batch.batch_id,
        at=closed,
        verified=verified,
        rolled_back=rolled_back,
        before=_before(batch, points, batches),
        after=_after(closed, points, batches),
    )


def _before(batch: BatchRow, points: Sequence[Point], batches: Sequence[BatchRow]) -> Point | None:
    """The last measurement before a batch, with what others did since."""
    point = next((point for point in reversed(points) if point.at <= batch.opened_at), None)
    if point is None:
        return None
    return _moved(point, sum(_net(one) for one in batches if _ended(one, point.at, batch.opened_at)))


def _after(closed: datetime, points: Sequence[Point], batches: Sequence[BatchRow]) -> Point | None:
    """The first measurement after a batch, without what others did until then."""
    point = next((point for point in points if point.at >= closed), None)
    if point is None:
        return None
    return _moved(point, -sum(_net(one) for one in batches if _ended(one, closed, point.at)))


def _ended(batch: BatchRow, after: datetime, until: datetime) -> bool:
    return batch.closed_at is not None and after < batch.closed_at <= until


def _net(batch: BatchRow) -> int:
    return batch.counts.get(State.VERIFIED.value, 0) - batch.counts.get(State.ROLLED_BACK.value, 0)


def _moved(point: Point, by: int) -> Point:
    return replace(point, correct=point.correct + by, calculated=True) if by else point


def trend_json(trend: Trend, zone: tzinfo) -> dict[str, Any]:
    """What `measure trend` answers; `zone` says when a week or a month begins."""
    last = trend.points[-1] if trend.points else None
    studies, correct, unread = (last.studies, last.correct, last.not_looked_at) if last else (0, 0, 0)
    return {
        "studies": studies,
        "correct": correct,
        "share": share_of(correct, studies),
        "target": trend.target,
        "reached": target_reached(correct, studies, unread, trend.target),
        "by": {period: by_period(map(_point_json, trend.points), period, zone) for period in PERIODS},
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
        "not_looked_at": point.not_looked_at,
        "calculated": point.calculated,
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
