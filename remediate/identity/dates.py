"""Reads DICOM dates (DA) from headers; knows no policy and never completes a date that lacks a part.

Source: DICOM PS3.5 section 6.2: YYYYMMDD; objects from before 1993 may hold YYYY.MM.DD.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from functools import lru_cache


class DateProblem(StrEnum):
    """Why a text is not a date."""

    ABSENT = "date-absent"
    UNREADABLE = "date-unreadable"


@lru_cache(maxsize=1 << 16)
def read_da(text: str) -> date | DateProblem:
    """The date in a DA value as it stands in a header."""
    if not text:
        return DateProblem.ABSENT
    digits = text.replace(".", "") if len(text) == 10 and text[4] == text[7] == "." else text
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return DateProblem.UNREADABLE
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return DateProblem.UNREADABLE
