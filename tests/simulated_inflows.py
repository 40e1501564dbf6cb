"""Inflows whose truth is known: what the charts said of them, beside what they state about themselves.

Days differ as they do in hospitals: few studies at weekends, a chance number on each day; each is right by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy

from remediate.measure.chart import Days, Fall, chart
from remediate.measure.chart_rates import CHANCE, alarm_risk, noticed

LEAST = 0.02
HISTORY = 728
CHANGE = 560
"""The day on which a share falls, a whole number of weeks after the first."""

PER_DAY = (0.3, 1.0, 5.0, 20.0, 120.0)
SHARES = (0.6, 0.9, 0.97, 0.995)
CHARTS = (1, 8, 64)
_WEEK = numpy.array([1.25, 1.25, 1.25, 1.25, 1.25, 0.5, 0.25])  # on average 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """An inflow that did not change: how often a fall was told all the same."""

    per_day: float
    charts: int  # for so many is the risk divided
    years: float
    false: int

    @property
    def stated(self) -> float:
        """The most false alarms that are stated for this one of the charts."""
        return self.years / self.charts


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """An inflow that fell by exactly what its chart said it would notice within so many days."""

    per_day: float
    charts: int
    days: int
    points: int
    missed: bool


def steady_inflows(number: int, seed: int) -> Iterator[Steady]:
    """So many inflows that do not change, of every kind in turn."""
    draw = numpy.random.default_rng(seed)
    kinds = list(product(PER_DAY, SHARES, CHARTS))
    for at in range(number):
        per_day, share, charts = kinds[at % len(kinds)]
        falls = _falls(_days(draw, per_day, [share] * HISTORY), charts)
        yield Steady(per_day=per_day, charts=charts, years=HISTORY / 365, false=len(falls))


def fallen_inflows(number: int, seed: int) -> Iterator[Fallen]:
    """So many that fall by what is stated; kinds of which no fall is stated as noticed are passed over."""
    draw = numpy.random.default_rng(seed)
    made = 0
    while made < number:
        for per_day, share, charts, days in product(PER_DAY, SHARES, CHARTS, (7, 28)):
            if made >= number:
                return
            before = _days(draw, per_day, [share] * CHANGE)
            points = _stated(before, per_day, charts, days)
            if points is None or points / 100 > share:
                continue
            after = _days(draw, per_day, [share - points / 100] * days)
            both = Days(studies=[*before.studies, *after.studies], right=[*before.right, *after.right])
            told = [fall for fall in _falls(both, charts) if fall.ended is None or fall.noticed >= CHANGE]
            made += 1
            yield Fallen(per_day=per_day, charts=charts, days=days, points=points, missed=not told)


def _stated(before: Days, per_day: float, charts: int, days: int) -> int | None:
    """What the chart says on the day before."""
    risk = alarm_risk(1, charts)
    found = chart(before, risk=risk, least=LEAST)
    if found.fall:
        return None
    stated = noticed(found.reference, per_day, risk=risk, least=LEAST, dispersion=found.dispersion)
    return next(one.points for one in stated if one.days == days)


def _falls(days: Days, charts: int) -> tuple[Fall, ...]:
    return chart(days, risk=alarm_risk(1, charts), least=LEAST).falls


def _days(draw: numpy.random.Generator, per_day: float, shares: list[float]) -> Days:
    studies = draw.poisson(per_day * numpy.tile(_WEEK, len(shares) // 7 + 1)[: len(shares)])
    return Days(studies=studies.tolist(), right=draw.binomial(studies, shares).tolist())


def missed_allowed(number: int) -> float:
    """What is stated, and three standard errors of so many trials."""
    risk = 1 - CHANCE
    return number * risk + 3 * (number * risk * (1 - risk)) ** 0.5
