"""The inflow: of what newly came, the share of which the BSN stood right as it came, by group, each with its chart.

Counts studies by the day on which they were made (Study Date) or came (first seen by us), as found only. What is no
part of the inflow is counted by why: nothing is left out in silence. `chart` judges the course of each group.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import islice, pairwise
from statistics import median
from typing import NamedTuple

from remediate.config.measure import InflowSettings
from remediate.identity.bsn_scan import may_hold_bsn
from remediate.identity.dates import read_da
from remediate.measure.address_book import AddressBook
from remediate.measure.chart import LEAST_STUDIES, Chart, DayCounts, Days, chance_of_fewer, chart
from remediate.measure.chart_rates import alarm_risk
from remediate.measure.coverage import UNKNOWN, groups
from remediate.measure.moments import as_it_came
from remediate.measure.reasons import MeasureReason
from remediate.measure.undecided import judged
from remediate.plan.categories import AS_FOUND, Category
from remediate.plan.judge import Judge
from remediate.ports import ArrivalStore, StudyStore
from remediate.records.measurements import Arrival, CensusRow
from remediate.records.states import State
from remediate.texts.printable import as_compared

HISTORY = 728
"""Days that a chart walks over: two years of whole weeks."""

ALL = "all"
DIMENSIONS = ("station", "department", "modality", "sender")
"""By what the inflow is told apart; where two groups are the same studies, the first names the cause."""

FEW = "(few)"
"""Groups that are too small for a chart, together."""

RECENT = 28
"""The last days that are over, of which the share is told: four whole weeks."""

EXAMPLES = 5
"""Studies that a note names."""

_NEW_DAYS, _LEAST_NEW = 91, 5
_EXPLAINED = 0.01
_FEW_LOOKS, _FAR_MORE, _MANY = 5, 5, 100
"""A takeover, such as that of another archive: more than so many times what half of at least so many surveys found, and
at least so many studies."""
_ON_ITS_WAY = timedelta(days=2)
"""How long a study may take from the scanner to the archive."""
_CHUNK = 2_000


class NotCounted(StrEnum):
    """Why a study is not in the chart."""

    NEWEST_DAY = "newest-day"  # the day of the last look is not over
    FUTURE = "future"  # dated after the last look
    IMPOSSIBLE = "impossible-date"
    UNDATED = "undated"
    EARLIER = "earlier"  # before the chart begins
    LATE = "late"  # came long after it was made: a migration, or an old study from elsewhere
    TAKEN_OVER = "taken-over"  # came at once with many others, made before a survey that did not see them
    FIRST_LOOK = "first-look"  # was there when we first looked: when it came nobody knows
    NOT_LOOKED_AT = "not-looked-at"
    UNKNOWN_WHEN = "unknown-when"  # others changed it since; how it came nobody wrote down
    EXCEPTED = "excepted"
    TEST_STUDY = "test-study"
    GONE = "gone"


_BY_STANDING: Mapping[Category | MeasureReason, NotCounted] = {
    Category.EXCEPTED: NotCounted.EXCEPTED,
    Category.TEST_STUDY: NotCounted.TEST_STUDY,
    Category.GONE: NotCounted.GONE,
    Category.NOT_LOOKED_AT: NotCounted.NOT_LOOKED_AT,
    MeasureReason.UNKNOWN_WHEN: NotCounted.UNKNOWN_WHEN,
}


class InflowGroup(NamedTuple):
    """One group: a dimension and a name that may be shown."""

    dimension: str
    name: str


WHOLE = InflowGroup(ALL, "")


@dataclass(slots=True)
class Inflow:
    """Studies by day and by the groups that they belong to. Days are indices from `begin`."""

    begin: date
    end: date  # the last day that is over
    left_out: Counter[NotCounted] = field(default_factory=Counter)
    unjudged: dict[InflowGroup, Counter[NotCounted]] = field(default_factory=dict)  # of those in the chart's days
    exceptions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)  # why those of the last days are wrong
    counts: dict[frozenset[InflowGroup], dict[int, DayCounts]] = field(default_factory=dict)
    examples: dict[InflowGroup, list[tuple[int, str]]] = field(
        default_factory=dict, repr=False
    )  # newest wrong: day, UID
    wrong: dict[str, int] = field(default_factory=dict, repr=False)  # UIDs of the last days, each with its day
    without_sender_names: bool = False  # nobody said which institutions are our own

    @property
    def length(self) -> int:
        """Days."""
        return (self.end - self.begin).days + 1

    def day(self, index: int) -> date:
        """The day of an index."""
        return self.begin + timedelta(days=index)

    def add(self, day: int, found: frozenset[InflowGroup], *, right: bool, uid: str) -> None:
        """One study."""
        days = self.counts.setdefault(found, {})
        known = days.get(day, DayCounts(0, 0))
        days[day] = DayCounts(known.studies + 1, known.right + right)
        if not right and day >= self.length - RECENT:
            self.wrong[uid] = day
        if right or may_hold_bsn(uid):
            return
        for group in (WHOLE, *found):
            newest = self.examples.setdefault(group, [])
            heapq.heappush(newest, (day, uid))
            if len(newest) > EXAMPLES:
                heapq.heappop(newest)

    def days(self, wanted: Callable[[frozenset[InflowGroup]], bool]) -> Days:
        """The counts by day of all studies whose groups are wanted."""
        studies, right = [0] * self.length, [0] * self.length
        for found, days in self.counts.items():
            if wanted(found):
                for day, counts in days.items():
                    studies[day] += counts.studies
                    right[day] += counts.right
        return self.made(studies, right)

    def made(self, studies: Sequence[int], right: Sequence[int]) -> Days:
        """Counts by day of this inflow."""
        return Days(studies=studies, right=right, saturday=(5 - self.begin.weekday()) % 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charted:
    """One group with its chart."""

    group: InflowGroup
    days: Days
    chart: Chart
    members: frozenset[InflowGroup]  # itself, or the small ones that it stands for
    because_of: tuple[InflowGroup, ...] = ()  # other falls that explain this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """All charts of one inflow, and what they rest on."""

    inflow: Inflow
    charted: Sequence[Charted]  # the whole first
    settings: InflowSettings
    risk: float  # of one test

    @property
    def falls(self) -> list[Charted]:
        """The groups that are lower now, those that explain others first."""
        fallen = [one for one in self.charted if one.chart.fall]
        return sorted(fallen, key=lambda one: bool(one.because_of))


def measure_inflow(
    arrivals: ArrivalStore,
    studies: StudyStore,
    judge: Judge,
    *,
    settings: InflowSettings,
    own: Sequence[str],
    book: AddressBook,
    zone: tzinfo,
    progress: Callable[[int], object] = lambda _: None,
) -> Inflow | None:
    """Count what came; None where nothing was ever surveyed. `zone` says when a day begins."""
    looks = arrivals.looks()
    if looks is None:
        return None
    first, last = (look.astimezone(zone).date() for look in looks[:2])
    inflow = Inflow(begin=last - timedelta(days=HISTORY), end=last - timedelta(days=1))
    inflow.without_sender_names = not own
    placing = _Placing(
        inflow=inflow, settings=settings, zone=zone, first=first, last=last, takeovers=_takeovers(looks.new, zone)
    )
    naming = _Naming(own=frozenset(map(as_compared, own)), book=book)
    for uid, day, row, before in _judged(arrivals, studies, judge, placing, progress):
        _count(inflow, naming, uid, day, row, before)
    return inflow


def _count(inflow: Inflow, naming: _Naming, uid: str, day: int, arrival: Arrival, before: State | None) -> None:
    found, reason = as_it_came(arrival.row, changed=arrival.changed_since, before=before)
    named = naming.groups_of(arrival.row)
    if (why := _BY_STANDING.get(found)) is not None:
        inflow.left_out[why] += 1
        if found is Category.EXCEPTED:
            inflow.exceptions[reason] += 1
        for group in (WHOLE, *named):
            inflow.unjudged.setdefault(group, Counter())[why] += 1
        return
    right = found in AS_FOUND
    inflow.add(day, named, right=right, uid=uid)
    if not right and day >= inflow.length - RECENT:
        inflow.reasons[reason] += 1


def _judged(
    arrivals: ArrivalStore, studies: StudyStore, judge: Judge, placing: _Placing, progress: Callable[[int], object]
) -> Iterator[tuple[str, int, Arrival, State | None]]:
    """Each study of the chart's days with where it stands; those that no plan decided are judged now."""
    placed = ((one, day) for one in arrivals.arrivals() if (day := placing.place(one)) is not None)
    while chunk := list(islice(placed, _CHUNK)):
        waiting = [one.study_instance_uid for one, _ in chunk if one.row.state is State.SURVEYED]
        rows = dict(judged(studies.studies_named(waiting), judge)) if waiting else {}
        changed = [one.study_instance_uid for one, _ in chunk if one.changed_since]
        before = arrivals.states_before_change(changed) if changed else {}
        for one, day in chunk:
            uid = one.study_instance_uid
            yield uid, day, one._replace(row=rows.get(uid, one.row)), before.get(uid)
        progress(len(chunk))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placing:
    """On which day of the chart a study stands; what stands on none is counted by why."""

    inflow: Inflow
    settings: InflowSettings
    zone: tzinfo
    first: date  # local day on which the archive was first looked at
    last: date
    takeovers: Mapping[date, date]  # day on which many came at once: of these, what was made before is taken over

    def place(self, arrival: Arrival) -> int | None:
        """The index of its day."""
        found = self._made(arrival) if self.settings.day == "made" else self._came(arrival)
        if isinstance(found, date) and self._is_taken_over(arrival):
            found = NotCounted.TAKEN_OVER
        if isinstance(found, NotCounted):
            self.inflow.left_out[found] += 1
            return None
        return (found - self.inflow.begin).days

    def _is_taken_over(self, arrival: Arrival) -> bool:
        made, came = _dated(arrival.study_date), arrival.first_seen.astimezone(self.zone).date()
        return isinstance(made, date) and came in self.takeovers and made < self.takeovers[came]

    def _made(self, arrival: Arrival) -> date | NotCounted:
        made = _dated(arrival.study_date)
        return made if isinstance(made, NotCounted) else self._in_chart(made)

    def _came(self, arrival: Arrival) -> date | NotCounted:
        made, came = _dated(arrival.study_date), arrival.first_seen.astimezone(self.zone).date()
        if made is NotCounted.IMPOSSIBLE:
            return made
        if came <= self.first:
            return NotCounted.FIRST_LOOK
        if isinstance(made, date):
            if made > self.last:
                return NotCounted.FUTURE
            if (came - made).days > self.settings.late_days:
                return NotCounted.LATE
        return self._in_chart(came)

    def _in_chart(self, day: date) -> date | NotCounted:
        if day > self.last:
            return NotCounted.FUTURE
        if day > self.inflow.end:
            return NotCounted.NEWEST_DAY
        return NotCounted.EARLIER if day < self.inflow.begin else day


