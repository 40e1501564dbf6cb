"""A control chart of one group's inflow: whether the share of right ones fell, since when, and whether it is back.

**The test.** Each day the studies of the last 1, 7, 28 and 91 days are held against the reference, the year before
them, by the exact hypergeometric test: so few right ones, if both had one share, whatever it is. Nothing is estimated,
so a short reference makes no false alarm, it only sees less. A fall is told when the chance lies below the alarm risk
(`chart_rates`) and the share is lower by at least `least`.

**The reference** is what counted as normal: it begins anew where the level rose, leaves out the days of a fall (unless
short ones are a habit), and stands still while one lasts, so that no fall becomes normal by itself; only a person
accepts a lower level. What comes on quiet days (weekends, holidays) is another mix: a single day, or days with more
quiet ones among them than chance brings, must lie below the busy and the quiet days of it, each by themselves. Where
weeks differ more than chance makes them, studies count for so many fewer.

Pure arithmetic over counts by day; knows no names and no calendar beyond the day of the week.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import NamedTuple

from remediate.measure.intervals import left_tail, right_tail

WINDOWS = (1, 7, 28, 91)
"""Days that are looked at together."""

REFERENCE_DAYS = 364
"""At most so many days before a window are its reference: whole weeks."""

LEAST_STUDIES, LEAST_DAYS = 30, 10
"""What a reference needs: studies, and days with any."""

_NEW_DAYS = 91
"""A group that nobody knew so many days ago is new."""

_SILENT_DAYS = 91
"""A group of which nothing came for so long is over."""

_BACK, _STILL_LOWER = 0.005, -2.0
"""A level is back when it has risen at that risk, and lies no more standard errors below the reference than that; on a
single day only when it has risen at the risk of an alarm."""

_SHORT = 7
"""Days. One shorter fall in a year is an incident; several are a habit, and part of the reference. A fall that begins
anew so soon after its end was not over."""

_QUIET, _USUAL = 0.5, 1.5
"""A day with less than this part of the studies of an ordinary weekday is quiet; where more than so many times as many
studies are from quiet days as in the reference, it is another mix."""

_BY_CHANCE = 0.1
"""Where chance alone would bring as many from quiet days no more often than that. A few studies are often such a mix by
chance, which changes nothing: each of them is then still a draw from the same inflow."""

_PLAINLY = 2.5
"""Standard errors within which no tail is as small as a risk of ours (0.2 %), so that no exact test is needed."""

_FEW_WEEKS = 8
_CLEARLY = 2.33  # standard errors by which weeks must differ more than chance makes them
_WEEK = 7


class DayCounts(NamedTuple):
    """Studies, and how many of them are right."""

    studies: int
    right: int

    @property
    def share(self) -> float:
        """Of the right ones; 0 where there is none."""
        return self.right / self.studies if self.studies else 0.0


class Level(StrEnum):
    """How a group stands on the last day."""

    LEARNING = "learning"  # no reference yet
    STEADY = "steady"
    FALLEN = "fallen"
    LOW = "low"  # new, and lower than the others from its first day
    SILENT = "silent"  # no studies any more, so that nothing falls and nothing is mended


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A group's counts by consecutive day. `saturday` is the index of the first one."""

    studies: Sequence[int]
    right: Sequence[int]
    saturday: int = 5

    def is_weekend(self, day: int) -> bool:
        """Saturday or Sunday."""
        return (day - self.saturday) % _WEEK < 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One stretch below the reference; days are indices."""

    since: int  # most likely first day
    noticed: int
    window: int  # the shortest one that showed it
    chance: float  # of so few right ones, had nothing changed
    before: DayCounts
    after: DayCounts  # since then, until it was noticed
    ended: int | None = None  # first day on which the level was back

    def lasted(self, days: Days) -> DayCounts:
        """All of it, up to now or its end."""
        part = slice(self.since, self.ended)
        return DayCounts(sum(days.studies[part]), sum(days.right[part]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the walk over the days found."""

    level: Level
    reference: DayCounts
    dispersion: float = 1.0  # by how much more weeks of the reference differ than chance makes them; 1: no more
    falls: tuple[Fall, ...] = ()  # in order; the last may go on
    rises: tuple[int, ...] = ()  # days since which the level is higher

    @property
    def fall(self) -> Fall | None:
        """The one that goes on; none of a group of which nothing comes any more."""
        goes_on = self.falls and self.falls[-1].ended is None and self.level is not Level.SILENT
        return self.falls[-1] if goes_on else None


