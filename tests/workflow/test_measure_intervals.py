"""Intervals and verdicts over thousands of archives of which the truth is known: a claim is as true as it says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.workflow.measure.intervals import (
    Stratum,
    Verdict,
    at_most,
    design_effect,
    least_to_show,
    needed_size,
    right_tail,
    verdict,
    wilson,
)
from remediate.workflow.measure.strata import shares_of

ARCHIVES = 2_000
TARGET = 0.95

Truth = dict[str, tuple[int, int]]  # stratum -> its studies, and how many of them are correct


def alike(rng: random.Random) -> Truth:
    """Strata that do not differ."""
    share = rng.choice([rng.uniform(0.8, 0.995), rng.uniform(0.93, 0.97)])
    return _archive(rng, lambda _: share)


def different(rng: random.Random) -> Truth:
    """Old years are worse than new ones."""
    worst = rng.uniform(0.3, 1)
    return _archive(rng, lambda _: rng.uniform(worst, 1))


def perfect_but_for_some(rng: random.Random) -> Truth:
    """Everything is right, except in a fifth of the strata."""
    bad = rng.uniform(0.6, 0.95)
    return _archive(rng, lambda number: bad if number % 5 == 0 else 1)


def just_not_above(rng: random.Random) -> Truth:
    """The hardest case for a claim: exactly the target, and not more."""
    truth = _archive(rng, lambda _: 1)
    whole = sum(studies for studies, _ in truth.values())
    wrong = whole - at_most(TARGET, whole)
    names = sorted(truth, key=lambda _: rng.random())
    for name in names:  # half of these archives have all that is wrong in as few strata as can hold it
        studies, _ = truth[name]
        here = min(wrong, studies)
        truth[name] = (studies, studies - here)
        wrong -= here
    return truth if rng.random() < 0.5 else _spread(rng, truth)


def _spread(rng: random.Random, truth: Truth) -> Truth:
    """The same studies, with what is wrong spread over all strata at random."""
    everything = [name for name, (studies, _) in truth.items() for _ in range(studies)]
    wrong = Counter(rng.sample(everything, sum(studies - right for studies, right in truth.values())))
    return {name: (studies, studies - wrong[name]) for name, (studies, _) in truth.items()}


def _archive(rng: random.Random, share_of: Callable[[int], float]) -> Truth:
    whole = int(10 ** rng.uniform(2.5, 4))
    sizes = [rng.uniform(0.1, 1.1) for _ in range(rng.choice([1, 4, 8, 20]))]
    made: Truth = {}
    for number, size in enumerate(sizes):
        studies = max(1, round(whole * size / sum(sizes)))
        made[f"{2000 + number}"] = (studies, int(studies * share_of(number) + rng.random()))
    return made


def sampled(rng: random.Random, truth: Truth, seed: int, size: int) -> tuple[int, int, int, float]:
    """Correct, drawn, population and gain of a sample in the strata that the program makes."""
    strata = []
    for groups, studies, drawn in shares_of({name: made[0] for name, made in truth.items()}, size=size, seed=seed):
        right = sum(truth[name][1] for name in groups)
        strata.append(Stratum(drawn, sum(at < right for at in rng.sample(range(studies), drawn))))
    correct, drawn = sum(one.correct for one in strata), sum(one.drawn for one in strata)
    return correct, drawn, sum(studies for studies, _ in truth.values()), design_effect(strata)


def share_of(truth: Truth) -> float:
    """The true share."""
    return sum(right for _, right in truth.values()) / sum(studies for studies, _ in truth.values())


@pytest.mark.parametrize("make", [alike, different, perfect_but_for_some])
def test_the_interval_holds_the_truth_as_often_as_it_says(make: Callable[[random.Random], Truth]) -> None:
    rng = random.Random(20260101)
    covered = 0
    for number in range(ARCHIVES):
        truth = make(rng)
        correct, drawn, population, gain = sampled(rng, truth, number, rng.choice([60, 100, 150, 200, 300]))
        covered += wilson(correct, drawn, population=population, confidence=0.95, gain=gain).holds(share_of(truth))
    assert 0.935 <= covered / ARCHIVES <= 0.965


def test_above_the_target_is_claimed_falsely_no_more_often_than_the_stated_risk() -> None:
    rng = random.Random(20260102)
    claimed = 0
    for number in range(ARCHIVES):
        truth = just_not_above(rng)
        correct, drawn, population, gain = sampled(rng, truth, number, rng.choice([60, 100, 150, 200, 300]))
        found = verdict(correct, drawn, population=population, target=TARGET, confidence=0.95, gain=gain)
        claimed += found is Verdict.SHOWN
    assert 0 < claimed / ARCHIVES <= 0.05, "a test that never claims proves nothing"


def test_a_true_share_above_the_target_is_refuted_no_more_often_than_the_stated_risk() -> None:
    rng = random.Random(20260103)
    refuted = 0
    for number in range(ARCHIVES):
        truth = just_not_above(rng)
        name = next(name for name, (studies, right) in truth.items() if right < studies)
        truth[name] = (truth[name][0], truth[name][1] + 1)  # one more, and the share lies above the target
        assert share_of(truth) > TARGET
        correct, drawn, population, gain = sampled(rng, truth, number, 200)
        found = verdict(correct, drawn, population=population, target=TARGET, confidence=0.95, gain=gain)
        refuted += found is Verdict.REFUTED
    assert 0 < refuted / ARCHIVES <= 0.05


@given(st.integers(2, 60), st.data())
def test_the_tail_is_the_exact_hypergeometric_one(population: int, data: st.DataObject) -> None:
    drawn, right = data.draw(st.integers(1, population)), data.draw(st.integers(0, population))
    least = data.draw(st.integers(0, drawn))
    exact = sum(comb(right, k) * comb(population - right, drawn - k) for k in range(least, drawn + 1))
    found = right_tail(least, drawn=drawn, right=right, population=population)
    assert found == pytest.approx(exact / comb(population, drawn), abs=1e-9)


@given(st.integers(1, 3000), st.integers(0, 3000), st.integers(1, 3000), st.floats(0.5, 0.999), st.floats(0.2, 1))
def test_an_interval_holds_what_was_seen_and_stays_between_none_and_all(
    population: int, correct: int, drawn: int, confidence: float, gain: float
) -> None:
    drawn = min(drawn, population)
    correct = min(correct, drawn)
    found = wilson(correct, drawn, population=population, confidence=confidence, gain=gain)
    assert 0 <= found.low <= correct / drawn + 1e-9
    assert correct / drawn - 1e-9 <= found.high <= 1
    if drawn == population:
        assert found.low == found.high


def test_known_values() -> None:
    """Wilson's interval for 9 of 10 in a population without end is .5958 to .9821 (Newcombe 1998, method 3)."""
    found = wilson(9, 10, population=10**12, confidence=0.95)
    assert (round(found.low, 4), round(found.high, 4)) == (0.5958, 0.9821)
    assert least_to_show(59, population=10**7, target=TARGET, confidence=0.95) == 59
    assert least_to_show(58, population=10**7, target=TARGET, confidence=0.95) is None