def _takeovers(new: Mapping[tuple[datetime, str], int], zone: tzinfo) -> dict[date, date]:
    """Days on which far more came than usual that the survey before would have seen if ours; each with the day
    before which a study must have been made to be no inflow. Where the rest is far more than usual too, all of it.

    What a survey catches up on, after nights without one, was made since, and is inflow.
    """
    came: dict[date, Counter[date]] = defaultdict(Counter)
    for (hour, study_date), number in new.items():
        made = _dated(study_date)
        came[hour.astimezone(zone).date()][made if isinstance(made, date) else date.max] += number
    days = sorted(came)
    if len(days) <= _FEW_LOOKS:
        return {}
    most = _FAR_MORE * median(came[day].total() for day in days[1:])
    found = {}
    for before, day in pairwise(days):
        until, begin = before - _ON_ITS_WAY, day - timedelta(days=HISTORY)
        late = sum(number for made, number in came[day].items() if begin <= made < until)
        if late > max(_MANY, most):
            rest = sum(number for made, number in came[day].items() if made >= until)
            found[day] = date.max if rest > most else until
    return found


def _dated(text: str) -> date | NotCounted:
    if not text.strip():
        return NotCounted.UNDATED
    found = read_da(text)
    return found if isinstance(found, date) else NotCounted.IMPOSSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """To which groups a study belongs, by names that may be shown."""

    own: frozenset[str]
    book: AddressBook
    known: dict[tuple[object, ...], frozenset[InflowGroup]] = field(default_factory=dict)

    def groups_of(self, row: CensusRow) -> frozenset[InflowGroup]:
        """A study with two modalities belongs to both; one from our own institutions to no sender."""
        key = (row.modalities, row.station, row.department, row.institution)
        if key not in self.known:
            self.known[key] = frozenset(self._named(row))
        return self.known[key]

    def _named(self, row: CensusRow) -> Iterator[InflowGroup]:
        for dimension, name in groups(row):
            if dimension in DIMENSIONS:
                yield InflowGroup(dimension, name)
        institution = row.institution
        if self.own and institution.strip() and as_compared(institution) not in self.own:
            yield InflowGroup("sender", self.book.shown(institution) or UNKNOWN)


