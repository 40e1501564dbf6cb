"""The control chart of an inflow: what it tells as a fall, what not, and that it keeps to the rates that it states."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from fractions import Fraction

import pytest

from remediate.measure.chart import (
    Chart,
    DayCounts,
    Days,
    Level,
    chance_of_fewer,
    chance_of_more,
    chart,
    dispersion_of,
)
from remediate.measure.chart_rates import alarm_risk, most_that_alarms, noticed
from tests.simulated_inflows import fallen_inflows, missed_allowed, steady_inflows

RISK = alarm_risk(1, 16)
LEAST = 0.02
_MONDAY = 5  # the index of the first Saturday of days that begin on a Monday


def walk(days: Days, **others: object) -> Chart:
    return chart(days, risk=RISK, least=LEAST, **others)  # type: ignore[arg-type]


def inflow(length: int, per_day: Callable[[int], int], share: Callable[[int], float], seed: int = 3) -> Days:
    draw = random.Random(seed)
    studies = [per_day(day) for day in range(length)]
    right = [sum(draw.random() < share(day) for _ in range(number)) for day, number in enumerate(studies)]
    return Days(studies=studies, right=right, saturday=_MONDAY)


def joined(*parts: Days) -> Days:
    return Days(
        studies=[number for part in parts for number in part.studies],
        right=[number for part in parts for number in part.right],
        saturday=_MONDAY,
    )


def level(length: int, per_day: int, share: float, seed: int = 3) -> Days:
    return inflow(length, lambda _: per_day, lambda _: share, seed)


def test_a_fall_to_nothing_is_told_within_days_with_its_first_day() -> None:
    found = walk(joined(level(200, 10, 0.97), level(3, 10, 0)))
    assert found.fall is not None
    assert (found.level, found.fall.since, found.fall.noticed) == (Level.FALLEN, 200, 200)
    assert found.fall.after == DayCounts(10, 0)
    assert found.fall.before.share == pytest.approx(0.97, abs=0.01)


def test_a_fall_never_becomes_normal_by_itself_unless_a_person_accepts_it() -> None:
    days = joined(level(200, 10, 0.97), level(500, 10, 0.6))
    found = walk(days)
    assert found.level is Level.FALLEN
    assert found.fall is not None
    assert abs(found.fall.since - 200) <= 2
    assert found.fall.before.share > 0.96
    accepted = walk(days, since=260)
    assert (accepted.level, accepted.falls) == (Level.STEADY, ())
    assert accepted.reference.share == pytest.approx(0.6, abs=0.05)


def test_a_level_that_comes_back_ends_the_fall_and_the_fall_is_no_reference() -> None:
    found = walk(joined(level(200, 10, 0.97), level(40, 10, 0.3), level(100, 10, 0.97, seed=4)))
    assert found.level is Level.STEADY
    (fall,) = found.falls
    assert fall.ended is not None
    assert (abs(fall.since - 200) <= 1, abs(fall.ended - 240) <= 3) == (True, True)
    assert found.reference.share > 0.95, "the days of the fall are left out"


def test_a_lucky_day_does_not_end_a_fall_and_some_good_days_do_not_make_two_of_it() -> None:
    days = joined(level(200, 10, 0.97), level(40, 10, 0.6))
    for length in range(205, 240):
        until = walk(Days(studies=days.studies[:length], right=days.right[:length], saturday=_MONDAY))
        assert until.level is Level.FALLEN, length
    good = Days(studies=[10] * 3, right=[10] * 3)
    (fall,) = walk(joined(level(200, 10, 0.97), level(20, 10, 0.3), good, level(20, 10, 0.3))).falls
    assert (fall.since, fall.ended) == (200, None)


def test_a_difference_that_is_too_small_to_matter_is_not_told_however_sure_it_is() -> None:
    assert walk(joined(level(200, 400, 0.97), level(60, 400, 0.96, seed=4))).falls == ()


def test_a_level_that_rose_is_what_later_days_are_held_against() -> None:
    found = walk(joined(level(300, 10, 0.2), level(120, 10, 0.99), level(14, 10, 0.8)))
    assert found.rises
    assert abs(found.rises[0] - 300) <= 7
    assert found.level is Level.FALLEN, "80 % is a fall from 99 %, though never as low as 20 %"


def test_a_slow_drift_is_told() -> None:
    found = walk(inflow(700, lambda _: 20, lambda day: 0.97 - 0.15 * max(0, day - 350) / 350))
    assert found.level is Level.FALLEN


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_weekends_holidays_and_days_without_studies_are_no_fall(seed: int) -> None:
    holidays = {115, 180, 181, 240, 359, 360, 366}  # on weekdays too

    def is_quiet(day: int) -> bool:
        return (day - _MONDAY) % 7 < 2 or day in holidays

    found = walk(
        inflow(
            400,
            lambda day: 0 if 300 <= day < 307 else 30 if is_quiet(day) else 120,
            lambda day: 0.82 if is_quiet(day) else 0.985,
            seed,
        )
    )
    assert found.falls == ()


@pytest.mark.parametrize(("last", "is_told"), [((1, 1, 1, 1, 1, 1, 1), True), ((0, 0, 0, 0, 1, 3, 3), False)])
def test_a_few_from_the_weekend_by_chance_do_not_hide_a_fall_and_a_week_of_weekends_is_another_mix(
    last: tuple[int, ...], is_told: bool
) -> None:
    """One study a day, on most Saturdays too: two of seven from a weekend are more than usual, as chance has it."""
    studies = [int(day % 7 < 5 or (day % 7 == 5 and day // 7 % 5 < 4)) for day in range(364)]
    week = Days(studies=last, right=(1, 1, 1, 1, 0, 0, 0) if is_told else (0, 0, 0, 0, 0, 2, 2), saturday=_MONDAY)
    found = walk(joined(Days(studies=studies, right=studies, saturday=_MONDAY), week))
    assert (found.fall is not None) == is_told


def test_what_comes_in_bursts_is_held_against_bursts() -> None:
    """Each second week a disc of twenty studies without a BSN: no news after some months of them."""
    draw = random.Random(5)
    discs = set(range(4, 500, 13))
    studies = [10 + 20 * (day in discs) for day in range(500)]
    right = [sum(draw.random() < 0.97 for _ in range(10)) for _ in range(500)]
    days = Days(studies=studies, right=right, saturday=_MONDAY)
    found = walk(days, since=100)
    assert found.dispersion > 2
    assert [fall for fall in found.falls if fall.noticed > 250] == []
    fewer = walk(Days(studies=[10] * 500, right=right, saturday=_MONDAY), since=100)
    assert fewer.dispersion == 1, "chance alone is no dispersion"


def test_one_odd_day_is_an_incident_that_changes_nothing_for_the_days_after() -> None:
    """Four hundred right ones, or sixty wrong ones, on one day: neither is a new level, or makes the chart blind."""
    days = level(320, 10, 0.9)
    full = Days(
        studies=[410 if day == 280 else number for day, number in enumerate(days.studies)],
        right=[number + 400 * (day == 280) for day, number in enumerate(days.right)],
        saturday=_MONDAY,
    )
    assert walk(full).rises == ()

    def with_wrong(*odd: int) -> Days:
        studies = [number + 60 * (day in odd) for day, number in enumerate(days.studies)]
        return Days(studies=studies, right=days.right, saturday=_MONDAY)

    found = walk(with_wrong(280))
    assert [(fall.since, fall.ended) for fall in found.falls] == [(280, 281)]
    assert found.dispersion == 1
    assert found.reference.studies == 3_130 - 10, "the day is no part of it"
    habit = walk(with_wrong(200, 280))
    assert [(fall.since, fall.ended) for fall in habit.falls] == [(200, 201), (280, 281)]
    assert habit.reference.studies == 3_130 + 120, "what comes now and then is"


def test_a_group_of_one_a_week_is_watched_too() -> None:
    before = inflow(600, lambda day: int(day % 7 == 2), lambda _: 1.0)
    found = walk(joined(before, inflow(56, lambda day: int(day % 7 == 2), lambda _: 0.0)))
    assert found.level is Level.FALLEN
    assert found.fall is not None
    assert found.fall.after.studies <= 4


def test_too_little_is_no_reference_and_tells_no_fall() -> None:
    found = walk(joined(level(2, 30, 1.0), level(6, 5, 0.0)))
    assert found.level is Level.LEARNING
    assert found.falls == ()


def test_a_group_that_is_new_is_held_against_the_others_until_it_is_as_they_are() -> None:
    others = level(400, 10, 0.97)
    new = joined(level(350, 0, 0), level(20, 4, 0.0), level(30, 4, 0.97))
    low = walk(Days(studies=new.studies[:369], right=new.right[:369]), others=level(369, 10, 0.97))
    assert low.fall is not None
    assert (low.level, low.fall.since, low.fall.noticed) == (Level.LOW, 350, 350)
    mended = walk(new, others=others)
    assert mended.fall is None
    assert mended.falls[0].ended is not None
    assert walk(joined(level(350, 0, 0), level(50, 4, 0.97)), others=others).falls == ()


def test_a_group_of_which_nothing_comes_any_more_is_no_fall_that_goes_on() -> None:
    found = walk(joined(level(200, 10, 0.97), level(10, 10, 0.0), level(120, 0, 0)))
    assert (found.level, found.fall) == (Level.SILENT, None)


def exact(before: DayCounts, after: DayCounts, numbers: Iterable[int]) -> float:
    """The hypergeometric chance of these numbers of right ones, by counting."""
    whole, right = before.studies + after.studies, before.right + after.right
    ways = sum(
        math.comb(right, number) * math.comb(whole - right, after.studies - number)
        for number in numbers
        if number <= right
    )
    return float(Fraction(ways, math.comb(whole, after.studies)))


def test_the_chance_is_that_of_the_exact_test() -> None:
    draw, tested = random.Random(1), 0
    while tested < 60:
        before = DayCounts(studies := draw.randint(30, 400), draw.randint(studies // 2, studies))
        after = DayCounts(size := draw.randint(1, 60), draw.randint(0, size))
        fewer, more = chance_of_fewer(before, after), chance_of_more(before, after)
        assert fewer in (1.0, pytest.approx(exact(before, after, range(after.right + 1)), rel=1e-9))
        assert more in (1.0, pytest.approx(exact(before, after, range(after.right, after.studies + 1)), rel=1e-9))
        skipped = min(exact(before, after, range(after.right + 1)), 1.0) if fewer == 1 else 1.0
        assert skipped > RISK, "what is passed over unseen could not have been told"
        tested += fewer < 1


@pytest.mark.parametrize("studies", [1, 4, 30, 200])
def test_the_line_of_the_chart_is_where_the_test_tells(studies: int) -> None:
    from numpy import array

    reference = DayCounts(900, 870)
    (most,) = most_that_alarms(reference, array([studies]), risk=RISK, least=LEAST)
    told = [
        right for right in range(studies + 1) if exact(reference, DayCounts(studies, right), range(right + 1)) <= RISK
    ]
    told = [right for right in told if reference.share - right / studies >= LEAST]
    assert most == max(told, default=-1)


def test_more_charts_or_fewer_studies_notice_less_and_the_rates_are_stated_for_all_together() -> None:
    reference = DayCounts(3_000, 2_910)
    assert alarm_risk(1, 5) == alarm_risk(1, 8), "one station more does not change what was said yesterday"
    assert alarm_risk(1, 8) == pytest.approx(alarm_risk(1, 1) / 8)

    def smallest(per_day: float, charts: int) -> list[int | None]:
        return [one.points for one in noticed(reference, per_day, risk=alarm_risk(1, charts), least=LEAST)]

    assert smallest(20, 1) < smallest(20, 64)
    assert smallest(20, 8) < smallest(5, 8)
    assert smallest(0.1, 64) == [None, None]


def test_weeks_that_differ_more_than_chance_makes_them_are_told_apart_from_a_drift() -> None:
    draw = random.Random(2)
    weeks = [DayCounts(100, sum(draw.random() < 0.97 - at * 0.002 for _ in range(100))) for at in range(50)]
    assert dispersion_of(weeks) == 1
    assert dispersion_of([DayCounts(100, 99 if at % 2 else 80) for at in range(50)]) > 5


def test_false_alarms_and_missed_falls_keep_to_what_the_charts_state() -> None:
    """A few of what tests/soak/soak_inflow.py does 2,000 times."""
    steady, fallen = list(steady_inflows(30, seed=8)), list(fallen_inflows(30, seed=8))
    assert sum(one.false for one in steady) <= sum(one.stated for one in steady)
    assert sum(one.missed for one in fallen) <= missed_allowed(len(fallen))
