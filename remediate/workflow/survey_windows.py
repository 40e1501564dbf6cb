"""How a survey cuts time into windows: years to resume by, and parts of them that stay below the archive's cap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from remediate.records.dicom import FoundStudy

Window = tuple[date, date]
"""First and last day, both included."""

FIRST_DAY = date(1970, 1, 1)
"""Start of the date pass: older Study Dates than digital imaging are found by the second pass as undated."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of the studies that one brief query named. That these are all is never relied on: every day is asked
    for, and a part whose answer is too long is split again."""

    days: Sequence[date] = ()  # sorted

    @classmethod
    def of(cls, studies: Iterable[FoundStudy]) -> Calendar:
        """Of those that have a readable date."""
        return cls(sorted(day for day in map(_day_of, studies) if day is not None))

    def windows(self, begin: date, end: date) -> list[Window]:
        """The years, those in a row that seem to be empty as one."""
        windows: list[Window] = []
        was_empty = False
        for first, last in years(begin, end):
            is_empty = not self._count(first, last)
            if is_empty and was_empty:
                windows[-1] = (windows[-1][0], last)
            else:
                windows.append((first, last))
            was_empty = is_empty
        return windows

    def parts(self, window: Window, cap: int) -> list[Window]:
        """The window in parts that should stay below the cap, with room for what arrives meanwhile."""
        begin, end = window
        first, last = bisect_left(self.days, begin), bisect_right(self.days, end)
        parts: list[Window] = []
        if last - first >= cap:
            size = cap * 4 // 5
            for day in (self.days[position] for position in range(first + size, last, size)):
                if day > begin:
                    parts.append((begin, day - _DAY))
                    begin = day
        return [*parts, (begin, end)]

    def _count(self, begin: date, end: date) -> int:
        return bisect_right(self.days, end) - bisect_left(self.days, begin)


def years(begin: date, end: date) -> Iterator[Window]:
    """The span in windows of at most a calendar year: the unit of resuming."""
    while begin <= end:
        last = min(date(begin.year, 12, 31), end)
        yield begin, last
        begin = last + _DAY


def halves(window: Window) -> tuple[Window, Window]:
    """A window of more than a day in two."""
    begin, end = window
    middle = begin + (end - begin) // 2
    return (begin, middle), (middle + _DAY, end)


def _day_of(study: FoundStudy) -> date | None:
    try:
        return date.fromisoformat(study.study_date)
    except ValueError:
        return None
