"""Drawing a sample: the same seed draws the same studies, in any order; every study has the same chance."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from remediate.measure.strata import LEAST_EXPECTED, draw, priority

STUDIES = [(f"{2004 + number % 20}", f"1.2.{number}") for number in range(3_000)]


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=60), st.integers(1, 80), st.integers(0, 10**6))
def test_what_is_drawn_is_the_same_however_it_is_told_apart(strata: list[str], size: int, seed: int) -> None:
    studies = [(stratum, f"1.2.{number}") for number, stratum in enumerate(strata)]
    uids = sorted((uid for _, uid in studies), key=lambda uid: priority(seed, uid))[:size]
    drawn = draw(studies, size=size, seed=seed)
    assert sorted(uid for one in drawn for uid in one.uids) == sorted(uids)
    assert sum(one.studies for one in drawn) == len(studies)


def test_the_number_of_a_stratum_is_that_of_a_simple_random_sample() -> None:
    """Drawn in proportion it would be 5 each time; then the exact test would not be exact."""
    studies = [("ab"[number % 2], f"1.{number}") for number in range(20)]
    halves = [sum(int(uid[2:]) % 2 for uid in draw(studies, size=10, seed=seed)[0].uids) for seed in range(2_000)]
    expected = [2_000 * hypergeom.pmf(number, 20, 10, 10) for number in range(11)]
    assert sum((halves.count(n) - expected[n]) ** 2 / expected[n] for n in range(2, 9)) < 22.5, "once in a thousand"


def test_the_same_seed_draws_the_same_studies_whatever_their_order() -> None:
    first = draw(STUDIES, size=200, seed=7)
    shuffled = random.Random(1).sample(STUDIES, len(STUDIES))
    assert draw(shuffled, size=200, seed=7) == first
    assert draw(STUDIES, size=200, seed=8) != first


def test_each_study_is_drawn_equally_often() -> None:
    """1,000 draws of 30 out of 300 in strata of very different sizes: 100 each, give or take."""
    studies = [(("big", "middle", "small")[(number > 200) + (number > 280)], f"1.{number}") for number in range(300)]
    often: Counter[str] = Counter()
    for seed in range(1_000):
        for stratum in draw(studies, size=30, seed=seed):
            often.update(stratum.uids)
    assert len(often) == 300
    chi_squared = sum((count - 100) ** 2 / 100 for count in often.values())
    assert chi_squared < 400, "299 degrees of freedom: above 400 once in ten thousand times"


def test_strata_too_small_to_tell_anything_are_joined_with_their_neighbours() -> None:
    studies = [*STUDIES, *((f"{1980 + number}", f"1.3.{number}") for number in range(15))]
    drawn = draw(studies, size=100, seed=1)
    assert sum(one.studies for one in drawn) == len(studies)
    assert sum(len(one.uids) for one in drawn) == 100
    assert drawn[0].name.startswith("1980 .. ")
    assert all(one.studies * 100 / len(studies) >= LEAST_EXPECTED for one in drawn)


@pytest.mark.parametrize("size", [3_000, 5_000])
def test_a_sample_as_large_as_the_population_is_the_population(size: int) -> None:
    drawn = draw(STUDIES, size=size, seed=1)
    assert sorted(uid for one in drawn for uid in one.uids) == sorted(uid for _, uid in STUDIES)


def test_nothing_to_draw_from() -> None:
    assert draw([], size=10, seed=1) == ()