def chart(days: Days, *, risk: float, least: float, since: int = 0, others: Days | None = None) -> Chart:
    """Walk over the days. `risk` is that of one test; `since` the day from which a person accepts the level as normal.

    `others`, the rest of its kind, is what a new group is held against.
    """
    walk = _Walk(days=days, risk=risk, least=least, start=since, others=others)
    for day, studies in enumerate(days.studies):
        if studies and day >= since:
            walk.look(day)
    return walk.result()


def chance_of_fewer(before: DayCounts, after: DayCounts, dispersion: float = 1.0) -> float:
    """Of so few right ones or fewer in `after`, if it had the share of `before`; 1 where it is plainly no small one."""
    if _deviation(before, after) > -_PLAINLY:
        return 1.0
    old, new = _effective(before, dispersion, against=True), _effective(after, dispersion, against=False)
    if not new.studies or not old.studies:
        return 1.0
    return float(left_tail(new.right, new.studies, old.right + new.right, old.studies + new.studies))


def chance_of_more(before: DayCounts, after: DayCounts, dispersion: float = 1.0) -> float:
    """Of so many right ones or more in `after`."""
    if _deviation(before, after) < _PLAINLY:
        return 1.0
    old, new = _effective(before, dispersion, against=False), _effective(after, dispersion, against=True)
    if not new.studies or not old.studies:
        return 1.0
    return float(right_tail(new.right, new.studies, old.right + new.right, old.studies + new.studies))


def _deviation(before: DayCounts, after: DayCounts) -> float:
    """Of the right ones from what is expected, in standard errors of the hypergeometric distribution."""
    whole = before.studies + after.studies
    right = before.right + after.right
    spread = after.studies * before.studies * right * (whole - right)
    if not spread:
        return 0.0
    variance = spread / (whole * whole * (whole - 1))
    return (after.right - after.studies * right / whole) / math.sqrt(variance)


def _effective(counts: DayCounts, dispersion: float, *, against: bool) -> DayCounts:
    """So many fewer studies as the dispersion says; `against` rounds the wrong ones up, else down."""
    if dispersion <= 1:
        return counts
    studies, wrong = int(counts.studies / dispersion), (counts.studies - counts.right) / dispersion
    return DayCounts(studies, max(0, studies - (math.ceil(wrong) if against else int(wrong))))


