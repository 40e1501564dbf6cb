"""How a survey cuts time into windows: years to resume by, and parts of them that stay below the archive's cap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from remediate.records.dicom import FoundStudy

Window = tuple[date, date]
"""First and last day, both included."""

Times = tuple[int, int]
"""A part of a day in seconds since midnight, the last not included."""

DAY, MINUTE = 86_400, 60
NOON: tuple[Times, Times] = ((0, DAY // 2), (DAY // 2, DAY))

FIRST_DAY = date(1970, 1, 1)
"""Start of the date pass: older Study Dates than digital imaging are found by the second pass as undated."""

LARGEST_CAP = 10_000
"""More studies than any archive is known to stop at in silence."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of the studies that one brief query named. That these are all is never relied on: every day is asked
    for, and a part whose answer is too long is split again."""

    days: Sequence[date] = ()  # sorted
    uids: Sequence[str] = ()  # of the studies on these days, in the same order

    @classmethod
    def of(cls, studies: Iterable[FoundStudy]) -> Calendar:
        """Of those that have a readable date."""
        dated = sorted((day, study.study_instance_uid) for study in studies if (day := _day_of(study)) is not None)
        return cls([day for day, _ in dated], [uid for _, uid in dated])

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
        first, last = self._positions(window)
        parts: list[Window] = []
        if last - first >= cap:
            size = cap * 4 // 5
            for day in (self.days[position] for position in range(first + size, last, size)):
                if day > begin:
                    parts.append((begin, day - _DAY))
                    begin = day
        return [*parts, (begin, end)]

    def within(self, window: Window) -> Sequence[str]:
        """The Study Instance UIDs that were named with a date in the window."""
        first, last = self._positions(window)
        return self.uids[first:last]

    def _positions(self, window: Window) -> tuple[int, int]:
        return bisect_left(self.days, window[0]), bisect_right(self.days, window[1])

    def _count(self, begin: date, end: date) -> int:
        first, last = self._positions((begin, end))
        return last - first


def may_be_a_cap(studies: int) -> bool:
    """Whether an answer of so many may have ended at a cap: a number that somebody chose, in tens or a power of two."""
    return 0 < studies <= LARGEST_CAP and (studies % 10 == 0 or (studies >= 16 and studies & (studies - 1) == 0))


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


def time_range(times: Times) -> str:
    """The matching key for Study Time (TM, PS3.4 C.2.2.2.5), to the last fraction of the last second."""
    first, last = (
        f"{second // 3600:02d}{second // 60 % 60:02d}{second % 60:02d}" for second in (times[0], times[1] - 1)
    )
    return f"{first}-{last}.999999"