def chart_inflow(inflow: Inflow, settings: InflowSettings) -> Charts:
    """A chart for the whole, for each group that is large enough or new, and for the small ones together."""
    members = _members(inflow)
    risk = alarm_risk(settings.false_alarms_per_year, len(members))
    days_of = _days_of(inflow, members)
    charted = [_charted(inflow, group, mine, settings, risk, days_of) for group, mine in members.items()]
    return Charts(inflow=inflow, charted=_explained(inflow, charted), settings=settings, risk=risk)


def _members(inflow: Inflow) -> dict[InflowGroup, frozenset[InflowGroup]]:
    """Which groups each chart stands for."""
    sizes, firsts = Counter[InflowGroup](), dict[InflowGroup, int]()
    for found, days in inflow.counts.items():
        for group in found:
            sizes[group] += sum(counts.studies for counts in days.values())
            firsts[group] = min(firsts.get(group, inflow.length), min(days))
    telling = {dimension for dimension, name in sizes if name != UNKNOWN}
    alone: dict[InflowGroup, frozenset[InflowGroup]] = {WHOLE: frozenset()}
    small: dict[str, set[InflowGroup]] = defaultdict(set)
    for group in sorted(sizes, key=lambda one: (DIMENSIONS.index(one.dimension), one.name)):
        if group.dimension not in telling:
            continue
        is_new = firsts[group] >= inflow.length - _NEW_DAYS and sizes[group] >= _LEAST_NEW
        if sizes[group] >= LEAST_STUDIES or is_new:
            alone[group] = frozenset({group})
        else:
            small[group.dimension].add(group)
    return alone | {InflowGroup(dimension, FEW): frozenset(found) for dimension, found in small.items()}


