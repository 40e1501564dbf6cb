"""Drawing a sample: the same seed draws the same studies, in any order; every study has the same chance."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.measure.strata import LEAST_EXPECTED, allocate, draw, pools_of

STUDIES = [(f"{2004 + number % 20}", f"1.2.{number}") for number in range(3_000)]


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30), st.integers(1, 2_000), st.integers())
def test_shares_are_proportional_and_add_up(studies: list[int], size: int, seed: int) -> None:
    size, seed = min(size, sum(studies)), seed % 2**100
    shares = allocate(studies, size=size, seed=seed)
    assert sum(shares) == size
    for share, count in zip(shares, studies, strict=True):
        assert abs(share - size * count / sum(studies)) < 1
        assert 0 <= share <= count


def test_the_same_seed_draws_the_same_studies_whatever_their_order() -> None:
    first = draw(pools_of(STUDIES, seed=7, most=200), size=200, seed=7)
    shuffled = random.Random(1).sample(STUDIES, len(STUDIES))
    assert draw(pools_of(shuffled, seed=7, most=200), size=200, seed=7) == first
    assert draw(pools_of(STUDIES, seed=8, most=200), size=200, seed=8) != first


def test_each_study_is_drawn_equally_often() -> None:
    """1,000 draws of 30 out of 300 in strata of very different sizes: 100 each, give or take."""
    studies = [(("big", "middle", "small")[(number > 200) + (number > 280)], f"1.{number}") for number in range(300)]
    often: Counter[str] = Counter()
    for seed in range(1_000):
        for stratum in draw(pools_of(studies, seed=seed, most=30), size=30, seed=seed):
            often.update(stratum.uids)
    assert len(often) == 300
    chi_squared = sum((count - 100) ** 2 / 100 for count in often.values())
    assert chi_squared < 400, "299 degrees of freedom: above 400 once in ten thousand times"


def test_strata_too_small_to_tell_anything_are_joined_with_their_neighbours() -> None:
    studies = [*STUDIES, *((f"{1980 + number}", f"1.3.{number}") for number in range(15))]
    drawn = draw(pools_of(studies, seed=1, most=100), size=100, seed=1)
    assert sum(one.studies for one in drawn) == len(studies)
    assert sum(len(one.uids) for one in drawn) == 100
    assert drawn[0].name.startswith("1980 .. ")
    assert all(one.studies * 100 / len(studies) >= LEAST_EXPECTED for one in drawn)


@pytest.mark.parametrize("size", [3_000, 5_000])
def test_a_sample_as_large_as_the_population_is_the_population(size: int) -> None:
    drawn = draw(pools_of(STUDIES, seed=1, most=size), size=size, seed=1)
    assert sorted(uid for one in drawn for uid in one.uids) == sorted(uid for _, uid in STUDIES)


def test_nothing_to_draw_from() -> None:
    assert draw({}, size=10, seed=1) == ()
