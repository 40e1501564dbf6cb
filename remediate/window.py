"""When a batch may work, as arithmetic on an aware moment; reads no clock.

A span begins when the clock on the wall first shows its `from` or has passed it, and ends when that clock next shows
its `to` or has passed it. So what has ended does not begin again in the hour that comes twice, and an end in the hour
that is left out is the moment at which the clock is set. Spans that touch or overlap are one opening. Moments are
compared in UTC: within one zone Python compares what the clock on the wall shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from remediate.config.execute import DAYS, HOLIDAY, SpanSettings, WindowSettings

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_MINUTES_A_DAY, _MINUTES_A_WEEK = 1_440, 10_080
_NIGHTS_AHEAD = 4_000  # some eleven years of nights
_LONGEST = 16
"""Days; what is open for longer has no end that anybody would plan for. Longer than holidays with weekends around."""
_FARTHEST = 370
"""Days within which a window opens again, be it on one holiday only."""


class Opening(NamedTuple):
    """A time in which work may go on, in UTC."""

    begins: datetime
    ends: datetime


def is_open(window: WindowSettings, now: datetime) -> bool:
    """Whether `now` lies in the window."""
    return _opening_at(window, now) is not None


def closes_at(window: WindowSettings, now: datetime) -> datetime | None:
    """The end of the opening in which `now` lies; None outside, and where it stays open for weeks."""
    found = _opening_at(window, now)
    if found is None or found.ends - now.astimezone(UTC) > _LONGEST * _DAY:
        return None
    return found.ends.astimezone(window.zone)


def opens_at(window: WindowSettings, now: datetime) -> datetime | None:
    """The next beginning of an opening; None while one is open."""
    return _opens_after(window, now) if not is_open(window, now) else None


def hours_a_night(window: WindowSettings) -> float:
    """Hours of an opening in a week without holidays, on the average, as the clock on the wall counts; a whole day is
    the most that counts as one."""
    open_minutes: set[int] = set()
    for span in window.spans:
        length = (_minute_of(span.to) - _minute_of(span.from_)) % _MINUTES_A_DAY or _MINUTES_A_DAY
        for day in range(7):
            if DAYS[day] in span.days:
                first = day * _MINUTES_A_DAY + _minute_of(span.from_)
                open_minutes.update(minute % _MINUTES_A_WEEK for minute in range(first, first + length))
    begun = sum((minute - 1) % _MINUTES_A_WEEK not in open_minutes for minute in open_minutes)
    whole = len(open_minutes) / _MINUTES_A_DAY
    return len(open_minutes) / 60 / max(begun, whole) if open_minutes else hours_of(window)


def hours_of(span: SpanSettings) -> float:
    """Hours of one span, as the clock on the wall counts."""
    return (_minute_of(span.to) - _minute_of(span.from_)) % _MINUTES_A_DAY / 60 or 24.0


def _minute_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def done_at(window: WindowSettings, now: datetime, work: timedelta) -> datetime:
    """When so much work will be done that only goes on while the window is open."""
    moment, left = now.astimezone(UTC), work
    for _ in range(_NIGHTS_AHEAD):
        found = _opening_at(window, moment)
        if found is None:
            moment = _opens_after(window, moment).astimezone(UTC)
            continue
        if left <= found.ends - moment:
            break
        moment, left = found.ends, left - (found.ends - moment)
    return (moment + left).astimezone(window.zone)


def done_in_nights(window: WindowSettings, now: datetime, work: timedelta, nights: int = 1) -> datetime:
    """The same where nothing is done before the next opening, and where it takes so many of them at least."""
    first = last = _next_opening(window, now)
    for _ in range(1, min(nights, _NIGHTS_AHEAD)):
        last = _next_opening(window, last)
    return max(done_at(window, first, work), last)


def _next_opening(window: WindowSettings, now: datetime) -> datetime:
    """The one after that in which `now` lies; `now` itself where that never ends."""
    closes = closes_at(window, now)
    return now if closes is None and is_open(window, now) else _opens_after(window, closes or now)


def next_occurrence(moment: time, window: WindowSettings, now: datetime) -> datetime:
    """The next time the wall clock of the window's zone shows `moment`."""
    today = datetime.combine(now.astimezone(window.zone).date(), moment, window.zone)
    again = today.replace(fold=1)  # another moment only in the hour that comes twice
    ahead = (found for found in (today, again) if found.astimezone(UTC) > now.astimezone(UTC))
    return next(ahead, datetime.combine(today.date() + _DAY, moment, window.zone))


def is_holiday(window: WindowSettings, day: date) -> bool:
    """Whether the configured calendar, or the configuration itself, calls this date a holiday."""
    if day.isoformat() in window.holiday_dates:
        return True
    return bool(window.holidays) and day in _holidays(window.holidays, day.year)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    from holidays import country_holidays  # only where a calendar is asked for: it takes a tenth of a second

    return frozenset(country_holidays(country, years=year))


def _opening_at(window: WindowSettings, now: datetime) -> Opening | None:
    """The opening in which `now` lies; one that goes on for weeks is cut off there."""
    moment = now.astimezone(UTC)
    day = now.astimezone(window.zone).date() - _DAY
    found: Opening | None = None
    for ahead in range(_LONGEST + 3):
        for begins, ends in _of_day(window, day + ahead * _DAY):
            if found is None and begins <= moment < ends:
                found = Opening(begins, ends)
            elif found is not None and begins <= found.ends < ends:
                found = Opening(found.begins, ends)
        if found is not None and found.ends < _begins(day + (ahead + 1) * _DAY, time(0), window.zone):
            break
        if found is None and ahead:
            break
    return found


def _opens_after(window: WindowSettings, now: datetime) -> datetime:
    """The next beginning, of a window in which `now` does not lie."""
    moment, day = now.astimezone(UTC), now.astimezone(window.zone).date()
    ahead = (span.begins for days in range(_FARTHEST) for span in _of_day(window, day + days * _DAY))
    return next((begins for begins in ahead if begins >= moment), moment).astimezone(window.zone)


@lru_cache(maxsize=4096)
def _of_day(window: WindowSettings, day: date) -> tuple[Opening, ...]:
    """What begins on this date, in order of beginning and end, overlapping or not."""
    return tuple(sorted(_spans_of(window, day)))


def _spans_of(window: WindowSettings, day: date) -> Iterator[Opening]:
    kind = HOLIDAY if is_holiday(window, day) else DAYS[day.weekday()]
    for span in window.spans:
        if kind not in span.days:
            continue
        ends = _begins(day + _DAY if span.to <= span.from_ else day, span.to, window.zone)
        begins = _begins(day, span.from_, window.zone)
        if begins < ends:  # not where both lie in the hour that is left out
            yield Opening(begins, ends)


def _begins(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The first moment of a date, in UTC, at which the clock on the wall shows this time or has passed it."""
    wall = datetime.combine(day, clock)
    shown = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)  # in the hour that is left out, what lies before it
    if _on_the_wall(shown, zone) == wall:
        return wall.replace(tzinfo=zone).astimezone(UTC)  # of the hour that comes twice, the first
    while _on_the_wall(shown, zone) < wall:
        shown += _MINUTE
    return shown


def _on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
