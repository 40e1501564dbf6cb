"""The courses of everything else that was measured: samples, sent, received by sender, the inflow, exceptions by rule.

From the kept measurements alone; a course by week or month holds the last measurement of each. Counts nothing anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from remediate.measure.chart import DayCounts, chance_of_more
from remediate.ports import MeasurementStore
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from remediate.shares import share_of

_STANDARD_ERRORS = 3.0
"""A share has grown when chance would make such a difference less than once in some 700 times."""

_CHANCE, _LEAST = 1 / 741, 3
"""The same as a chance (one-sided); and that one or two studies more are no growth, however rare they were."""

_LONG_ENOUGH = timedelta(days=28)
"""So much older is what an exception is held against: who measures each night would see no growth from night to
night."""

PERIODS = ("week", "month")

Point = Mapping[str, Any]


def courses_json(store: MeasurementStore, zone: tzinfo) -> dict[str, Any]:
    """`sample`, `sent`, `received` (by sender), `new` and `exceptions` (by rule), oldest first; and which exceptions
    grew. `zone` says when a week or a month begins."""
    kept = {kind: tuple(store.measurements(kind)) for kind in MeasurementKind}
    exceptions = _exceptions(kept[MeasurementKind.SURVEY])
    found: dict[str, Any] = {
        "sample": _points(kept[MeasurementKind.SAMPLE], _between),
        "sent": _points(kept[MeasurementKind.JOBS], _judged),
        "received": _senders(kept[MeasurementKind.RECEIVED]),
        "new": _points(kept[MeasurementKind.NEW], _fallen),
        "exceptions": exceptions,
    }
    return found | {
        "by": {period: {name: _by_period(one, period, zone) for name, one in found.items()} for period in PERIODS},
        "grown": [rule for rule, points in exceptions.items() if has_grown(points)],
    }


def _by_period(course: Any, period: str, zone: tzinfo) -> dict[str, Any]:
    """A course, or several by name, with the last measurement of each week or month."""
    if isinstance(course, Mapping):
        return {name: by_period(points, period, zone) for name, points in course.items()}
    return by_period(course, period, zone)


def by_period(points: Iterable[Point], period: str, zone: tzinfo) -> dict[str, Any]:
    """The last point of each ISO week (`week`) or calendar month (`month`), as the clock of `zone` has them."""
    return {_name(datetime.fromisoformat(point["at"]).astimezone(zone), period): point for point in points}


def _name(at: datetime, period: str) -> str:
    if period == "month":
        return f"{at:%Y-%m}"
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


def _points(
    measurements: Sequence[KeptMeasurement], besides: Callable[[KeptMeasurement], dict[str, Any]]
) -> list[dict[str, Any]]:
    return [_point(one, one.figures) | besides(one) for one in measurements]


def _point(kept: KeptMeasurement, figures: Mapping[str, Any]) -> dict[str, Any]:
    studies, correct = figures["studies"], figures["correct"]
    return {
        "measurement": kept.number,
        "at": kept.at.isoformat(timespec="seconds"),
        "studies": studies,
        "correct": correct,
        "share": share_of(correct, studies),
    }


def _between(kept: KeptMeasurement) -> dict[str, Any]:
    """From what it was drawn, and what it proved."""
    return {name: kept.figures.get(name) for name in ("source", "interval", "verdict")}


def _judged(kept: KeptMeasurement) -> dict[str, Any]:
    """What was sent besides; unknown of a measurement that did not count it."""
    return {name: kept.figures.get(name) for name in ("sent", "unjudged", "bounds")} | _of(kept)


def _fallen(kept: KeptMeasurement) -> dict[str, Any]:
    """The groups whose fall no other one explains, and by which day studies were counted."""
    falls = [fall for fall in kept.figures["falls"] if not fall["because_of"]]
    groups = [{name: fall[name] for name in ("dimension", "group")} for fall in falls]
    return _of(kept) | {"day": kept.figures["chart"]["day"], "falls": groups}


def _of(kept: KeptMeasurement) -> dict[str, Any]:
    """The days of which it speaks; None of all of them."""
    period = kept.figures.get("period") or {}
    days = {end: period.get(end) for end in ("from", "to")}
    return {"period": days if any(days.values()) else None}


def _senders(measurements: Sequence[KeptMeasurement]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kept in measurements:
        for name, figures in kept.figures["by"]["institution"].items():
            found.setdefault(name, []).append(_point(kept, figures) | _of(kept))
    return dict(sorted(found.items()))


def _exceptions(measurements: Sequence[KeptMeasurement]) -> dict[str, list[dict[str, Any]]]:
    """By rule: how many studies it left out ("correct"), of all that would count without any rule ("studies")."""
    rules = sorted({rule for kept in measurements for rule in kept.figures["exceptions"]})
    return {rule: [_left_out(kept, rule) for kept in measurements] for rule in rules}


def _left_out(kept: KeptMeasurement, rule: str) -> dict[str, Any]:
    number = kept.figures["exceptions"].get(rule, 0)
    return _point(
        kept, {"studies": kept.figures["studies"] + sum(kept.figures["exceptions"].values()), "correct": number}
    )


def has_grown(points: Sequence[Point]) -> bool:
    """Whether the last share is larger than that of a month before by more than chance makes it; where nothing is so
    old, than the first."""
    told = [point for point in points if point["studies"]]
    if len(told) < 2:
        return False
    now = told[-1]
    until = datetime.fromisoformat(now["at"]) - _LONG_ENOUGH
    earlier = [point for point in told[:-1] if datetime.fromisoformat(point["at"]) <= until]
    return _is_more(earlier[-1] if earlier else told[0], now)


def _is_more(before: Point, now: Point) -> bool:
    """Most studies are in both, so those that came since are held against the others; where the numbers do not say so,
    all of one against all of the other."""
    old = DayCounts(before["studies"], before["correct"])
    new = DayCounts(now["studies"] - old.studies, now["correct"] - old.right)
    if 0 <= new.right <= new.studies and new.studies:
        return new.right >= _LEAST and new.share > old.share and chance_of_more(old, new) <= _CHANCE
    counts = before["studies"], now["studies"]
    together = (before["correct"] + now["correct"]) / sum(counts)
    error = math.sqrt(together * (1 - together) * sum(1 / count for count in counts))
    return bool(now["correct"] / counts[1] - before["correct"] / counts[0] > max(_STANDARD_ERRORS * error, 1e-9))
