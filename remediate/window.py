"""When a batch may work, as arithmetic on an aware moment; reads no clock.

A window that runs over midnight belongs to the day on which it begins. Moments are compared in UTC: within one zone
Python compares what the clock on the wall shows, which is wrong on the nights when the clock is set.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from remediate.config.execute import DAYS, WindowSettings

_NIGHTS_AHEAD = 4_000  # some eleven years of nights


def is_open(window: WindowSettings, now: datetime) -> bool:
    """Whether `now` lies in the window. Equal ends mean the whole day."""
    return closes_at(window, now) is not None


def closes_at(window: WindowSettings, now: datetime) -> datetime | None:
    """The end of the window in which `now` lies; None when it lies outside every window."""
    local = now.astimezone(window.zone)
    for days_back in (0, 1):
        day = local.date() - timedelta(days=days_back)
        if DAYS[day.weekday()] not in window.days:
            continue
        begin = datetime.combine(day, window.from_, window.zone)
        over_midnight = window.to <= window.from_
        end = datetime.combine(day + timedelta(days=1) if over_midnight else day, window.to, window.zone)
        if begin.astimezone(UTC) <= now.astimezone(UTC) < end.astimezone(UTC):
            return end
    return None


def opens_at(window: WindowSettings, now: datetime) -> datetime | None:
    """The next beginning of a window; None while one is open."""
    return _opens_after(window, now) if closes_at(window, now) is None else None


def hours_a_night(window: WindowSettings) -> float:
    """Length of the window in hours, as the clock on the wall counts."""
    begin, end = (t.hour + t.minute / 60 for t in (window.from_, window.to))
    return (end - begin) % 24 or 24.0


def done_at(window: WindowSettings, now: datetime, work: timedelta) -> datetime:
    """When so much work will be done that only goes on while the window is open."""
    moment, left = now, work
    for _ in range(_NIGHTS_AHEAD):
        end = closes_at(window, moment)
        if end is None:
            moment = _opens_after(window, moment)
            continue
        within = end.astimezone(UTC) - moment.astimezone(UTC)
        if left <= within:
            return (moment.astimezone(UTC) + left).astimezone(window.zone)
        moment, left = end, left - within
    return (moment.astimezone(UTC) + left).astimezone(window.zone)


def _opens_after(window: WindowSettings, moment: datetime) -> datetime:
    """The next beginning of a window."""
    day = moment.astimezone(window.zone).date()
    for days in range(8):
        begin = datetime.combine(day + timedelta(days=days), window.from_, window.zone)
        if DAYS[begin.weekday()] in window.days and begin.astimezone(UTC) >= moment.astimezone(UTC):
            return begin
    return moment


def next_occurrence(moment: time, window: WindowSettings, now: datetime) -> datetime:
    """The next time the wall clock of the window's zone shows `moment`."""
    today = datetime.combine(now.astimezone(window.zone).date(), moment, window.zone)
    again = today.replace(fold=1)  # another moment only in the hour that comes twice
    ahead = (found for found in (today, again) if found.astimezone(UTC) > now.astimezone(UTC))
    return next(ahead, datetime.combine(today.date() + timedelta(days=1), moment, window.zone))
