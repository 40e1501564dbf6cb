"""The inflow as figures: what `measure new` answers and the ledger keeps. Counts and judges nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from remediate.measure.chart import (
    LEAST_DAYS,
    LEAST_STUDIES,
    WINDOWS,
    DayCounts,
    Days,
    Fall,
    Level,
)
from remediate.measure.chart_rates import CHANCE, Noticed, most_that_alarms, noticed
from remediate.measure.coverage import often
from remediate.measure.inflow import (
    ALL,
    DIMENSIONS,
    HISTORY,
    RECENT,
    Charted,
    Charts,
    Inflow,
    NotCounted,
)
from remediate.measure.intervals import endless_interval
from remediate.shares import TARGET, outward, share_of, target_reached

CONFIDENCE = 0.95
"""Of the intervals before and after a fall."""

DRAWN = 91
"""Days of which the answer has the counts of each."""

_UNJUDGED = (
    NotCounted.NOT_LOOKED_AT,
    NotCounted.UNKNOWN_WHEN,
    NotCounted.EXCEPTED,
    NotCounted.GONE,
    NotCounted.TEST_STUDY,
)


def inflow_json(charts: Charts, *, today: date) -> dict[str, Any]:
    """What `measure new` answers, and what the ledger keeps: no study and no patient."""
    inflow = charts.inflow
    whole = charts.charted[0]
    recent = _recent(whole.days)
    return {
        **_counted(recent),
        "target": TARGET,
        "reached": target_reached(recent.right, recent.studies, 0, TARGET),
        "period": _period(inflow, inflow.length - RECENT),
        "seen": inflow.end.isoformat(),
        "days_ago": (today - inflow.end).days - 1,
        "chart": _rates(charts),
        "falls": [_fall_json(one, charts) for one in charts.falls],
        **_group_json(whole, charts),
        "left_out": {why.value: inflow.left_out[why] for why in NotCounted},
        "counted": sum(whole.days.studies),
        "exceptions": often(inflow.exceptions),
        "wrong": often(inflow.reasons),
        "without_sender_names": inflow.without_sender_names,
        "by": {dimension: _groups(charts, dimension) for dimension in DIMENSIONS},
        "days": _course(whole, charts),
    }


def courses_of_falls(charts: Charts) -> list[dict[str, Any]]:
    """The days of each group that fell, as `days` has those of the whole."""
    return [row for one in charts.falls if one.group.dimension != ALL for row in _course(one, charts)]


def _rates(charts: Charts) -> dict[str, Any]:
    settings = charts.settings
    return {
        "day": settings.day,
        "history": _period(charts.inflow, 0) | {"days": HISTORY},
        "windows": list(WINDOWS),
        "charts": len(charts.charted),
        "false_alarms_per_year": settings.false_alarms_per_year,
        "risk": charts.risk,
        "least_fall": settings.least_fall,
        "chance": CHANCE,
        "needs": {"studies": LEAST_STUDIES, "days": LEAST_DAYS},
    }


def _groups(charts: Charts, dimension: str) -> dict[str, Any]:
    return {
        one.group.name: _counted(_recent(one.days)) | _group_json(one, charts)
        for one in charts.charted
        if one.group.dimension == dimension
    }


def _group_json(one: Charted, charts: Charts) -> dict[str, Any]:
    inflow, chart = charts.inflow, one.chart
    unjudged = {why.value: _unjudged(one, inflow, why) for why in _UNJUDGED}
    recent = _recent(one.days)
    return {
        "level": chart.level.value,
        "reference": _counted(chart.reference),
        "dispersion": round(chart.dispersion, 2),
        "per_day": round(recent.studies / RECENT, 2),
        "noticed": [_noticed_json(found) for found in _noticed(one, recent, charts)],
        "rises": [inflow.day(day).isoformat() for day in chart.rises],
        "earlier_falls": [_past_json(fall, one, inflow) for fall in chart.falls if fall.ended is not None],
        **{name: number for name, number in unjudged.items() if number},
    }


def _unjudged(one: Charted, inflow: Inflow, why: NotCounted) -> int:
    if one.group.dimension == ALL:
        return inflow.left_out[why]
    return sum(inflow.unjudged[group][why] for group in one.members if group in inflow.unjudged)


def _noticed(one: Charted, recent: DayCounts, charts: Charts) -> Sequence[Noticed]:
    if one.chart.level is Level.LEARNING:
        return ()
    per_day, least, chart = recent.studies / RECENT, charts.settings.least_fall, one.chart
    return noticed(chart.reference, per_day, risk=charts.risk, least=least, dispersion=chart.dispersion)


def _noticed_json(found: Noticed) -> dict[str, Any]:
    return {"days": found.days, "points": found.points}


def _fall_json(one: Charted, charts: Charts) -> dict[str, Any]:
    fall, inflow = one.chart.fall, charts.inflow
    assert fall
    after = fall.lasted(one.days)
    return {
        "dimension": one.group.dimension,
        "group": one.group.name,
        "kind": one.chart.level.value,
        "since": inflow.day(fall.since).isoformat(),
        "noticed": inflow.day(fall.noticed).isoformat(),
        "from": _counted(fall.before) | {"interval": _interval(fall.before)},
        "to": _counted(after) | {"interval": _interval(after)},
        "chance": float(f"{fall.chance:.2g}"),
        "window": fall.window,
        "because_of": [{"dimension": cause.dimension, "group": cause.name} for cause in one.because_of],
    }


def _past_json(fall: Fall, one: Charted, inflow: Inflow) -> dict[str, Any]:
    assert fall.ended is not None
    return {
        "since": inflow.day(fall.since).isoformat(),
        "until": inflow.day(fall.ended - 1).isoformat(),
        "from": _counted(fall.before),
        "to": _counted(fall.lasted(one.days)),
    }


def _course(one: Charted, charts: Charts) -> list[dict[str, Any]]:
    """Day by day, with the line below which the last seven days are told."""
    inflow = charts.inflow
    shown = range(max(0, inflow.length - DRAWN), inflow.length)
    weeks = [_sum(one.days, day - 6, day + 1) for day in shown]
    return [
        {
            "dimension": one.group.dimension,
            "group": one.group.name,
            "day": inflow.day(day).isoformat(),
            **_counted(_sum(one.days, day, day + 1)),
            "week_studies": week.studies,
            "week_share": share_of(week.right, week.studies),
            "week_limit": limit,
        }
        for day, week, limit in zip(shown, weeks, _limits(one, weeks, charts), strict=True)
    ]


def _limits(one: Charted, weeks: Sequence[DayCounts], charts: Charts) -> list[float | None]:
    """For each week the largest share that is told as a fall; None where none is."""
    from numpy import array

    if one.chart.level is Level.LEARNING:
        return [None] * len(weeks)
    studies = array([week.studies for week in weeks])
    most = most_that_alarms(one.chart.reference, studies, risk=charts.risk, least=charts.settings.least_fall)
    return [share_of(int(right), week.studies) if right >= 0 else None for right, week in zip(most, weeks, strict=True)]


def _sum(days: Days, begin: int, end: int) -> DayCounts:
    part = slice(max(0, begin), end)
    return DayCounts(sum(days.studies[part]), sum(days.right[part]))


def _recent(days: Days) -> DayCounts:
    return _sum(days, len(days.studies) - RECENT, len(days.studies))


def _counted(counts: DayCounts) -> dict[str, Any]:
    return {"studies": counts.studies, "correct": counts.right, "share": share_of(counts.right, counts.studies)}


def _interval(counts: DayCounts) -> list[float] | None:
    if not counts.studies:
        return None
    found = endless_interval(counts.right, counts.studies, CONFIDENCE)
    return list(outward(found.low, found.high))


def _period(inflow: Inflow, begin: int) -> dict[str, Any]:
    first: date = inflow.day(max(0, begin))
    return {"from": first.isoformat(), "to": inflow.end.isoformat()}
