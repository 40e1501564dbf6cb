"""Nights on a virtual clock: what fits in a window, what an order and people change, and when the target is passed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from remediate.config.execute import LimitSettings, WindowSettings
from remediate.night.simulation import Scenario, Stock, StudyOrder, simulate
from remediate.reasons.study import PlanReason
from remediate.records.ledger import StudyFacts
from remediate.records.states import State
from remediate.window import is_open

BEGIN = datetime(2026, 11, 2, 12, tzinfo=UTC)
NIGHTS = WindowSettings(**{"from": time(20), "to": time(6)})
SINCE = date(2025, 11, 2)


def facts(number: int, state: State, *, objects: int | None = 100, made: str = "20100101") -> list[StudyFacts]:
    reason = {State.PLANNED: PlanReason.MISSING, State.CORRECT: PlanReason.IN_PLACE}.get(state, PlanReason.MISSING)
    return [StudyFacts(f"1.2.{at}", state, reason, objects, made, at) for at in range(number)]


def stock(*groups: list[StudyFacts]) -> Stock:
    made = Stock(recent_since=SINCE)
    for group in groups:
        made.add(group)
    return made


def scenario(objects_a_second: float = 10.0, **changed: object) -> Scenario:
    return Scenario(**({"window": NIGHTS, "objects_a_second": objects_a_second} | changed))  # type: ignore[arg-type]


def test_a_night_holds_what_ends_within_it() -> None:
    """Ten hours at ten objects a second are 3,600 studies of a hundred objects."""
    course = simulate(stock(facts(9_000, State.PLANNED)), scenario(), begin=BEGIN)
    assert [night.studies for night in course.nights] == [3_600, 3_600, 1_800]
    assert course.done_at == datetime(2026, 11, 4, 19, tzinfo=UTC) + timedelta(hours=5)
    assert course.nights[0].begins == datetime(2026, 11, 2, 19, tzinfo=UTC)


def test_the_night_on_which_the_clock_is_set_back_is_an_hour_longer() -> None:
    course = simulate(
        stock(facts(9_000, State.PLANNED)), scenario(), begin=datetime(2026, 10, 24, 12, tzinfo=UTC), most_nights=2
    )
    assert [night.studies for night in course.nights] == [3_960, 3_600]


def test_the_target_is_passed_at_the_study_that_passes_it() -> None:
    """95 of a hundred are not more than 95 %."""
    course = simulate(stock(facts(90, State.CORRECT), facts(10, State.PLANNED)), scenario(1.0), begin=BEGIN)
    assert course.passed_at == datetime(2026, 11, 2, 19, tzinfo=UTC) + timedelta(seconds=600)


def test_the_newest_first_pass_the_target_of_the_last_year_sooner() -> None:
    old, new = facts(20_000, State.PLANNED), facts(200, State.PLANNED, made="20260901")
    by_plan, newest = (
        simulate(stock(old, new), scenario(order=order), begin=BEGIN) for order in (StudyOrder.PLAN, StudyOrder.NEWEST)
    )
    assert by_plan.recent_passed_at is not None
    assert newest.recent_passed_at is not None
    assert newest.recent_passed_at.date() == date(2026, 11, 2)
    assert by_plan.recent_passed_at.date() == date(2026, 11, 8)
    assert by_plan.done_at == newest.done_at


def test_a_study_that_no_night_is_long_enough_for_is_told() -> None:
    course = simulate(
        stock(facts(1, State.PLANNED, objects=1_000_000), facts(3, State.PLANNED)), scenario(), begin=BEGIN
    )
    assert (course.too_long, sum(night.studies for night in course.nights)) == (1, 3)


def test_what_people_confirm_comes_into_a_later_night() -> None:
    waiting = stock(facts(80, State.CORRECT), facts(20, State.REVIEW))
    nothing, some = (simulate(waiting, scenario(decisions_a_day=number), begin=BEGIN) for number in (0, 5))
    assert (nothing.nights, nothing.passed_at) == ((), None)
    assert [night.studies for night in some.nights] == [0, 5, 5, 5, 5]
    assert some.passed_at is not None
    assert some.passed_at.date() == date(2026, 11, 6)


def test_what_does_not_count_takes_its_time_and_no_share() -> None:
    gone = [study._replace(left_out="gone") for study in facts(10, State.PLANNED)]
    course = simulate(stock(gone, facts(10, State.CORRECT)), scenario(), begin=BEGIN)
    assert course.share == 1.0
    assert course.nights[0].studies == 10


def test_ceilings_hold() -> None:
    limits = LimitSettings(studies_per_hour=10, objects_per_hour=1_000)
    course = simulate(stock(facts(250, State.PLANNED)), scenario(limits=limits, max_studies=90), begin=BEGIN)
    assert [night.studies for night in course.nights] == [90, 90, 70]


def test_a_window_that_never_closes_is_told_by_days() -> None:
    always = WindowSettings(**{"from": time(0), "to": time(0)})
    course = simulate(stock(facts(20_000, State.PLANNED)), scenario(window=always), begin=BEGIN)
    assert [night.studies for night in course.nights] == [8_640, 8_640, 2_720]


@given(
    sizes=st.lists(st.integers(1, 50_000), max_size=60),
    pace=st.floats(0.5, 200),
    order=st.sampled_from(StudyOrder),
    days=st.floats(0, 366),
)
def test_every_study_is_done_once_within_a_window_or_told(
    sizes: list[int], pace: float, order: StudyOrder, days: float
) -> None:
    one_by_one = [facts(1, State.PLANNED, objects=size, made=f"20{10 + at % 15}0101") for at, size in enumerate(sizes)]
    course = simulate(stock(*one_by_one), scenario(pace, order=order), begin=BEGIN + timedelta(days=days))
    assert sum(night.studies for night in course.nights) + course.too_long == len(sizes)
    assert course.done_at is not None
    for night in course.nights:
        last = max(night.begins, night.ends - timedelta(seconds=1))
        assert is_open(NIGHTS, night.begins)
        assert is_open(NIGHTS, last)
