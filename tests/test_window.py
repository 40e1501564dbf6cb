"""When a batch may work: over midnight, on chosen days, and on the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from remediate.config.execute import DAYS, HOLIDAY, SpanSettings, WindowSettings
from remediate.window import (
    closes_at,
    done_at,
    done_in_nights,
    hours_a_night,
    is_holiday,
    is_open,
    next_occurrence,
    opens_at,
)
from tests.window_oracle import open_minutes, random_window

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


CLOCKS = st.times().map(lambda t: t.replace(second=0, microsecond=0))
SPANS = st.tuples(CLOCKS, CLOCKS, st.sets(st.sampled_from((*DAYS, HOLIDAY)), min_size=1))


@given(spans=st.lists(SPANS, min_size=1, max_size=3), moment=MOMENTS)
def test_what_is_open_stays_so_until_it_closes_and_what_is_closed_until_it_opens(
    spans: list[tuple[time, time, set[str]]], moment: datetime
) -> None:
    each = [{"from": begin, "to": end, "days": tuple(sorted(days))} for begin, end, days in spans]
    found = WindowSettings(**{**each[0], "also": each[1:], "holidays": "NL"})
    opening, closing = opens_at(found, moment), closes_at(found, moment)
    assert (opening is None) == is_open(found, moment)
    second = timedelta(seconds=1)
    if opening is not None:
        assert closing is None
        assert is_open(found, opening)
        assert not is_open(found, opening - second)
        halfway = moment + (opening.astimezone(UTC) - moment) / 2
        assert opens_at(found, halfway) == opening
    elif closing is not None:
        assert timedelta(0) < closing.astimezone(UTC) - moment <= timedelta(days=16)
        assert not is_open(found, closing)
        assert is_open(found, closing - second)
        assert closes_at(found, moment + (closing.astimezone(UTC) - moment) / 2) == closing


def test_spans_that_touch_or_overlap_are_one_opening() -> None:
    weekends = window("20:00", "06:00", also=[{"from": "05:00", "to": "20:00", "days": ["sat", "sun"]}])
    assert closes_at(weekends, at("2026-03-06 21:00")) == at("2026-03-09 06:00")  # Friday to Monday
    assert closes_at(weekends, at("2026-03-05 21:00")) == at("2026-03-06 06:00")
    assert opens_at(weekends, at("2026-03-09 07:00")) == at("2026-03-09 20:00")


def test_what_is_always_open_has_no_end() -> None:
    always = window("00:00", "00:00")
    assert closes_at(always, at("2026-03-06 12:00")) is None
    assert opens_at(always, at("2026-03-06 12:00")) is None
    assert done_at(always, at("2026-03-06 12:00"), timedelta(days=100)) == at("2026-06-14 13:00")


def test_a_holiday_is_a_kind_of_day_and_not_its_weekday() -> None:
    nights = {"days": [*DAYS], "holidays": "NL"}
    quiet = window("20:00", "06:00", **nights, also=[{"from": "08:00", "to": "06:00", "days": ["holiday"]}])
    assert is_open(quiet, at("2026-12-25 09:00"))
    assert not is_open(quiet, at("2026-12-24 09:00"))
    assert not is_open(window("20:00", "06:00", **nights), at("2026-12-25 21:00"))
    assert is_open(window("20:00", "06:00"), at("2026-12-25 21:00"))  # no calendar: a Friday


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-01-01", True),
        ("2026-04-03", True),  # Good Friday
        ("2026-04-06", True),  # Easter Monday
        ("2026-04-27", True),  # King's Day
        ("2027-04-26", False),
        ("2025-04-26", True),  # the 27th is a Sunday
        ("2025-05-05", True),  # Liberation Day, every fifth year
        ("2026-05-05", False),
        ("2026-05-14", True),  # Ascension
        ("2026-05-25", True),  # Whit Monday
        ("2026-12-26", True),
        ("2026-12-24", False),
    ],
)
def test_the_calendar_of_holidays_is_the_dutch_one(day: str, holiday: bool) -> None:
    dutch = window("20:00", "06:00", holidays="NL")
    assert is_holiday(dutch, date.fromisoformat(day)) is holiday
    assert is_holiday(window("20:00", "06:00", holiday_dates=[day]), date.fromisoformat(day))
    assert not is_holiday(window("20:00", "06:00"), date.fromisoformat(day))


def test_a_window_that_opens_on_holidays_only_needs_a_calendar() -> None:
    with pytest.raises(ValidationError, match="holidays"):
        window("20:00", "06:00", days=["holiday"])
    easter = window("20:00", "06:00", days=["holiday"], holidays="NL")
    assert opens_at(easter, at("2026-01-02 12:00")) == at("2026-04-03 20:00")
    assert hours_a_night(easter) == 10


def test_on_the_night_of_summer_time_an_end_that_is_left_out_is_when_the_clock_is_set() -> None:
    early = window("22:00", "02:30")
    assert closes_at(early, at("2026-03-28 23:00")) == at("2026-03-29 03:00")
    late = window("02:30", "06:00")
    assert opens_at(late, at("2026-03-29 01:00")) == at("2026-03-29 03:00")
    assert opens_at(window("02:10", "02:50"), at("2026-03-29 01:00")) == at("2026-03-30 02:10")


def on_the_wall(settings: SpanSettings, moment: datetime, kind: str) -> bool:
    """Whether the wall clock shows a time of a span that began on the day whose kind is given."""
    clock = moment.time().replace(tzinfo=None)
    return kind in settings.days and settings.from_ <= clock < settings.to


def test_a_year_of_windows_quarter_by_quarter_is_what_the_wall_clock_and_a_calendar_say() -> None:
    """With a leap day, both nights on which the clock is set, and holidays; the spans lie within a day each."""
    spans = [
        {"from": "00:00", "to": "06:00", "days": [*DAYS]},
        {"from": "20:00", "to": "23:45", "days": ["mon", "tue", "wed", "thu"]},
        {"from": "02:15", "to": "13:00", "days": ["holiday"]},
    ]
    found = WindowSettings(**{**spans[0], "also": spans[1:], "holidays": "NL"})
    holidays = {"01-01", "03-29", "03-31", "04-01", "04-27", "05-09", "05-19", "05-20", "12-25", "12-26"}
    moment, opened = datetime(2024, 1, 1, tzinfo=UTC), 0
    while moment.year == 2024:
        wall = moment.astimezone(AMSTERDAM)
        kind = "holiday" if f"{wall:%m-%d}" in holidays and wall.year == 2024 else DAYS[wall.weekday()]
        if wall.year == 2025:
            kind = "holiday"
        said = is_open(found, moment)
        assert said is any(on_the_wall(span, wall, kind) for span in found.spans), wall
        opened += said
        moment += timedelta(minutes=15)
    assert opened > 10_000


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


def test_hours_of_a_night_are_the_average_of_unequal_ones() -> None:
    weekends = window("20:00", "06:00", also=[{"from": "06:00", "to": "20:00", "days": ["sat", "sun"]}])
    assert hours_a_night(weekends) == (4 * 10 + 58) / 5
    assert hours_a_night(window("20:00", "06:00", days=["fri"])) == 10
    assert hours_a_night(window("08:00", "07:00")) == 23


@pytest.mark.parametrize(
    ("hours", "done"),
    [(1, "2026-03-02 21:00"), (10, "2026-03-03 06:00"), (11, "2026-03-03 21:00"), (25, "2026-03-05 01:00")],
)
def test_work_goes_on_only_while_the_window_is_open(hours: int, done: str) -> None:
    for begun in ("2026-03-02 12:00", "2026-03-02 20:00"):
        assert done_at(NIGHT, at(begun), timedelta(hours=hours)) == at(done)


@pytest.mark.parametrize(
    ("hours", "nights", "done"),
    [(1, 1, "2026-03-03 21:00"), (11, 1, "2026-03-04 21:00"), (1, 3, "2026-03-05 20:00"), (25, 2, "2026-03-06 01:00")],
)
def test_after_a_nights_job_work_goes_on_with_the_next_opening(hours: int, nights: int, done: str) -> None:
    for now in ("2026-03-02 20:10", "2026-03-03 06:10"):
        assert done_in_nights(NIGHT, at(now), timedelta(hours=hours), nights) == at(done)
    always = window("00:00", "00:00")
    assert done_in_nights(always, at("2026-03-02 20:10"), timedelta(hours=hours)) == at("2026-03-02 20:10") + timedelta(
        hours=hours
    )


@given(moment=MOMENTS, hours=st.floats(0.01, 200))
def test_the_end_of_work_lies_in_a_window(moment: datetime, hours: float) -> None:
    weekdays = window("22:00", "05:30", days=["mon", "tue", "wed", "thu", "fri"])
    end = done_at(weekdays, moment, timedelta(hours=hours))
    assert end - moment >= timedelta(hours=hours) - timedelta(seconds=1)
    assert is_open(weekdays, end - timedelta(milliseconds=1))


AROUND = (
    "2024-02-27",
    "2026-03-27",
    "2026-10-23",
    "2024-12-23",
    "2025-04-16",
    "2025-05-03",
    "2025-04-24",
    "2024-04-04",
)
"""Leap day, both nights on which Dutch clocks are set, Christmas, Easter, Liberation Day, King's Day."""