def _days_of(inflow: Inflow, members: Mapping[InflowGroup, frozenset[InflowGroup]]) -> dict[InflowGroup, Days]:
    """The counts of every chart, in one pass; a study of two small groups counts in their chart once."""
    chart_of = {group: name for name, mine in members.items() for group in mine}
    studies = {name: [0] * inflow.length for name in members}
    right = {name: [0] * inflow.length for name in members}
    for found, days in inflow.counts.items():
        names = {WHOLE, *(chart_of[group] for group in found if group in chart_of)}
        for day, counts in days.items():
            for name in names:
                studies[name][day] += counts.studies
                right[name][day] += counts.right
    return {name: inflow.made(studies[name], right[name]) for name in members}


def _charted(
    inflow: Inflow,
    group: InflowGroup,
    members: frozenset[InflowGroup],
    settings: InflowSettings,
    risk: float,
    days_of: Mapping[InflowGroup, Days],
) -> Charted:
    days = days_of[group]
    others = None if group == WHOLE or group.name == FEW else _less(inflow, days_of[WHOLE], days)
    accepted = settings.accepted_from(group.dimension, group.name)
    since = max(0, (accepted - inflow.begin).days) if accepted else 0
    found = chart(days, risk=risk, least=settings.least_fall, since=since, others=others)
    return Charted(group=group, days=days, chart=found, members=members)


