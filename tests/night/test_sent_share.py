"""What share of what is sent is right while work goes on, and what was expected against what was measured."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from remediate.config.execute import WindowSettings
from remediate.measure.expected import against_measured, expected_of, expected_text
from remediate.night.sent_share import SentProfile, SentShare
from remediate.night.simulation import Scenario, Stock, StudyOrder, simulate
from remediate.records.ledger import StudyFacts
from remediate.records.needs import AGES
from remediate.records.states import State

BEGIN = date(2026, 11, 30)


def days_ago(*days: int) -> Counter[int]:
    return Counter(BEGIN.toordinal() - each for each in days)


def test_what_is_sent_counts_by_its_age() -> None:
    """Three in four are sent within a month; of those one in two is right, of the old ones none."""
    profile = SentProfile.of([1, 1, 1, len(AGES)])
    share = SentShare(profile=profile, begin=BEGIN, there=days_ago(10, 20, 4000, 5000), right=days_ago(10))
    assert share.share_on(BEGIN) == pytest.approx(3 / 4 / 2)
    share.correct(BEGIN.toordinal() - 4000)
    assert share.share_on(BEGIN) == pytest.approx(3 / 4 / 2 + 1 / 4 / 2)


def test_what_comes_in_is_as_right_as_is_said_and_takes_the_place_of_what_grows_old() -> None:
    there = Counter({BEGIN.toordinal() - day: 10 for day in range(400)})
    share = SentShare(profile=SentProfile.of([0, 1]), begin=BEGIN, there=there, new_right=0.9)
    assert share.share_on(BEGIN) == 0.0
    assert share.share_on(BEGIN + timedelta(days=60)) == pytest.approx(0.9)
    half = share.share_on(BEGIN + timedelta(days=15))
    assert half is not None
    assert 0.4 < half < 0.9


def test_undated_studies_are_old_and_nothing_sent_says_nothing() -> None:
    share = SentShare(profile=SentProfile.of([len(AGES)]), begin=BEGIN, there=Counter({0: 2}), right=Counter({0: 1}))
    assert share.share_on(BEGIN) == 0.5
    assert SentShare(profile=SentProfile.of([]), begin=BEGIN).share_on(BEGIN) is None


def stock() -> Stock:
    """A study for each of 1,000 days, all to be corrected; UIDs say nothing of dates, places are the newest first."""
    found = Stock(recent_since=BEGIN - timedelta(days=365))
    days = [(day * 617) % 1000 for day in range(1000)]
    facts = [
        StudyFacts(f"1.2.{n:04d}", State.PLANNED, "missing", 1, f"{BEGIN - timedelta(days=day):%Y%m%d}", n)
        for n, day in enumerate(days)
    ]
    found.add(facts, {one.study_instance_uid: day + 1 for one, day in zip(facts, days, strict=True)})
    return found


@pytest.mark.parametrize(
    ("order", "low", "high"), [(StudyOrder.PLAN, 0.95, 1), (StudyOrder.NEWEST, 0.95, 1), (StudyOrder.UID, 0, 0.3)]
)
def test_an_order_by_need_is_there_sooner(order: StudyOrder, low: float, high: float) -> None:
    profile = SentProfile.of([0] * 6 + [1] * 3 + [2])
    scenario = Scenario(window=WindowSettings(), objects_a_second=1, max_studies=14, order=order, sent=profile)
    course = simulate(stock(), scenario, begin=datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert len(course.nights) == 72
    assert low <= course.sent[1][1] <= high
    assert course.sent[0] == (BEGIN, 0.0)
    assert [later - day for (day, _), (later, _) in zip(course.sent, course.sent[1:], strict=False)] == [
        timedelta(weeks=1)
    ] * (len(course.sent) - 1)


def test_an_expectation_is_that_of_before_its_week_began() -> None:
    course = [(BEGIN + timedelta(weeks=n), n / 10) for n in range(3)]
    first = expected_text({"2026-W40": 0.3}, course, BEGIN)
    assert expected_of(first) == {"2026-W40": 0.3, "2026-W50": 0.1, "2026-W51": 0.2}
    later = expected_text(expected_of(first), [(BEGIN + timedelta(weeks=n), 0.9) for n in (1, 2)], date(2026, 12, 9))
    assert expected_of(later) == {"2026-W40": 0.3, "2026-W50": 0.1, "2026-W51": 0.9}
    weeks = {"2026-W50": {"share": 0.15}, "2026-W49": {"share": 0.5}, "undated": {"share": 0.1}}
    assert against_measured(expected_of(later), weeks) == {"2026-W50": {"expected": 0.1, "measured": 0.15}}
    assert expected_of("") == {}
