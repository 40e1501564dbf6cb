"""A second opinion on windows: every minute for itself, on a wall clock that only goes forward. Uses nothing of ours.

A span is open from the first minute at which the wall clock has reached its begin on its day, to the first at which it
has reached its end. Holidays by their law: Easter by the computus, King's Day on the 26th where the 27th is a Sunday.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LEAD = 3
"""Days before the first minute, for spans that began earlier."""
ZONES = (*["Europe/Amsterdam"] * 6, "America/Curacao", "Australia/Lord_Howe", "Atlantic/Azores", "Africa/Casablanca")


def easter(year: int) -> date:
    """Sunday, in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    h = (19 * a + b - d - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    month, day = divmod(h + weekday - 7 * ((a + 11 * h + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def dutch_holidays(year: int) -> set[date]:
    """From 2014 on."""
    kings_day = date(year, 4, 27)
    moving = {easter(year) + days * DAY for days in (-2, 0, 1, 39, 49, 50)}
    fixed = {date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)}
    liberation = {date(year, 5, 5)} if year % 5 == 0 else set()
    return moving | fixed | liberation | {kings_day - DAY if kings_day.weekday() == 6 else kings_day}


def open_minutes(window: dict[str, Any], start: datetime, count: int) -> list[bool]:
    """Whether each of `count` minutes from `start` (UTC) is open."""
    zone = ZoneInfo(window["timezone"])
    before = LEAD * 1440
    moments = (start + (n - before) * MINUTE for n in range(count + 2 * before))
    walls = list(accumulate((moment.astimezone(zone).replace(tzinfo=None) for moment in moments), max))
    found, day = [False] * count, walls[0].date() + DAY
    while day <= walls[-1].date():
        is_holiday = window["holidays"] == "NL" and day in dutch_holidays(day.year)
        kind = "holiday" if is_holiday or day.isoformat() in window["holiday_dates"] else WEEK[day.weekday()]
        for span in (window, *window["also"]):
            begin, end = time.fromisoformat(span["from"]), time.fromisoformat(span["to"])
            last = day + DAY if end <= begin else day
            edges = (bisect_left(walls, datetime.combine(on, at)) - before for on, at in ((day, begin), (last, end)))
            first, after = (min(max(edge, 0), count) for edge in edges)
            if kind in span["days"]:
                found[first:after] = [True] * (after - first)
        day += DAY
    return found


def random_window(random: Random) -> dict[str, Any]:
    """Most ends lie where clocks are set, at midnight, or one minute beside."""

    def clock() -> str:
        odd = f"{random.choice([0, 1, 2, 3, 23]):02}:{random.choice([0, 1, 15, 30, 59]):02}"
        return random.choice([odd, odd, "00:00", f"{random.randrange(24):02}:{random.randrange(60):02}"])

    def span() -> dict[str, Any]:
        kinds = (*WEEK, "holiday")
        days = kinds if random.random() < 0.4 else random.sample(kinds, random.randint(1, 7))
        return {"from": clock(), "to": clock(), "days": sorted(days)}

    dates = [(date(2024, 1, 1) + random.randrange(1500) * DAY).isoformat() for _ in range(random.choice([0, 3]))]
    return {
        **span(),
        "also": [span() for _ in range(random.choice([0, 0, 1, 2, 3]))],
        "timezone": random.choice(ZONES),
        "holidays": random.choice(["", "NL", "NL"]),
        "holiday_dates": dates,
    }
