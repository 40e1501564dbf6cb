"""Moments as text in the database: UTC of fixed width, so that text order is time order. Reads no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache


def utc_text(moment: datetime) -> str:
    """`2026-11-23T04:44:26.000000Z`. Raises ValueError on a naive moment."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError("a moment without time zone")
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def offset_text(moment: datetime) -> str:
    """The moment's own offset from UTC, such as `+01:00`."""
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a moment without time zone")
    return _offset_text(offset)


@lru_cache(maxsize=64)
def _offset_text(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def moment_of(text: str, offset: str = "+00:00") -> datetime:
    """The aware moment that `utc_text` and `offset_text` described."""
    moment = datetime.fromisoformat(text)
    if offset == "+00:00":
        return moment
    minutes = int(offset[1:3]) * 60 + int(offset[4:6])
    return moment.astimezone(timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes)))
