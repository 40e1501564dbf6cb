"""Turns the date and time of an HL7 v2 message into a number that sorts; reads no other field.

Source: HL7 v2 chapter 2.A, TS and DTM: YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ].
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = ZoneInfo("Europe/Amsterdam")
"""Messages give wall-clock times as a rule; one that names its offset is brought to the clock on the wall here.

In the hour that comes twice in autumn two messages without offset can seem reversed; nothing tells them apart.
"""

_DTM = re.compile(r"(\d{4,14})(?:\.(\d{1,6}))?(?:([+-])(\d{2})(\d{2}))?", re.ASCII)
_LOWEST = "00000101000000"
_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))


def sortable_time(text: str) -> int | None:
    """YYYYMMDDHHMMSSffff as one number; None when the text is no date and time. Absent parts are the earliest."""
    if len(text) == 14 and text.isascii() and text.isdigit():  # as most are written
        is_time = text[8:10] < "24" and text[10:12] < "60" and text[12:] < "60"
        return int(text) * 10_000 if is_time and _is_date(text[:8]) else None
    return _sortable(text)


@lru_cache(maxsize=1 << 12)
def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1 << 12)
def _sortable(text: str) -> int | None:
    match = _DTM.fullmatch(text)
    if match is None or len(match[1]) % 2:
        return None
    digits = match[1] + _LOWEST[len(match[1]) :]
    try:
        year, month, day, hour, minute, second = (int(digits[start:end]) for start, end in _PARTS)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if match[3]:
            moment = _on_the_wall(moment, match[3], int(match[4]), int(match[5]))
    except (ValueError, OverflowError):
        return None
    fraction = (match[2] or "")[:4].ljust(4, "0")
    return int((f"{moment:%Y%m%d%H%M%S}".zfill(14) if match[3] else digits) + fraction)


def wall_clock(moment: datetime) -> int:
    """An aware moment in the same form."""
    return int(f"{moment.astimezone(HOSPITAL_ZONE):%Y%m%d%H%M%S}{moment.microsecond // 100:04d}")


def _on_the_wall(moment: datetime, sign: str, hours: int, minutes: int) -> datetime:
    offset = timedelta(hours=hours, minutes=minutes)
    return moment.replace(tzinfo=timezone(-offset if sign == "-" else offset)).astimezone(HOSPITAL_ZONE)
