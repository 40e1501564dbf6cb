"""What share of what is *sent* is right while work goes on, from how old the studies are that are sent.

Arithmetic on counts; asks nobody. It takes for granted that what is sent keeps its ages, and counts nothing of what
lists of appointments know besides: with them it goes faster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from remediate.records.needs import AGES

RECENT = 28
"""The last days, by which the studies that come in are judged."""


class SentProfile(NamedTuple):
    """How many studies are sent, by their age on that day: `AGES`, and older or undated."""

    by_age: tuple[int, ...]

    @classmethod
    def of(cls, sent: Iterable[int]) -> SentProfile:
        """From the index of each study's age."""
        counted = Counter(sent)
        return cls(tuple(counted[age] for age in range(len(AGES) + 1)))


@dataclass(slots=True, kw_only=True)
class SentShare:
    """Studies by the day on which they were made, as far as they count, and how many of them are right by now."""

    profile: SentProfile
    begin: date
    there: Counter[int] = field(default_factory=Counter)  # by ordinal of the day; 0: undated
    right: Counter[int] = field(default_factory=Counter)
    new_right: float | None = None  # of what comes in from now on; None: as what came in of late

    def correct(self, made: int) -> None:
        """One more is right."""
        self.right[max(made, 0)] += 1

    def share_on(self, day: date) -> float | None:
        """Of what is sent on a day; None where nothing tells."""
        new = self.recent() if self.new_right is None else self.new_right
        sent = right = 0.0
        edges = (0, *AGES)
        for age, number in enumerate(self.profile.by_age):
            last = day - timedelta(days=edges[age])
            first = day - timedelta(days=AGES[age] - 1) if age < len(AGES) else date.min
            found = self._of(first.toordinal(), last.toordinal(), new, undated=age == len(AGES))
            if number and found is not None:
                sent, right = sent + number, right + number * found
        return right / sent if sent else None

    def _of(self, first: int, last: int, new: float, *, undated: bool) -> float | None:
        """The share of the studies made between two days; of those that are not made yet, `new`."""
        begin = self.begin.toordinal()
        days = [day for day in self.there if first <= day <= min(last, begin)]
        there, right = sum(self.there[day] for day in days), sum(self.right[day] for day in days)
        if undated:
            there, right = there + self.there[0], right + self.right[0]
        ahead = max(0, last - max(first, begin + 1) + 1) * self._a_day()
        return (right + ahead * new) / (there + ahead) if there + ahead else None

    def _a_day(self) -> float:
        begin = self.begin.toordinal()
        return sum(number for day, number in self.there.items() if begin - RECENT < day <= begin) / RECENT

    def recent(self) -> float:
        """Of what came in of late."""
        begin = self.begin.toordinal()
        days = [day for day in self.there if begin - RECENT < day <= begin]
        there = sum(self.there[day] for day in days)
        return sum(self.right[day] for day in days) / there if there else 1.0
