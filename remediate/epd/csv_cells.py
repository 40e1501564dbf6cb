"""What single cells of the EPD's CSV extract say: dates, sexes, flags, spoiled numbers; guesses none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache

_SPOILED = re.compile(r"\d(?:[.,]\d+)?E[+-]\d+|\d+[.,]0+", re.ASCII | re.IGNORECASE)
_SEXES = frozenset({"M", "F", "O"})
_FIXED = {"%d": r"(?P<d>\d\d)", "%m": r"(?P<m>\d\d)", "%Y": r"(?P<Y>\d{4})"}


def is_spoiled(number: str) -> bool:
    """Whether a spreadsheet took a hospital number for a quantity: `1,23E+07`, `1234.0`."""
    return _SPOILED.fullmatch(number) is not None


def date_reader(date_format: str) -> Callable[[str], str | None]:
    """A reader of dates in exactly this form: YYYYMMDD, "" for "", or None for another text. That the form gives day,
    month and a year of four digits was checked when the configuration was read."""
    fixed = _fixed_form(date_format)

    @lru_cache(maxsize=1 << 16)
    def read(text: str) -> str | None:
        if not text:
            return ""
        match = fixed.fullmatch(text) if fixed else None
        try:
            if match is not None:
                found = date(int(match["Y"]), int(match["m"]), int(match["d"]))
            else:
                found = datetime.strptime(text, date_format).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            return None
        return f"{found.year:04d}{found.month:02d}{found.day:02d}"

    return read


def _fixed_form(date_format: str) -> re.Pattern[str] | None:
    """The usual spelling of a form of day, month and year, each once: ten times as fast as `strptime`."""
    parts = re.split(r"(%.)", date_format)
    if sorted(parts[1::2]) != sorted(_FIXED):
        return None
    return re.compile("".join(_FIXED.get(part) or re.escape(part) for part in parts), re.ASCII)


def sex_reader(sex_values: Mapping[str, str]) -> Callable[[str], str]:
    """A reader of sexes as the file spells them: M, F, O, or "" for what is not configured."""
    known = {text.strip().upper(): sex for text, sex in sex_values.items() if sex in _SEXES}
    return lru_cache(maxsize=1 << 10)(lambda text: known.get(text.upper(), ""))


def flag_reader(true_values: tuple[str, ...]) -> Callable[[str], bool]:
    """A reader of a flag: true for the configured texts only, in capitals or not."""
    known = frozenset(text.strip().casefold() for text in true_values)
    return lru_cache(maxsize=1 << 10)(lambda text: text.casefold() in known)
