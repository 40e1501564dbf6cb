"""Intervals and verdicts against exact fractions and exact coverage: a claim is as true as it says, everywhere."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest

from remediate.measure.intervals import (
    Looked,
    Verdict,
    bounds,
    interval,
    least_to_show,
    left_tail,
    needed_size,
    right_tail,
    verdict,
)
from tests.exact_coverage import TARGET, against_scipy, coverage, false_claims


def looked(correct: int, drawn: int, population: int, unseen: int = 0) -> Looked:
    return Looked(correct=correct, drawn=drawn, population=population, unseen=unseen)


@pytest.mark.parametrize("population", [65, 300, 1_000])
@pytest.mark.parametrize("drawn", [0.1, 0.97])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(population: int, drawn: float) -> None:
    """Computed, not simulated: over everything that a sample can show, at shares from a half to all."""
    size = max(20, int(drawn * population))
    rights = sorted({round(population * share) for share in (0.5, 0.9, 0.95, 0.96, 0.99, 1)})
    assert min(coverage(population, size, right, 0.95) for right in rights) >= 0.95 - 1e-9


def test_a_nearly_perfect_archive_is_covered_too() -> None:
    """234 of 20,000 at 99.9 % was covered in 80 to 87 % only."""
    assert coverage(20_000, 234, 19_980, 0.95) >= 0.95
    assert false_claims(20_000, 234, 19_000, 0.95) <= 0.05


@pytest.mark.parametrize("population", [65, 300, 1_000, 20_000])
@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_at_exactly_the_target_it_is_claimed_falsely_no_more_often_than_the_stated_risk(
    population: int, confidence: float
) -> None:
    right = population * 95 // 100
    risks = [false_claims(population, size, right, confidence) for size in (60, population // 2, population - 3)]
    assert max(risks) <= 1 - confidence + 1e-9
    if population > 65:
        assert max(risks) > 0, "a test that never claims proves nothing"


def test_tails_are_exact() -> None:
    """Against whole numbers, to nine digits, also where the populations are small and nearly all are drawn."""
    rng = random.Random(7)
    for _ in range(60):
        population = rng.choice([5, 65, 300, 1_000])
        drawn, right = rng.randint(1, population), rng.randint(0, population)
        least = rng.randint(max(0, drawn + right - population), min(drawn, right))
        ways = [comb(right, k) * comb(population - right, drawn - k) for k in range(least, min(drawn, right) + 1)]
        upper = float(Fraction(sum(ways), comb(population, drawn)))
        assert float(right_tail(least, drawn, right, population)) == pytest.approx(upper, abs=1e-9)
        assert left_tail(least - 1, drawn, right, population) == pytest.approx(1 - upper, abs=1e-9)


def test_tails_and_ends_are_scipys() -> None:
    """`tests/soak/soak_measure.py` looks at 100,000 cases."""
    difference, wrong = against_scipy(300, seed=11)
    assert difference <= 1e-9
    assert wrong == 0


def test_far_below_the_target_nothing_is_shown() -> None:
    """700 drawn of 20,000, 201 right: a tail underflowed to nothing, and that was called 'shown'."""
    for correct in (*range(0, 640, 20), 201, 640):
        assert verdict(looked(correct, 700, 20_000), target=TARGET, confidence=0.95) is Verdict.REFUTED
    assert verdict(looked(690, 700, 20_000), target=TARGET, confidence=0.95) is Verdict.SHOWN


@pytest.mark.parametrize("population", [20, 65, 1_000, 10_000_000])
@pytest.mark.parametrize("drawn", [1, 60, 600])
def test_no_verdict_contradicts_share_or_interval(population: int, drawn: int) -> None:
    drawn = min(drawn, population)
    order = [Verdict.REFUTED, Verdict.NOT_SHOWN, Verdict.SHOWN]
    found = []
    for correct in sorted({*range(0, drawn + 1, max(1, drawn // 8)), *range(max(0, drawn - 4), drawn + 1)}):
        sample = looked(correct, drawn, population)
        claim, ends, single = (
            verdict(sample, target=TARGET, confidence=0.95), interval(sample, 0.95), bounds(sample, 0.95),
        )  # fmt: skip
        found.append(order.index(claim))
        assert 0 <= ends.low <= single.low <= correct / drawn <= single.high <= ends.high <= 1
        if claim is Verdict.SHOWN:
            assert correct / drawn > TARGET < single.low
        if claim is Verdict.REFUTED:
            assert correct / drawn <= TARGET >= single.high
        if claim is Verdict.NOT_SHOWN:
            assert single.low <= TARGET < single.high
    assert all(one <= other for one, other in pairwise(found)), "more right ones never prove less"


@pytest.mark.parametrize(
    ("correct", "drawn", "unseen", "expected"),
    [
        (59, 59, 0, Verdict.SHOWN),
        (58, 58, 0, Verdict.NOT_SHOWN),
        (59, 60, 1, Verdict.NOT_SHOWN),
        (0, 0, 0, Verdict.NOT_SHOWN),
        (0, 9, 9, Verdict.NOT_SHOWN),
        (80, 100, 0, Verdict.REFUTED),
        (90, 100, 0, Verdict.REFUTED),
        (91, 100, 0, Verdict.NOT_SHOWN),
        (80, 130, 40, Verdict.NOT_SHOWN),
    ],
)
def test_no_claim_is_stronger_than_the_data(correct: int, drawn: int, unseen: int, expected: Verdict) -> None:
    assert verdict(looked(correct, drawn, 10**6, unseen), target=TARGET, confidence=0.95) is expected


def test_what_could_not_be_seen_widens_the_interval_both_ways() -> None:
    seen, some = interval(looked(90, 100, 5_000), 0.95), interval(looked(90, 110, 5_000, 10), 0.95)
    assert some.low < seen.low < seen.high < some.high
    assert some.low == interval(looked(90, 110, 5_000), 0.95).low
    assert some.high == interval(looked(100, 110, 5_000), 0.95).high


def test_looking_at_everything_decides_exactly() -> None:
    for correct in range(101):
        sample = looked(correct, 100, 100)
        found = verdict(sample, target=TARGET, confidence=0.95)
        assert found is (Verdict.SHOWN if correct > 95 else Verdict.REFUTED)
        assert (interval(sample, 0.95).low, interval(sample, 0.95).high) == (correct / 100, correct / 100)


def test_known_values() -> None:
    """Clopper and Pearson's interval for 9 of 10 in a population without end is .5550 to .9975."""
    found = interval(looked(9, 10, 10**7), 0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (0.5550, 0.9975)
    assert least_to_show(59, population=10**7, target=TARGET, confidence=0.95) == 59
    assert least_to_show(58, population=10**7, target=TARGET, confidence=0.95) is None


@pytest.mark.parametrize("population", [200, 5_000, 10_000_000])
@pytest.mark.parametrize("share", [0.97, 0.98, 0.995, 1.0])
def test_the_needed_size_is_enough_and_hardly_more(population: int, share: float) -> None:
    size = needed_size(population=population, target=TARGET, confidence=0.95, share=share)
    assert size is not None

    def power(drawn: int) -> float:
        least = least_to_show(drawn, population=population, target=TARGET, confidence=0.95)
        if least is None:
            return 0
        return float(right_tail(least, drawn, round(share * population), population))

    assert power(size) >= 0.8
    assert max(power(smaller) for smaller in range(max(1, size - 12), size)) < 0.8


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_no_size_shows_what_is_not_so(share: float) -> None:
    assert needed_size(population=1_000, target=TARGET, confidence=0.95, share=share) is None


@pytest.mark.parametrize("call", [lambda: looked(2, 1, 10), lambda: looked(1, 11, 10), lambda: looked(5, 6, 10, 2)])
def test_what_is_no_sample_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="no sample"):
        call()


def test_other_commands_start_without_scipy() -> None:
    code = "import sys, remediate.cli.main; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
