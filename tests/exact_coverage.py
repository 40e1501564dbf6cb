"""How often an interval holds the truth, and a claim is false: computed over everything that a sample can show.

The probabilities are SciPy's own, added up here, so that they owe nothing to the code that is measured.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy
from scipy.stats import hypergeom

from remediate.measure.intervals import Looked, interval, least_to_show, right_tail
from remediate.measure.strata import allocate

TARGET = 0.95
_NEVER, _UNLIKELY = 1e-13, 1e-6
_SLACK = 1e-9
_ENDS = 0.05
"""Part of the cases of which the interval is looked at too: it takes a hundred times as long as a tail."""

Stratum = tuple[int, int]
"""Studies, and how many of them are right."""


def pmf(strata: Sequence[Stratum], drawn: Sequence[int]) -> list[float]:
    """The chance of each number of right ones, from none to all that are drawn."""
    found = numpy.ones(1)
    for (studies, right), size in zip(strata, drawn, strict=True):
        found = numpy.convolve(found, hypergeom.pmf(range(size + 1), studies, right, size))
    return [float(one) for one in found]


@lru_cache(maxsize=100_000)
def _interval(correct: int, drawn: int, population: int, confidence: float) -> tuple[int, int]:
    """The ends as numbers of studies."""
    found = interval(Looked(correct=correct, drawn=drawn, population=population), confidence)
    return round(found.low * population), round(found.high * population)


def coverage(population: int, drawn: int, right: int, confidence: float) -> float:
    """How often the interval of a simple random sample holds the true share."""
    chances = pmf([(population, right)], [drawn])
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
    return 0.0 if least is None else sum(pmf([(population, right)], [drawn])[least:])


def archives(rng: random.Random, number: int) -> Iterator[tuple[list[Stratum], list[int]]]:
    """Archives in strata, alike, different, or with all that is wrong in as few as can hold it; and what is drawn."""
    for at in range(number):
        population = int(10 ** rng.uniform(1.9, 4.3))
        sizes = [rng.uniform(0.1, 1.1) for _ in range(rng.choice([2, 4, 8, 20]))]
        studies = [max(1, round(population * size / sum(sizes))) for size in sizes]
        population = sum(studies)
        right = population * 95 // 100 if at % 2 else round(population * rng.uniform(0.5, 1))
        strata = list(zip(studies, _spread(rng, studies, population - right), strict=True))
        size = rng.randint(min(20, population), min(600, population))
        drawn = allocate(studies, size=size, seed=rng.randrange(2**40))
        yield strata, drawn


def _spread(rng: random.Random, studies: Sequence[int], wrong: int) -> list[int]:
    """The right ones of each stratum."""
    if rng.random() < 0.5:
        left = wrong
        found = []
        for here in studies:
            found.append(here - min(left, here))
            left -= min(left, here)
        return found
    whole = sum(studies)
    found = [here - wrong * here // whole for here in studies]
    for at in range(sum(found) - (whole - wrong)):
        found[at % len(found)] -= 1
    return found


def stratified(
    strata: Sequence[Stratum], chances: Sequence[float], drawn: int, confidence: float
) -> tuple[float, float]:
    """Coverage, and the risk of a false claim, of a sample drawn in proportion to strata."""
    population, right = sum(studies for studies, _ in strata), sum(good for _, good in strata)
    held = 0.0
    for correct, chance in enumerate(chances):
        if chance > _UNLIKELY:
            low, high = _interval(correct, drawn, population, confidence)
            held += chance if low <= right <= high else 0.0
    if right > TARGET * population:
        return held, 0.0
    least = least_to_show(drawn, population=population, target=TARGET, confidence=confidence)
    return held, 0.0 if least is None else sum(chances[least:])


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
