"""How often an interval holds the truth, and a claim is false: computed over everything that a sample can show.

The probabilities are SciPy's own, added up here, so that they owe nothing to the code that is measured.
"""

from __future__ import annotations

import random
from functools import lru_cache

import numpy
from scipy.stats import hypergeom

from remediate.measure.intervals import Looked, interval, least_to_show, right_tail

TARGET = 0.95
_NEVER, _UNLIKELY = 1e-13, 1e-6
_SLACK = 1e-9
_ENDS = 0.05
"""Part of the cases of which the interval is looked at too: it takes a hundred times as long as a tail."""


def pmf(population: int, right: int, drawn: int) -> list[float]:
    """The chance of each number of right ones, from none to all that are drawn."""
    return [float(one) for one in hypergeom.pmf(range(drawn + 1), population, right, drawn)]


@lru_cache(maxsize=100_000)
def _interval(correct: int, drawn: int, population: int, confidence: float) -> tuple[int, int]:
    """The ends as numbers of studies."""
    found = interval(Looked(correct=correct, drawn=drawn, population=population), confidence)
    return round(found.low * population), round(found.high * population)


def coverage(population: int, drawn: int, right: int, confidence: float) -> float:
    """How often the interval of a simple random sample holds the true share."""
    chances = pmf(population, right, drawn)
    seen = [(correct, chance) for correct, chance in enumerate(chances) if chance > _NEVER]
    held = 0.0
    for correct, chance in seen:
        low, high = _interval(correct, drawn, population, confidence)
        held += chance if low <= right <= high else 0.0
    return held / sum(chance for _, chance in seen)


def false_claims(population: int, drawn: int, right: int, confidence: float) -> float:
    """How often "more than the target" is shown of an archive of which it is not so."""
    assert right <= TARGET * population
    least = least_to_show(drawn, population=population, target=TARGET, confidence=confidence)
    return 0.0 if least is None else sum(pmf(population, right, drawn)[least:])


def against_scipy(cases: int, seed: int) -> tuple[float, int]:
    """Over random samples of random archives: the largest difference of a tail from SciPy's probabilities added up, and
    how many ends of an interval are not the last number of studies that its own test allows (of one case in 20)."""
    rng, largest, wrong = random.Random(seed), 0.0, 0
    for _ in range(cases):
        population = rng.choice([rng.randint(1, 100), rng.randint(65, 1_000), rng.randint(1_000, 20_000)])
        drawn, right = rng.randint(1, min(population, 400)), rng.randint(0, population)
        correct = rng.randint(max(0, drawn + right - population), min(drawn, right))
        if rng.random() < 0.2:  # what a sample of an archive near its goal shows
            drawn = min(drawn, 700)
            correct = round(drawn * rng.uniform(0.9, 1))
            right = min(population, correct + rng.randint(0, population - drawn))
        numbers = numpy.arange(correct, min(drawn, right) + 1)
        told = float(hypergeom.pmf(numbers, population, right, drawn).sum()) if len(numbers) else 0.0
        largest = max(largest, abs(float(right_tail(correct, drawn, right, population)) - told))
        risk = (1 - rng.choice([0.9, 0.95, 0.99])) / 2
        if rng.random() > _ENDS:
            continue
        low, high = _interval(correct, drawn, population, 1 - 2 * risk)
        wrong += hypergeom.sf(correct - 1, population, low, drawn) <= risk * (1 - _SLACK)
        wrong += low > correct and hypergeom.sf(correct - 1, population, low - 1, drawn) > risk * (1 + _SLACK)
        wrong += hypergeom.cdf(correct, population, high, drawn) <= risk * (1 - _SLACK)
        most = population - (drawn - correct)
        wrong += high < most and hypergeom.cdf(correct, population, high + 1, drawn) > risk * (1 + _SLACK)
    return largest, int(wrong)