def dispersion_of(weeks: Sequence[DayCounts]) -> float:
    """By how much more consecutive weeks differ than chance makes them; 1 where it is not clearly more.

    From the differences of neighbours (von Neumann 1941), so that a slow drift is no dispersion.
    """
    weeks = [week for week in weeks if week.studies]
    share = DayCounts(sum(week.studies for week in weeks), sum(week.right for week in weeks)).share
    spread = share * (1 - share)
    if len(weeks) <= _FEW_WEEKS or not spread:
        return 1.0
    terms = [
        (one.share - other.share) ** 2 / (spread * (1 / one.studies + 1 / other.studies))
        for one, other in pairwise(weeks)
    ]
    kurtosis = sum(1 / (week.studies * spread) for week in weeks) / len(weeks)
    found = sum(terms) / len(terms)
    return found if found > 1 + _CLEARLY * math.sqrt((3 + kurtosis) / len(terms)) else 1.0


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The state of a chart on the day that was looked at last."""

    days: Days
    risk: float
    least: float
    start: int  # first day of the reference
    others: Days | None
    falls: list[Fall] = field(default_factory=list)
    rises: list[int] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)  # whether a day may be part of a reference
    all: _Sums = field(init=False)
    reference: _Sums = field(init=False)
    quiet: list[bool] = field(init=False)  # by day
    all_quiet: _Sums = field(init=False)
    quiet_reference: _Sums = field(init=False)
    rest: _Sums | None = field(init=False)  # the others, of a group that is new
    first: int = field(init=False)

    def __post_init__(self) -> None:
        self.all = _Sums(self.days.studies, self.days.right)
        self.quiet = _quiet_days(self.days)
        self.all_quiet = _Sums(_only(self.days.studies, self.quiet), _only(self.days.right, self.quiet))
        self.kept = [True] * len(self.days.studies)
        self.first = next((day for day, studies in enumerate(self.days.studies) if studies), len(self.kept))
        is_new = self.others is not None and self.start < self.first and any(self.others.studies[: self.first])
        self.rest = _Sums(self.others.studies, self.others.right) if self.others and is_new else None
        self._keep()

    def _keep(self) -> None:
        """Add up the days that may be a reference, all of them and the quiet ones."""
        studies, right = ([0] * len(self.kept), [0] * len(self.kept))
        for day, kept in enumerate(self.kept):
            if kept:
                studies[day], right[day] = self.days.studies[day], self.days.right[day]
        self.reference = _Sums(studies, right)
        self.quiet_reference = _Sums(_only(studies, self.quiet), _only(right, self.quiet))

    def look(self, day: int) -> None:
        """One day with studies more."""
        if self.falls and self.falls[-1].ended is None:
            self._look_whether_back(day, self.falls[-1])
            return
        rises, known, back = [], False, self.falls[-1].ended or 0 if self.falls else 0
        for window in WINDOWS:
            begin, end = self.before(day + 1 - window)
            before = self.reference.of(begin, end)
            if end < back or before.studies < LEAST_STUDIES or self.reference.days(begin, end) < LEAST_DAYS:
                break  # the days of a fall that is over tell nothing new
            known = True
            after = self.all.of(end, day + 1)
            lower = before.share - after.share
            if lower >= self.least and (chance := self._chance(begin, end, day)) <= self.risk:
                self._fell(day, window, chance)
                return
            if -lower >= self.least:
                rises.append(window)
        if not known:
            self._look_whether_low(day)
        elif any(self._has_risen(day, window) for window in rises):
            self.rises.append(self.start)

    def before(self, day: int) -> tuple[int, int]:
        """The reference of what begins on a day, as a stretch of days."""
        return max(self.start, day - REFERENCE_DAYS), day

    def has_reference(self, begin: int, end: int) -> bool:
        """Whether there is enough of it."""
        return self.reference.of(begin, end).studies >= LEAST_STUDIES and self.reference.days(begin, end) >= LEAST_DAYS

    def _chance(self, begin: int, end: int, day: int) -> float:
        """Of so few right ones from `end` to `day`, if nothing changed; the largest of all that it is held against."""
        before, after = self.reference.of(begin, end), self.all.of(end, day + 1)
        found = chance_of_fewer(before, after)
        if found > self.risk:
            return found
        found = max([found, *(chance_of_fewer(kind, after) for kind in self._kinds(begin, end, day))])
        dispersion = self.dispersion(begin, end)
        return found if dispersion == 1 else max(found, chance_of_fewer(before, after, dispersion))

    def _kinds(self, begin: int, end: int, day: int) -> list[DayCounts]:
        """What the days from `end` to `day` must lie below besides the reference: its busy and its quiet days."""
        before, quiet = self.reference.of(begin, end), self.quiet_reference.of(begin, end)
        after, now_quiet = self.all.of(end, day + 1), self.all_quiet.of(end, day + 1)
        if end < day and not _is_another_mix(before, quiet, after, now_quiet):
            return []
        busy = DayCounts(before.studies - quiet.studies, before.right - quiet.right)
        return [kind for kind in (busy, quiet) if kind.studies >= LEAST_STUDIES]

    def dispersion(self, begin: int, end: int) -> float:
        """Of the weeks of a reference."""
        return dispersion_of([self.reference.of(max(begin, at - _WEEK), at) for at in range(end, begin, -_WEEK)])

    def _look_whether_low(self, day: int) -> None:
        """Whether a group without a reference is new, and lower than the others."""
        if self.rest is None or day - self.first >= _NEW_DAYS or self.falls or self.rises:
            return
        after, before = self.all.of(self.first, day + 1), self.rest.of(day + 1 - _NEW_DAYS, day + 1)
        if before.studies < LEAST_STUDIES or before.share - after.share < self.least:
            return
        chance = chance_of_fewer(before, after)
        if chance <= self.risk:
            low = Fall(since=self.first, noticed=day, window=0, chance=chance, before=before, after=after)
            self.falls.append(low)

    def _fell(self, day: int, window: int, chance: float) -> None:
        since = self._most_likely_begin(day, window)
        if self.falls and since < (self.falls[-1].ended or 0) + _SHORT:
            self.falls[-1] = replace(self.falls[-1], ended=None)
            return
        begin, end = self.before(since)
        self.falls.append(
            Fall(
                since=since,
                noticed=day,
                window=window,
                chance=chance,
                before=self.reference.of(begin, end),
                after=self.all.of(since, day + 1),
            )
        )

    def _most_likely_begin(self, day: int, window: int, *, higher: bool = False) -> int:
        """The day from which another share explains best what came (the largest likelihood ratio): a lower one, or a
        higher one."""
        begin, end = self.before(day + 1 - window)
        known = self.reference.of(begin, end)
        normal = (known.right + 0.5) / (known.studies + 1)
        back = self.falls[-1].ended or 0 if self.falls else 0
        earliest = max(self.start, back, day + 1 - WINDOWS[-1])
        firsts = [one for one in range(earliest, day + 1) if self.has_reference(*self.before(one))]
        firsts = [one for one in firsts if self.days.studies[one]] or [day]

        def evidence(first: int) -> float:
            counts = self.all.of(first, day + 1)
            if higher:
                return _evidence(DayCounts(counts.studies, counts.studies - counts.right), 1 - normal)
            return _evidence(counts, normal)

        return max(firsts, key=evidence)

    def _has_risen(self, day: int, window: int) -> bool:
        """Whether the level is higher than it was, also without the fullest day; what is normal then begins with that.

        It must be enough for a reference of its own, so that no fall goes unseen meanwhile.
        """
        begin, end = self.before(day + 1 - window)
        before, after = self.reference.of(begin, end), self._without_fullest(end, day + 1)
        normal = (before, *self._kinds(begin, end, day))
        if after.share - before.share < self.least or any(chance_of_more(one, after) > self.risk for one in normal):
            return False
        if chance_of_more(before, after, self.dispersion(begin, end)) > self.risk:
            return False
        since = self._most_likely_begin(day, window, higher=True)
        if not self.has_reference(since, day + 1 - _WEEK):
            return False
        self.start = since
        return True

    def _without_fullest(self, begin: int, end: int) -> DayCounts:
        """The days of a stretch but for the one with the most studies, unless it is the only one."""
        whole = self.all.of(begin, end)
        fullest = max(range(begin, end), key=lambda day: self.days.studies[day])
        rest = DayCounts(whole.studies - self.days.studies[fullest], whole.right - self.days.right[fullest])
        return rest if end - begin > 1 else whole

    def _look_whether_back(self, day: int, fall: Fall) -> None:
        for window in WINDOWS:
            begin = day + 1 - window
            if begin <= fall.since:
                return
            after, low = self.all.of(begin, day + 1), self.all.of(fall.since, begin)
            if fall.before.share - after.share >= self.least or _deviation(fall.before, after) <= _STILL_LOWER:
                continue
            if chance_of_more(low, after) <= (self.risk if window == 1 else _BACK):
                self._is_back(fall, begin)
                return

    def _is_back(self, fall: Fall, begin: int) -> None:
        self.falls[-1] = replace(fall, ended=begin)
        short = [one for one in self.falls if one.ended and one.ended - one.since < _SHORT]
        is_habit = len([one for one in short if one.since > begin - REFERENCE_DAYS]) > 1
        for one in self.falls:
            for day in range(one.since, one.ended or begin):
                self.kept[day] = is_habit and one in short
        self._keep()

    def result(self) -> Chart:
        """How it stands after the last day."""
        begin, end = self.before(max(self.start, len(self.kept) - _WEEK))
        going_on = self.falls[-1] if self.falls and self.falls[-1].ended is None else None
        if self.first < len(self.kept) and not self.all.of(len(self.kept) - _SILENT_DAYS, len(self.kept)).studies:
            level, reference, dispersion = Level.SILENT, self.reference.of(begin, end), 1.0
        elif going_on:
            level = Level.FALLEN if going_on.window else Level.LOW
            reference, dispersion = going_on.before, 1.0
        elif self.has_reference(begin, end):
            level, reference, dispersion = Level.STEADY, self.reference.of(begin, end), self.dispersion(begin, end)
        else:
            level, reference, dispersion = Level.LEARNING, self.reference.of(begin, len(self.kept)), 1.0
        return Chart(
            level=level,
            reference=reference,
            dispersion=dispersion,
            falls=tuple(self.falls),
            rises=tuple(self.rises),
        )


def _evidence(counts: DayCounts, normal: float) -> float:
    """Log-likelihood of the share that was seen, above that of the normal one; 0 where it is no lower."""
    share = counts.share
    if share >= normal or not counts.studies:
        return 0.0
    wrong = counts.studies - counts.right
    found = wrong * math.log((1 - share) / (1 - normal))
    return found + (counts.right * math.log(share / normal) if counts.right else 0.0)


def _is_another_mix(before: DayCounts, quiet: DayCounts, after: DayCounts, now_quiet: DayCounts) -> bool:
    """Whether more studies are from quiet days than in the reference, by far and by more than chance."""
    if now_quiet.studies * before.studies <= _USUAL * quiet.studies * after.studies:
        return False
    from_quiet, whole = quiet.studies + now_quiet.studies, before.studies + after.studies
    return bool(right_tail(now_quiet.studies, after.studies, from_quiet, whole) <= _BY_CHANCE)


def _quiet_days(days: Days) -> list[bool]:
    """Weekends, and days with much less than an ordinary weekday of the weeks before."""
    weekdays = [0 if days.is_weekend(day) else studies for day, studies in enumerate(days.studies)]
    sums = _Sums(weekdays, weekdays)
    quiet = []
    for day, studies in enumerate(days.studies):
        begin = day - WINDOWS[-1]
        ordinary = sums.of(begin, day).studies / (sums.days(begin, day) or 1)
        quiet.append(days.is_weekend(day) or studies < _QUIET * ordinary)
    return quiet


def _only(numbers: Sequence[int], wanted: Sequence[bool]) -> list[int]:
    return [number if is_wanted else 0 for number, is_wanted in zip(numbers, wanted, strict=True)]


class _Sums:
    """Running sums, so that any stretch of days costs the same."""

    def __init__(self, studies: Sequence[int], right: Sequence[int]) -> None:
        self._studies = (0, *accumulate(studies))
        self._right = (0, *accumulate(right))
        self._days = (0, *accumulate(int(number > 0) for number in studies))

    def of(self, begin: int, end: int) -> DayCounts:
        """From one day until before another."""
        begin = max(0, begin)
        if end <= begin:
            return DayCounts(0, 0)
        return DayCounts(self._studies[end] - self._studies[begin], self._right[end] - self._right[begin])

    def days(self, begin: int, end: int) -> int:
        """Days with studies."""
        return self._days[end] - self._days[max(0, begin)] if end > max(0, begin) else 0
