"""What a random sample proves about a share: interval, verdict, needed size. Pure arithmetic; draws and reads nothing.

Wilson's score interval (J Am Stat Assoc 1927;22:209), narrowed for a finite population and for what stratifying gained.
The verdict does not rest on an approximation: it is the exact hypergeometric test, of which the risk is an upper bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist
from typing import NamedTuple

SHRINKAGE = 2
"""Imagined draws with the whole sample's share, added to each stratum: a stratum of ten that is all correct does not
prove that its share is 1."""

_TINY = 1e-9  # against shares such as 0.95 that binary fractions do not hold exactly


class Verdict(StrEnum):
    """What may be claimed about "above the target"."""

    SHOWN = "shown"
    NOT_SHOWN = "not-shown"
    REFUTED = "refuted"


class Stratum(NamedTuple):
    """What was drawn from one stratum of the population."""

    drawn: int
    correct: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval of a share."""

    low: float
    high: float
    confidence: float

    def holds(self, share: float) -> bool:
        """Whether a share lies in it."""
        return self.low - _TINY <= share <= self.high + _TINY


def wilson(correct: int, drawn: int, *, population: int, confidence: float, gain: float = 1.0) -> Interval:
    """The two-sided interval for the share of `population` of which `drawn` were looked at.

    `gain` is the design effect (1 for a simple random sample): the sample counts as `drawn / gain`. What was seen is
    certain, so the interval never excludes it: nothing below `correct` of `population`, nothing above the rest.
    Raises ValueError when nothing was drawn, or more than there is.
    """
    _check(correct, drawn, population)
    share = correct / drawn
    if drawn == population:
        return Interval(low=share, high=share, confidence=confidence)
    size = drawn / gain
    if size >= population:
        size = float(drawn)
    size *= (population - 1) / (population - size)  # finite population correction of the variance
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    return Interval(
        low=max(middle - half, correct / population),
        high=min(middle + half, 1 - (drawn - correct) / population),
        confidence=confidence,
    )


def design_effect(strata: Sequence[Stratum]) -> float:
    """How much smaller the variance is than without strata, for a sample drawn in proportion to them: at most 1.

    The variance within strata rests on shares that are shrunk towards the whole (see `SHRINKAGE`), with the factor
    that makes it right on average where the strata do not differ at all.
    """
    drawn = sum(stratum.drawn for stratum in strata)
    correct = sum(stratum.correct for stratum in strata)
    if drawn < 2 or correct in (0, drawn):
        return 1.0
    share = correct / drawn
    within = 0.0
    for stratum in strata:
        if stratum.drawn:
            shrunk = (stratum.correct + SHRINKAGE * share) / (stratum.drawn + SHRINKAGE)
            unbiased = 1 - stratum.drawn / (stratum.drawn + SHRINKAGE) ** 2
            within += stratum.drawn / drawn * shrunk * (1 - shrunk) / unbiased
    whole = share * (1 - share) * drawn / (drawn - 1)
    return min(1.0, within / whole)


def verdict(
    correct: int, drawn: int, *, population: int, target: float, confidence: float, gain: float = 1.0, unseen: int = 0
) -> Verdict:
    """Whether "more than `target`" is shown, refuted, or neither, at a risk of at most `1 - confidence` each way.

    `unseen` were drawn but could not be looked at: to show something they count as wrong, to refute it as right.
    `gain` makes an exact test of a larger sample, of which the counts are rounded against the claim.
    """
    if not drawn + unseen:
        return Verdict.NOT_SHOWN
    risk = 1 - confidence
    size, right = _stretched(correct, drawn + unseen, population, gain)
    if right_tail(right, drawn=size, right=at_most(target, population), population=population) <= risk:
        return Verdict.SHOWN
    size, wrong = _stretched(drawn - correct, drawn + unseen, population, gain)
    most_wrong = population - at_most(target, population) - 1
    if right_tail(wrong, drawn=size, right=most_wrong, population=population) <= risk:
        return Verdict.REFUTED
    return Verdict.NOT_SHOWN


def needed_size(*, population: int, target: float, confidence: float, share: float, power: float = 0.8) -> int | None:
    """The smallest sample that shows "more than `target`" with probability `power` when the true share is `share`.

    None when `share` does not lie above the target: then no sample shows it.
    """
    true_right = round(share * population)
    if true_right <= at_most(target, population):
        return None

    def suffices(size: int) -> bool:
        least = least_to_show(size, population=population, target=target, confidence=confidence)
        if least is None:
            return False
        return right_tail(least, drawn=size, right=true_right, population=population) >= power

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
    limit = at_most(target, population)

    def shows(correct: int) -> bool:
        return right_tail(correct, drawn=drawn, right=limit, population=population) <= 1 - confidence

    if not shows(drawn):
        return None
    low, high = math.floor(drawn * target) - 1, drawn
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def at_most(target: float, population: int) -> int:
    """The largest number of correct ones that is not yet more than the target."""
    return math.floor(target * population + _TINY)


def right_tail(least: int, *, drawn: int, right: int, population: int) -> float:
    """P(X >= least) for X hypergeometric: `drawn` without replacement from `population`, of which `right` are right."""
    lowest, highest = max(0, drawn - (population - right)), min(drawn, right)
    if least <= lowest:
        return 1.0
    if least > highest:
        return 0.0
    wrong = population - right
    logarithm = _choose(right, least) + _choose(wrong, drawn - least) - _choose(population, drawn)
    term = total = math.exp(logarithm)
    for found in range(least, highest):
        term *= (right - found) * (drawn - found) / ((found + 1) * (wrong - drawn + found + 1))
        total += term
    return min(1.0, total)


def _choose(whole: int, part: int) -> float:
    """Logarithm of the binomial coefficient."""
    return math.lgamma(whole + 1) - math.lgamma(part + 1) - math.lgamma(whole - part + 1)


def _stretched(found: int, drawn: int, population: int, gain: float) -> tuple[int, int]:
    """Size and count of the simple random sample that tells as much; both rounded down."""
    size = math.floor(drawn / gain + _TINY)
    if size >= population:
        return drawn, found
    return size, math.floor(found / drawn * size + _TINY)


def _check(correct: int, drawn: int, population: int) -> None:
    if not 0 <= correct <= drawn or not 0 < drawn <= population:
        raise ValueError(f"{correct} correct of {drawn} drawn of {population} is no sample")
