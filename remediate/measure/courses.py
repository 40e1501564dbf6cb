"""The courses of everything else that was measured: samples, sent, received by sender, the share of exceptions by rule.

From the kept measurements alone; a course by week or month holds the last measurement of each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from remediate.ports import MeasurementStore
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from remediate.shares import share_of

_STANDARD_ERRORS = 3.0
"""A share has grown when chance would make such a difference less than once in some 700 times."""

PERIODS = ("week", "month")

Point = Mapping[str, Any]


def courses_json(store: MeasurementStore) -> dict[str, Any]:
    """`sample`, `sent`, `received` (by sender) and `exceptions` (by rule), oldest first; and which exceptions grew."""
    kept = {kind: tuple(store.measurements(kind)) for kind in MeasurementKind}
    exceptions = _exceptions(kept[MeasurementKind.SURVEY])
    return {
        "sample": [_point(one, one.figures) | _between(one) for one in kept[MeasurementKind.SAMPLE]],
        "sent": [_point(one, one.figures) | _judged(one) for one in kept[MeasurementKind.JOBS]],
        "received": _senders(kept[MeasurementKind.RECEIVED]),
        "exceptions": exceptions,
        "by": {period: _by_period(kept, exceptions, period) for period in PERIODS},
        "grown": [rule for rule, points in exceptions.items() if _has_grown(points)],
    }


def _by_period(
    kept: Mapping[MeasurementKind, Sequence[KeptMeasurement]], exceptions: Mapping[str, Sequence[Point]], period: str
) -> dict[str, Any]:
    """The same courses, with the last measurement of each week or month."""
    samples, sent = kept[MeasurementKind.SAMPLE], kept[MeasurementKind.JOBS]
    return {
        "sample": by_period((_point(one, one.figures) | _between(one) for one in samples), period),
        "sent": by_period((_point(one, one.figures) | _judged(one) for one in sent), period),
        "received": {
            name: by_period(points, period) for name, points in _senders(kept[MeasurementKind.RECEIVED]).items()
        },
        "exceptions": {rule: by_period(points, period) for rule, points in exceptions.items()},
    }


def by_period(points: Iterable[Point], period: str) -> dict[str, Point]:
    """The last point of each ISO week (`week`) or calendar month (`month`)."""
    return {_name(datetime.fromisoformat(point["at"]), period): point for point in points}


def _name(at: datetime, period: str) -> str:
    if period == "month":
        return f"{at:%Y-%m}"
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


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
    return {"interval": kept.figures.get("interval"), "verdict": kept.figures.get("verdict")}


def _judged(kept: KeptMeasurement) -> dict[str, Any]:
    """What was sent besides; unknown of a measurement that did not count it."""
    return {name: kept.figures.get(name) for name in ("sent", "unjudged", "bounds")}


def _senders(measurements: Sequence[KeptMeasurement]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for kept in measurements:
        for name, figures in kept.figures["by"]["institution"].items():
            found.setdefault(name, []).append(_point(kept, figures))
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


def _has_grown(points: Sequence[Point]) -> bool:
    """Whether the last share is larger than the one before by more than chance makes it."""
    told = [point for point in points if point["studies"]]
    if len(told) < 2:
        return False
    before, now = told[-2:]
    counts = before["studies"], now["studies"]
    together = (before["correct"] + now["correct"]) / sum(counts)
    error = math.sqrt(together * (1 - together) * sum(1 / count for count in counts))
    return bool(now["correct"] / counts[1] - before["correct"] / counts[0] > max(_STANDARD_ERRORS * error, 1e-9))
