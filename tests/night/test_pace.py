"""The pace finds itself: on simulated archives, on a clock of their own, between one worker and the ceiling."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.night.pace import REFUSED_SECONDS, Pace
from remediate.texts.language import Sentence

REFUSED = Sentence("Rejected for now.", "Voorlopig geweigerd.")
KNEES = (1, 2, 4, 8, 16)


@dataclass
class Night:
    """Workers without end on an archive that serves `knee(seconds)` of them at once; more of them share its time.

    An object takes `seconds_each` with some chance, and `slow(seconds)` times that; `refuses(seconds)` lets nobody in.
    """

    knee: Callable[[float], int]
    ceiling: int = 16
    seed: int = 1
    seconds_each: float = 0.1
    chance: float = 0.3
    slow: Callable[[float], float] = lambda _: 1.0
    refuses: Callable[[float], bool] = lambda _: False
    nbytes: Callable[[random.Random], int] = lambda _: 500_000
    demand: int = 99  # workers that have something to do
    at: float = 0.0
    numbers: list[tuple[float, int]] = field(default_factory=list)
    tries: list[float] = field(default_factory=list)  # moments of what was refused
    done: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.pace = Pace(self.ceiling, 0.0)
        self.busy = 0
        self._going: list[tuple[float, float, int, bool]] = []

    def run(self, seconds: float) -> Night:
        until = self.at + seconds
        while self.at < until:
            while self.busy < self.demand and self.pace.admits(self.busy, self.at):
                self._begin()
            next_at = self._going[0][0] if self._going else self.at + 0.5
            self.at = min(next_at, until)
            self.numbers.append((self.at, self.pace.allowed))
            assert 1 <= self.pace.allowed <= self.pace.ceiling
            if self._going and next_at <= self.at:
                self._end()
            else:
                self.pace.look(self.at)
        return self

    def _begin(self) -> None:
        self._count(+1)
        nbytes = self.nbytes(self.rng)
        each = self.seconds_each * (0.5 + nbytes / 1_000_000) * self.slow(self.at)
        took = each * max(1.0, self.busy / self.knee(self.at)) * self.rng.uniform(1 - self.chance, 1 + self.chance)
        refused = self.refuses(self.at)
        took = 0.01 if refused else took
        heapq.heappush(self._going, (self.at + took, took, nbytes, refused))

    def _end(self) -> None:
        _, took, nbytes, refused = heapq.heappop(self._going)
        self._count(-1)
        if refused:
            self.tries.append(self.at)
            self.pace.refused(REFUSED, self.at)
        else:
            self.done.append(self.at)
            self.pace.moved("store", nbytes, took, self.at)

    def _count(self, by: int) -> None:
        self.busy += by
        self.pace.busy(self.busy, self.at)

    def usual(self, since: float, until: float | None = None) -> float:
        """The number that was given most of the time."""
        until = self.at if until is None else until
        return median(number for at, number in self.numbers if since <= at <= until)

    def given(self, since: float, until: float) -> float:
        """Objects a second."""
        return sum(since <= at < until for at in self.done) / (until - since)


@pytest.mark.parametrize("knee", KNEES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_how_many_the_archive_serves_at_once(knee: int, seed: int) -> None:
    night = Night(lambda _: knee, seed=seed).run(300)
    assert 0.8 * knee <= night.usual(60) <= max(1.3 * knee, knee + 1)
    best = knee / night.seconds_each
    assert night.given(60, 300) >= 0.9 * best
    assert night.given(0, 30) >= 0.88 * best  # a short night has no time to look for it


@pytest.mark.parametrize("knee", [2, 4])
def test_a_number_that_spoils_more_than_it_gives_is_left_within_two_seconds(knee: int) -> None:
    night = Night(lambda _: knee, seconds_each=0.03)
    night.slow = lambda _: 1.0 if night.busy <= knee else 2.0
    night.run(60)
    tried = [(at, number) for at, number in night.numbers if at > 10]
    above = [at for at, number in tried if number > knee]
    assert night.usual(10) == knee
    assert len(above) < 0.15 * len(tried)
    runs = [b - a for a, b in pairwise(at for at, number in tried if number <= knee)]
    assert max(runs) <= 2.0


def test_it_finds_a_number_between_by_chance_that_is_large() -> None:
    night = Night(lambda _: 6, chance=0.9).run(300)
    assert 5 <= night.usual(60) <= 8
    assert night.given(60, 300) >= 0.9 * 6 / night.seconds_each


def test_it_follows_an_archive_that_serves_fewer_for_a_while() -> None:
    night = Night(lambda at: 2 if 100 < at < 300 else 8).run(600)
    assert (night.usual(60, 100), night.usual(160, 300), night.usual(420, 600)) == (8, 2, 8)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 16),
    st.lists(
        st.tuples(st.integers(1, 20), st.sampled_from([0.2, 1.0, 5.0, 20.0]), st.booleans()), min_size=1, max_size=5
    ),
    st.integers(0, 5),
)
def test_whatever_happens_it_is_between_one_and_the_ceiling(
    ceiling: int, phases: list[tuple[int, float, bool]], seed: int
) -> None:
    def phase(at: float) -> tuple[int, float, bool]:
        return phases[min(int(at / 15), len(phases) - 1)]

    night = Night(
        lambda at: phase(at)[0],
        ceiling=ceiling,
        seed=seed,
        slow=lambda at: phase(at)[1],
        refuses=lambda at: phase(at)[2] and at < 60,
    ).run(90)
    assert {number for _, number in night.numbers} <= set(range(1, ceiling + 1))
    night.pace.limit(1, night.at)
    assert night.pace.allowed == 1


@pytest.mark.parametrize("knee", [2, 8, 16])
def test_an_archive_that_slows_down_five_fold_is_spared_within_half_a_minute(knee: int) -> None:
    night = Night(lambda _: knee, slow=lambda at: 5.0 if 100 <= at < 220 else 1.0).run(130)
    assert night.pace.allowed <= max(1, knee // 4)
    assert "times as long for an object" in night.pace.reason.told.en
    night.run(90)
    assert night.usual(140, 220) <= max(1, knee // 4)
    night.run(60)
    assert night.usual(250, 280) >= 0.75 * knee


def test_an_archive_that_stays_slow_is_taken_for_what_it_is() -> None:
    night = Night(lambda _: 8, slow=lambda at: 5.0 if at >= 100 else 1.0).run(2000)
    assert night.usual(150, 400) == 1
    assert night.usual(1600, 2000) >= 6


def test_large_objects_are_no_slow_archive() -> None:
    night = Night(lambda _: 4).run(100)
    night.nbytes = lambda _: 20_000_000
    night.run(200)
    assert min(number for at, number in night.numbers if at > 100) >= 3


def test_a_ceiling_on_rate_or_little_work_teaches_nothing_about_other_numbers() -> None:
    night = Night(lambda _: 16, demand=2).run(200)
    assert night.pace.allowed <= 4
    night.demand = 99
    assert night.run(100).usual(250) >= 12


def test_what_so_few_gave_is_not_taken_for_what_more_would_give() -> None:
    """Ten have something to do, of the sixteen that were let in."""
    night = Night(lambda _: 16, demand=10).run(60)
    assert night.pace.settled == 10
    night.demand = 99
    assert night.run(60).usual(90) >= 12


def test_after_a_climb_half_as_many_are_looked_at_again() -> None:
    """Who has just begun does what is quick: the short looks of a climb flatter many."""
    night, since, number = Night(lambda _: 8, seconds_each=0.05), 0.0, 4

    def slow(at: float) -> float:
        nonlocal since, number
        if number != night.pace.allowed:
            since, number = at, night.pace.allowed
        return 1.0 if night.busy <= 8 else 0.8 if at - since < 1.5 else 1.2

    night.slow = slow
    assert night.run(15).usual(8) <= 9


def test_an_archive_that_refuses_for_an_hour_is_asked_seldom_and_gone_on_with() -> None:
    night = Night(lambda _: 8, refuses=lambda at: 100 <= at < 3700).run(110)
    assert night.pace.is_away
    assert REFUSED.en in night.pace.reason.told.en
    night.run(3590)
    late = [at for at in night.tries if at > 110]
    assert 5 <= len(late) <= 25
    assert max(b - a for a, b in pairwise(late)) <= 310
    night.run(600)
    assert not night.pace.is_away
    back = min(at for at in night.done if at > 3700)
    assert night.usual(back + 20, back + 100) >= 6  # that it took nobody tells nothing of how many it takes


def test_an_archive_that_takes_so_many_associations_is_not_asked_for_more() -> None:
    night = Night(lambda _: 16)
    night.refuses = lambda _: night.busy > 10
    night.run(600)
    assert 8 <= night.usual(100) <= 10
    assert len(night.tries) < 30


def test_a_slow_answer_to_an_echo_twice_in_a_row_is_a_busy_archive() -> None:
    pace = Pace(8, 0.0, first=8)
    for at in range(5):
        pace.echoed(0.02, at)
    pace.echoed(0.5, 6)
    assert pace.allowed == 8
    pace.echoed(0.5, 7)
    assert pace.allowed == 4
    assert "C-ECHO" in pace.reason.told.nl


def test_a_fixed_pace_stays_at_its_ceiling_and_still_waits_for_an_archive_that_refuses() -> None:
    pace = Pace(4, 0.0, fixed=True)
    for at in range(100):
        pace.busy(4, at)
        pace.moved("store", 1000, 1.0 if at < 50 else 20.0, at)
    assert pace.allowed == 4
    for at in range(100, 110):
        pace.refused(REFUSED, at)
    assert not pace.admits(0, 109.5)
    assert pace.admits(0, 500)
    pace.moved("store", 1000, 1.0, 501)
    assert pace.admits(3, 501)


def test_a_lower_ceiling_holds_at_once() -> None:
    night = Night(lambda _: 16).run(100)
    night.pace.limit(3, night.at)
    assert night.pace.allowed == 3
    assert night.run(100).usual(120) == 3
    night.pace.limit(16, night.at)
    assert night.run(200).usual(300) >= 12


@pytest.mark.parametrize("alone_too", [False, True])
def test_a_refusal_is_not_held_against_a_number_for_ever(alone_too: bool) -> None:
    """Refused while two worked, an archive was given one patient at a time for the rest of the night. One that refuses
    a single one as well does not refuse for the number."""
    night = Night(lambda _: 8).run(60)
    until = night.at + 13
    night.refuses = lambda at: night.busy >= 2 and at < until
    assert night.run(20).pace.allowed == 1
    if alone_too:
        night.pace.refused(REFUSED, night.at)
    night.run(60 if alone_too else REFUSED_SECONDS + 60)
    assert night.pace.allowed >= 6