@pytest.mark.parametrize("seed", range(5, 15))
def test_random_windows_open_and_close_at_the_minute_that_a_wall_clock_says(seed: int) -> None:
    """`python -m tests.soak.soak_windows` tries as many as there is time for."""
    assert differences(Random(seed)) == []


def differences(random: Random) -> list[tuple[datetime, str]]:
    """Minutes of five days at which the oracle says something else about a window that both were given."""
    while True:
        given = random_window(random)
        try:
            found = WindowSettings(**given)
        except ValidationError:
            continue
        break
    start = datetime.fromisoformat(f"{random.choice(AROUND)}T{random.randrange(24):02}:00:00+00:00")
    minutes = open_minutes(given, start, 5 * 1440)
    edges = [n for n in range(1, len(minutes)) if minutes[n] != minutes[n - 1]]
    wrong = []
    for n in sorted({*edges, *(n - 1 for n in edges), *random.sample(range(len(minutes)), 20)}):
        moment = start + timedelta(minutes=n)
        change = next((start + timedelta(minutes=edge) for edge in edges if edge > n), None)
        said = closes_at(found, moment) if minutes[n] else opens_at(found, moment)
        if is_open(found, moment) is not minutes[n]:
            wrong.append((moment, f"open in {given}"))
        elif change is not None and (said is None or said.astimezone(UTC) != change):
            wrong.append((moment, f"changes at {said}, not {change} in {given}"))
    return wrong