@pytest.mark.parametrize(
    ("correct", "drawn", "unseen", "expected"),
    [
        (59, 59, 0, Verdict.SHOWN),
        (58, 58, 0, Verdict.NOT_SHOWN),
        (59, 59, 1, Verdict.NOT_SHOWN),
        (0, 0, 0, Verdict.NOT_SHOWN),
        (0, 0, 9, Verdict.NOT_SHOWN),
        (80, 100, 0, Verdict.REFUTED),
        (90, 100, 0, Verdict.REFUTED),
        (91, 100, 0, Verdict.NOT_SHOWN),
        (80, 90, 40, Verdict.NOT_SHOWN),
    ],
)
def test_no_claim_is_stronger_than_the_data(correct: int, drawn: int, unseen: int, expected: Verdict) -> None:
    found = verdict(correct, drawn, population=10**6, target=TARGET, confidence=0.95, unseen=unseen)
    assert found is expected


def test_looking_at_everything_decides_exactly() -> None:
    for correct in range(101):
        found = verdict(correct, 100, population=100, target=TARGET, confidence=0.95)
        assert found is (Verdict.SHOWN if correct > 95 else Verdict.REFUTED)


@pytest.mark.parametrize("population", [200, 5_000, 10_000_000])
@pytest.mark.parametrize("share", [0.97, 0.98, 0.995, 1.0])
def test_the_needed_size_is_enough_and_hardly_more(population: int, share: float) -> None:
    size = needed_size(population=population, target=TARGET, confidence=0.95, share=share)
    assert size is not None

    def power(drawn: int) -> float:
        least = least_to_show(drawn, population=population, target=TARGET, confidence=0.95)
        right = round(share * population)
        return right_tail(least, drawn=drawn, right=right, population=population) if least is not None else 0.0

    assert power(size) >= 0.8
    assert power(size - 1) < 0.8
    assert needed_size(population=population, target=TARGET, confidence=0.99, share=share, power=0.9) >= size  # type: ignore[operator]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_no_sample_shows_what_is_not_so(share: float) -> None:
    assert needed_size(population=100_000, target=TARGET, confidence=0.95, share=share) is None


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=8))
def test_strata_never_make_a_sample_look_worse_than_none(drawn: Sequence[tuple[int, int]]) -> None:
    strata = [Stratum(size, min(size, correct)) for size, correct in drawn]
    assert 0 < design_effect(strata) <= 1
