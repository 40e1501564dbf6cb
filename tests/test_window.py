"""When a batch may work: over midnight, on chosen days, and on the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.config.execute import DAYS, WindowSettings
from remediate.window import closes_at, done_at, hours_a_night, is_open, next_occurrence

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MOMENTS = st.integers(0, 3 * 366 * 86400).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
NIGHT = WindowSettings(**{"from": "20:00", "to": "06:00"})


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM, fold=fold)


def window(begin: str, end: str, **more: Any) -> WindowSettings:
    return WindowSettings(**{"from": begin, "to": end, **more})


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-03-02 19:59:59", False),
        ("2026-03-02 20:00:00", True),
        ("2026-03-02 23:59:59", True),
        ("2026-03-03 00:00:00", True),
        ("2026-03-03 05:59:59", True),
        ("2026-03-03 06:00:00", False),
        ("2026-03-03 12:00:00", False),
    ],
)
def test_a_window_over_midnight_is_open_from_its_begin_to_just_before_its_end(moment: str, open_: bool) -> None:
    assert is_open(NIGHT, at(moment)) is open_


def test_the_same_moment_in_another_zone_is_the_same_answer() -> None:
    moment = at("2026-07-01 20:00:00").astimezone(UTC)
    assert is_open(NIGHT, moment)
    assert not is_open(NIGHT, moment - timedelta(seconds=1))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    fridays = window("20:00", "06:00", days=["fri"])
    assert is_open(fridays, at("2026-03-06 21:00"))  # Friday
    assert is_open(fridays, at("2026-03-07 05:00"))  # the rest of it, on Saturday
    assert not is_open(fridays, at("2026-03-06 05:00"))  # what would be Thursday's night
    assert not is_open(fridays, at("2026-03-07 21:00"))


def test_equal_ends_mean_the_whole_day() -> None:
    always = window("00:00", "00:00")
    assert all(is_open(always, at("2026-03-06 00:00") + timedelta(hours=hour)) for hour in range(48))


def test_a_window_within_one_day() -> None:
    lunch = window("12:00", "13:30")
    assert closes_at(lunch, at("2026-03-06 12:59")) == at("2026-03-06 13:30")
    assert closes_at(lunch, at("2026-03-06 13:30")) is None


def test_the_night_is_an_hour_shorter_in_march_and_longer_in_october() -> None:
    march = closes_at(NIGHT, at("2026-03-28 20:00"))
    october = closes_at(NIGHT, at("2026-10-24 20:00"))
    assert march is not None
    assert october is not None
    assert march.astimezone(UTC) - at("2026-03-28 20:00").astimezone(UTC) == timedelta(hours=9)
    assert october.astimezone(UTC) - at("2026-10-24 20:00").astimezone(UTC) == timedelta(hours=11)


def test_a_window_that_closed_does_not_open_again_when_the_clock_is_set_back() -> None:
    early = window("22:00", "02:30")
    assert is_open(early, at("2026-10-25 02:10", fold=0))
    assert not is_open(early, at("2026-10-25 02:40", fold=0))
    assert not is_open(early, at("2026-10-25 02:10", fold=1))


@given(
    begin=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    end=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
    moment=MOMENTS,
)
def test_an_open_window_closes_later_and_within_a_day_and_an_hour(
    begin: time, end: time, days: set[str], moment: datetime
) -> None:
    settings = WindowSettings(**{"from": begin, "to": end, "days": tuple(days)})
    closing = closes_at(settings, moment)
    if closing is not None:
        assert timedelta(0) < closing.astimezone(UTC) - moment <= timedelta(hours=25)


@given(
    moment=MOMENTS,
    until=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
def test_until_lies_ahead_and_less_than_a_day_and_an_hour_away(moment: datetime, until: time) -> None:
    found = next_occurrence(until, NIGHT, moment)
    assert timedelta(0) < found.astimezone(UTC) - moment <= timedelta(hours=25)
    assert found.tzinfo is NIGHT.zone


def test_until_is_read_on_the_clock_of_the_windows_zone() -> None:
    evening = at("2026-07-01 21:00").astimezone(UTC)
    assert next_occurrence(time(5, 30), NIGHT, evening) == at("2026-07-02 05:30")
    assert next_occurrence(time(22, 0), NIGHT, evening) == at("2026-07-01 22:00")


def test_until_in_the_hour_that_comes_twice_is_the_next_time_the_clock_shows_it() -> None:
    assert next_occurrence(time(2, 30), NIGHT, at("2026-10-25 02:10", fold=0)).astimezone(UTC) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert next_occurrence(time(2, 30), NIGHT, at("2026-10-25 02:10", fold=1)).astimezone(UTC) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("begin", "end", "hours"), [("20:00", "06:00", 10), ("00:00", "00:00", 24), ("12:00", "13:30", 1.5)]
)
def test_hours_a_night(begin: str, end: str, hours: float) -> None:
    assert hours_a_night(window(begin, end)) == hours


@pytest.mark.parametrize(
    ("hours", "done"),
    [(1, "2026-03-02 21:00"), (10, "2026-03-03 06:00"), (11, "2026-03-03 21:00"), (25, "2026-03-05 01:00")],
)
def test_work_goes_on_only_while_the_window_is_open(hours: int, done: str) -> None:
    for begun in ("2026-03-02 12:00", "2026-03-02 20:00"):
        assert done_at(NIGHT, at(begun), timedelta(hours=hours)) == at(done)


@given(moment=MOMENTS, hours=st.floats(0.01, 200))
def test_the_end_of_work_lies_in_a_window(moment: datetime, hours: float) -> None:
    weekdays = window("22:00", "05:30", days=["mon", "tue", "wed", "thu", "fri"])
    end = done_at(weekdays, moment, timedelta(hours=hours))
    assert end - moment >= timedelta(hours=hours) - timedelta(seconds=1)
    assert is_open(weekdays, end - timedelta(milliseconds=1))