def _less(inflow: Inflow, whole: Days, part: Days) -> Days:
    return inflow.made(
        [all_ - mine for all_, mine in zip(whole.studies, part.studies, strict=True)],
        [all_ - mine for all_, mine in zip(whole.right, part.right, strict=True)],
    )


def _explained(inflow: Inflow, charted: list[Charted]) -> list[Charted]:
    """Falls of groups that share their studies are one fall: which of them is the cause.

    The smallest first; a larger one is explained when nothing fell in it without the smaller ones. Where several of
    these make up most of it, it is the other way round: what they have in common is the cause.
    """
    fallen = [one for one in charted if one.chart.fall]
    fallen.sort(key=lambda one: (_size(one), (*DIMENSIONS, ALL).index(one.group.dimension)))
    causes: list[Charted] = []
    because: dict[InflowGroup, tuple[InflowGroup, ...]] = {}
    for one in fallen:
        inside = [cause for cause in causes if _shares(inflow, cause, one)]
        rest = _without(inflow, one, inside)
        if not inside or not _is_explained(one, rest):
            causes.append(one)
        elif len(inside) > 1 and 2 * sum(rest.studies[_since(one) :]) < _size(one):
            causes = [cause for cause in causes if cause not in inside] + [one]
            because |= {cause.group: (one.group,) for cause in inside}
            because |= {group: (one.group,) for group, old in because.items() if old[0] in because}
        else:
            because[one.group] = tuple(cause.group for cause in inside)
    return [replace(one, because_of=because.get(one.group, ())) for one in charted]


def _since(one: Charted) -> int:
    assert one.chart.fall
    return one.chart.fall.since


def _size(one: Charted) -> int:
    """Studies since it fell."""
    return sum(one.days.studies[_since(one) :])


def _is_in(one: Charted, found: frozenset[InflowGroup]) -> bool:
    return one.group == WHOLE or not one.members.isdisjoint(found)


def _shares(inflow: Inflow, cause: Charted, other: Charted) -> bool:
    """Whether studies that came since the fall of one belong to the other too."""
    return any(
        max(days) >= _since(other)
        for found, days in inflow.counts.items()
        if _is_in(cause, found) and _is_in(other, found)
    )


def _without(inflow: Inflow, one: Charted, causes: Sequence[Charted]) -> Days:
    return inflow.days(lambda found: _is_in(one, found) and not any(_is_in(cause, found) for cause in causes))


def _is_explained(one: Charted, rest: Days) -> bool:
    """Whether nothing fell in what is left of a group."""
    fall = one.chart.fall
    assert fall
    begin = max(0, fall.since - HISTORY // 2)
    before = DayCounts(sum(rest.studies[begin : fall.since]), sum(rest.right[begin : fall.since]))
    after = DayCounts(sum(rest.studies[fall.since :]), sum(rest.right[fall.since :]))
    return not after.studies or chance_of_fewer(before if fall.window else fall.before, after) > _EXPLAINED
