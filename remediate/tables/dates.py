"""Dates in the cells of a table: read in one given form, and which form fits a whole column. Guesses none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

DATE_FORMATS = (
    "%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%Y%m%d", "%d%m%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%m.%d.%Y",
    "%Y.%m.%d",
)  # fmt: skip
"""The forms in which systems write dates; several may fit one file."""

_FIXED = {"%d": r"(?P<d>\d\d)", "%m": r"(?P<m>\d\d)", "%Y": r"(?P<Y>\d{4})"}
_LOOSE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?")
_CLOCK = re.compile(r"[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?")
_DIGITS = re.compile(r"\d{4}([-/.]?)\d\d\1\d\d", re.ASCII)
_YEARS = ("1850", "2100")
"""Between which a date of a person or a study lies; else 14-03-1950 without dashes is also a day of the year 1403."""


def date_reader(date_format: str) -> Callable[[str], str | None]:
    """A reader of dates in exactly this form (`strptime`): YYYYMMDD, "" for "", or None for another text."""
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


_READERS = {form: date_reader(form) for form in DATE_FORMATS}
_YEAR_FIRST = frozenset(form for form in DATE_FORMATS if form.startswith("%Y"))
"""Forms that no other one contradicts."""


def forms_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Every form in which all of these dates can be read; none where there is no date."""
    dates = set(filter(None, texts))
    return tuple(form for form, read in _READERS.items() if dates and None not in map(read, dates))


def likely_forms(texts: Collection[str]) -> tuple[str, ...]:
    """The forms that read most of these dates, and nine in ten at least."""
    reads = {form: sum(bool(read(text)) for text in texts) for form, read in _READERS.items()}
    most = max(reads.values())
    return tuple(form for form, number in reads.items() if number == most and most * 10 >= len(texts) * 9 > 0)


@lru_cache(maxsize=1 << 16)
def plain_date(text: str, *, any_time: bool = False) -> str:
    """A date as spreadsheets and databases show it, 1-1-1990 0:00, with two digits for day and month and no midnight.

    Another time of day stays unless `any_time`: of a birth date it says that a time zone was applied.
    """
    match = _LOOSE.match(text)
    if match is None:
        return text
    rest = text[match.end() :]
    if rest and not (_CLOCK if any_time else _MIDNIGHT).fullmatch(rest):
        return text
    first, sign, middle, last = match.groups()
    return sign.join((first.zfill(2), middle.zfill(2), last.zfill(2)))


@dataclass(slots=True)
class DateColumn:
    """Which form the dates of one column have, found by looking at all of them."""

    any_time: bool = False
    fitting: Counter[tuple[str, ...]] = field(default_factory=Counter)  # dates, by the forms that fit
    impossible: int = 0  # dates with the year first, or eight digits, that no calendar has

    def look(self, texts: Iterable[str]) -> None:
        """More cells of the column."""
        plain = [plain_date(text, any_time=self.any_time) for text in texts if text]
        self.fitting.update(map(_forms, plain))
        self.impossible += sum(not _forms(text) and _DIGITS.fullmatch(text) is not None for text in plain)

    def unread(self, form: str) -> int:
        """How many dates cannot be read where `form` is the one besides those with the year first."""
        return sum(
            count for forms, count in self.fitting.items() if form not in forms and _YEAR_FIRST.isdisjoint(forms)
        )

    def form(self, settled: str = "") -> str:
        """The one form besides those with the year first that dates have; "" when there is none, or several may be.

        `settled` is the form of another column of the same table, which decides between several that fit.
        """
        alone = {forms[0] for forms in self.fitting if len(forms) == 1} - _YEAR_FIRST
        if len(alone) == 1:
            return alone.pop()
        return settled if not alone and settled in self._others() else ""

    def likely(self) -> tuple[str, ...]:
        """The forms that fit most of the dates which have not the year first."""
        others = self._others()
        most = max(others.values(), default=0)
        return tuple(form for form in DATE_FORMATS if most and others[form] == most)

    def _others(self) -> Counter[str]:
        others = Counter[str]()
        for forms, count in self.fitting.items():
            if _YEAR_FIRST.isdisjoint(forms):
                others.update(dict.fromkeys(forms, count))
        return others

    def reader(self, form: str) -> Callable[[str], str | None]:
        """A reader of the column's cells: YYYYMMDD, "" for "", None for a date that cannot be read."""
        read = [_READERS[one] for one in _YEAR_FIRST]
        if form:
            read.append(date_reader(form))

        def reader(text: str) -> str | None:
            plain = plain_date(text, any_time=self.any_time)
            return next((found for one in read if (found := one(plain)) is not None), None)

        return lru_cache(maxsize=1 << 16)(reader)


@lru_cache(maxsize=1 << 16)
def _forms(text: str) -> tuple[str, ...]:
    """The forms that fit a date, years of a life or an archive only; with the year first, or all the others."""
    fits = [form for form, read in _READERS.items() if _YEARS[0] < (read(text) or "") < _YEARS[1]]
    return tuple(form for form in fits if form in _YEAR_FIRST) or tuple(fits)
