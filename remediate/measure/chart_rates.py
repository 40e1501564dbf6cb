"""What a control chart promises: how often it is wrong, and which falls it notices how soon. Pure arithmetic.

**False alarms.** On each day each chart makes at most five tests (four windows, and whether it is new and low). The
risk of one is the stated number a year divided by all of them (Bonferroni), so that the stated one is a ceiling for all
charts together, whatever they share. Charts are counted up to a power of two: one new station does not change what was
said yesterday. It holds as long as studies are right independently of each other, at a share that does not change.

**Falls.** A fall is noticed within some days with at least the chance that one window, which lies wholly after it, has
to show it: a binomial tail. What other windows add is not counted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from remediate.measure.chart import WINDOWS, DayCounts
from remediate.measure.intervals import binomial_left_tail, left_tail, poisson_quantiles

YEAR = 365
TESTS = len(WINDOWS) + 1
"""Of one chart on one day, at most."""

CHANCE = 0.9
"""With which a fall that is stated as noticed is noticed, at least."""


WITHIN = (7, 28)
"""Days within which a fall is said to be noticed: the windows that hold whole weeks and are not too long."""

_QUANTILES = 20
"""Equally likely numbers of studies that stand for all."""

_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """Which fall is noticed how soon, at the present number of studies."""

    days: int
    points: int | None  # percentage points below the reference; None: not even a fall to nothing


def alarm_risk(per_year: float, charts: int) -> float:
    """Of one test, for at most so many false alarms a year over all charts together."""
    counted = 1 << (max(1, charts) - 1).bit_length()
    return per_year / (YEAR * TESTS * counted)


def noticed(
    reference: DayCounts, per_day: float, *, risk: float, least: float, dispersion: float = 1.0
) -> tuple[Noticed, ...]:
    """The smallest fall, in whole points, noticed within each of `WITHIN` with a chance of at least `CHANCE`."""
    known = DayCounts(int(reference.studies / dispersion), int(reference.right / dispersion))
    found, smallest = [], None
    for days in WITHIN:
        points = _smallest(known, days * per_day / dispersion, risk, least)
        smallest = min((one for one in (points, smallest) if one is not None), default=None)
        found.append(Noticed(days=days, points=smallest))
    return tuple(found)


def most_that_alarms(reference: DayCounts, studies: Any, *, risk: float, least: float) -> Any:
    """For each number of studies the largest number of right ones that is told as a fall; -1 where not even 0 is.

    `studies` is an array, and so is the answer. The chance grows with the number, so that it is found by halving.
    """
    from numpy import floor, full_like, where

    low, high = full_like(studies, -1), floor(studies * max(0.0, reference.share - least) + _TINY).astype(int)
    while (low < high).any():
        middle = (low + high + 1) // 2
        told = left_tail(middle, studies, reference.right + middle, reference.studies + studies) <= risk
        low, high = where(told, middle, low), where(told, high, middle - 1)
    return low


def _smallest(reference: DayCounts, expected: float, risk: float, least: float) -> int | None:
    """In a window of which so many studies are expected: their number differs by chance too (Poisson's)."""
    from numpy import arange, unique

    numbers, often = unique(poisson_quantiles(expected, _QUANTILES), return_counts=True)
    most = most_that_alarms(reference, numbers, risk=risk, least=least)
    points = arange(1, math.ceil(100 * reference.share) + 1)
    shares = (reference.share - points / 100).clip(min=0)
    noticed_by = binomial_left_tail(most[:, None], numbers[:, None], shares[None, :])
    enough = (often[:, None] * noticed_by).sum(axis=0) / _QUANTILES >= CHANCE
    return int(points[enough][0]) if enough.any() else None
