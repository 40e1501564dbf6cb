"""What a random sample proves about a share: interval, bound, verdict, needed size. Pure arithmetic; draws nothing.

All of it inverts one exact test, the hypergeometric one (a finite population, drawn from without replacement), as
Clopper and Pearson did the binomial one (Biometrika 1934;26:404): no approximation, so that the stated confidence holds
for small and nearly exhausted populations too, of a simple random sample; `tests/soak/soak_measure.py` computes it.

SciPy is imported here alone, and only when something is asked: it takes a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from remediate.shares import enough

_AT_ONCE = 128
"""Numbers that are tried together."""

_LIKELY = 1e-12
"""Relative slack of a probability that is calculated: one that equals the risk is not above it."""


class Verdict(StrEnum):
    """What may be claimed about "above the target"."""

    SHOWN = "shown"
    NOT_SHOWN = "not-shown"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A sample that was looked at. `unseen` were drawn and nobody could look.

    Raises ValueError on what is no sample.
    """

    correct: int
    drawn: int  # the unseen included
    population: int
    unseen: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.correct <= self.drawn - self.unseen <= self.drawn <= self.population:
            raise ValueError(f"{self.correct} correct of {self.drawn} drawn of {self.population} is no sample")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share with both its ends; two-sided, unless each end is said to stand for itself."""

    low: float
    high: float
    confidence: float

    def holds(self, share: float) -> bool:
        """Whether a share lies in it."""
        return self.low <= share <= self.high


def interval(sample: Looked, confidence: float) -> Interval:
    """The two-sided interval of the share of the population: each end is missed in at most half of the risk.

    What could not be seen counts as wrong for the lower end and as right for the upper one.
    """
    risk = (1 - confidence) / 2
    return Interval(low=_least(sample, risk), high=_most(sample, risk), confidence=confidence)


def bounds(sample: Looked, confidence: float) -> Interval:
    """Each end by itself: at the whole risk, no less than `low` is right; at the whole risk, no more than `high`."""
    risk = 1 - confidence
    return Interval(low=_least(sample, risk), high=_most(sample, risk), confidence=confidence)


def verdict(sample: Looked, *, target: float, confidence: float) -> Verdict:
    """Whether "more than `target`" is shown, refuted, or neither, at a risk of at most `1 - confidence` each way."""
    if not sample.drawn:
        return Verdict.NOT_SHOWN
    needed = enough(sample.population, target)
    if not _may_be(sample, needed - 1, 1 - confidence):
        return Verdict.SHOWN
    return Verdict.NOT_SHOWN if _may_hold(sample, needed, 1 - confidence) else Verdict.REFUTED


def needed_size(*, population: int, target: float, confidence: float, share: float, power: float = 0.8) -> int | None:
    """The smallest sample that shows "more than `target`" with probability `power` when the true share is `share`.

    None when `share` does not lie above the target: then no sample shows it.
    """
    true_right = round(share * population)
    if true_right < enough(population, target):
        return None

    def suffices(size: int) -> bool:
        least = least_to_show(size, population=population, target=target, confidence=confidence)
        return least is not None and float(right_tail(least, size, true_right, population)) >= power

    low, high = 0, 1
    while not suffices(high):
        low, high = high, min(2 * high, population)
    # Power grows in a saw-tooth, so the last step walks: a few teeth below the bound are looked at one by one.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    earlier = range(max(1, high - 60), high)
    return next((size for size in earlier if suffices(size)), high)


def least_to_show(drawn: int, *, population: int, target: float, confidence: float) -> int | None:
    """How many of `drawn` must be correct to show "more than `target`"; None when even all are not enough."""
    from numpy import arange

    limit = enough(population, target) - 1
    low = max(0, math.floor(drawn * target) - 1)
    shows = right_tail(arange(low, drawn + 1), drawn, limit, population) <= (1 - confidence) * (1 + _LIKELY)
    return low + int(shows.argmax()) if shows.any() else None


def right_tail(least: Any, drawn: int, right: Any, population: int) -> Any:
    """P(X >= least) for X hypergeometric: `drawn` without replacement from `population`, of which `right` are right.

    Numbers or arrays of them, as SciPy takes them.
    """
    from scipy.stats import hypergeom

    return hypergeom.sf(least - 1, population, right, drawn)


def left_tail(most: Any, drawn: Any, right: Any, population: int) -> Any:
    """P(X <= most) for the same."""
    from scipy.stats import hypergeom

    return hypergeom.cdf(most, population, right, drawn)


def binomial_left_tail(most: Any, drawn: Any, share: Any) -> Any:
    """P(X <= most) of `drawn` that are each right with chance `share`: without end, not drawn from a population."""
    from scipy.stats import binom

    return binom.cdf(most, drawn, share)


def poisson_quantiles(expected: float, number: int) -> Any:
    """So many equally likely numbers of what comes by chance, `expected` on average: whole numbers, sorted."""
    from numpy import arange
    from scipy.stats import poisson

    return poisson.ppf((arange(number) + 0.5) / number, expected).astype(int)


def endless_interval(correct: int, drawn: int, confidence: float) -> Interval:
    """The share of what came, as of what may come: Clopper and Pearson's interval, where no population is exhausted."""
    from scipy.stats import beta

    risk = (1 - confidence) / 2
    low = float(beta.ppf(risk, correct, drawn - correct + 1)) if correct else 0.0
    high = float(beta.ppf(1 - risk, correct + 1, drawn - correct)) if correct < drawn else 1.0
    return Interval(low=low, high=high, confidence=confidence)


def _may_be(sample: Looked, right: Any, risk: float) -> Any:
    """Whether so many correct ones are likely enough with only `right` right ones in the population."""
    return right_tail(sample.correct, sample.drawn, right, sample.population) > risk * (1 + _LIKELY)


def _may_hold(sample: Looked, right: Any, risk: float) -> Any:
    """Whether so few correct ones are likely enough with `right` right ones in the population."""
    return left_tail(sample.correct + sample.unseen, sample.drawn, right, sample.population) > risk * (1 + _LIKELY)


def _least(sample: Looked, risk: float) -> float:
    """The smallest share with which what was seen is likely enough; what was seen right is right."""
    first, last = sample.correct, sample.population - (sample.drawn - sample.correct)
    return _first(first, last, lambda right: _may_be(sample, right, risk)) / sample.population


def _most(sample: Looked, risk: float) -> float:
    """The largest one; what was seen wrong is wrong."""
    wrong = sample.drawn - sample.correct - sample.unseen
    first, last = sample.correct, sample.population - wrong
    return (_first(first, last + 1, lambda right: ~_may_hold(sample, right, risk)) - 1) / sample.population


def _first(low: int, high: int, holds: Callable[[Any], Any]) -> int:
    """The first number from `low` for which it holds, as it does for all after it; `high` when for none before.

    Many numbers are tried at once, since asking costs more than reckoning.
    """
    from numpy import arange

    while low < high:
        step = -(-(high - low) // _AT_ONCE)
        tried = arange(low, high, step)
        found = holds(tried)
        if not found.any():
            low = int(tried[-1]) + 1
        else:
            at = int(found.argmax())
            high = int(tried[at])
            low = low if at == 0 else int(tried[at - 1]) + 1
    return low
