"""Nights on a virtual clock: how many a stock of studies needs, and when the share of right ones passes the target.

Arithmetic on the survey's sizes, a pace and a window; reads no clock and asks nobody. What it does not know of: studies
that fail, and studies that come in meanwhile.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from remediate.config.execute import LimitSettings, WindowSettings
from remediate.night.sent_share import RECENT, SentProfile, SentShare
from remediate.plan.categories import RIGHT, UNJUDGED, category
from remediate.records.ledger import StudyFacts
from remediate.records.states import State
from remediate.shares import TARGET, enough, share_of
from remediate.window import closes_at, is_open, opens_at

_A_DAY = timedelta(days=1)
_TO_DO = frozenset({State.PLANNED, State.FAILED, State.DRIFTED, State.INTENT, State.STORED})
_UNKNOWN_SIZE = 0
_NO_PLACES: Mapping[str, int] = {}
MOST_NIGHTS = 4_000
"""Some eleven years; what is not done by then is told as not done."""


class StudyOrder(StrEnum):
    """Which studies come first."""

    PLAN = "plan"  # as the newest plan has them; by Study Instance UID where there is none
    UID = "uid"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(slots=True, kw_only=True)
class Stock:
    """What there is to do: of `counted` studies `correct` are right now, `review` wait for a person.

    The studies made since `recent_since` are counted apart: what is sent is mostly of the last year.
    """

    recent_since: date
    counted: int = 0
    correct: int = 0
    review: int = 0
    recent_counted: int = 0
    recent_correct: int = 0
    objects: array[int] = field(default_factory=lambda: array("i"))  # of each study to correct
    made: array[int] = field(default_factory=lambda: array("i"))  # its Study Date as an ordinal; 0 where it has none
    places: array[int] = field(default_factory=lambda: array("q"))  # in the newest plan; 0 where it has none
    there: Counter[int] = field(default_factory=Counter)  # studies that count, by ordinal of Study Date
    right: Counter[int] = field(default_factory=Counter)  # of these right now

    def add(self, studies: Iterable[StudyFacts], places: Mapping[str, int] = _NO_PLACES) -> None:
        """Count studies as coverage does; those that are corrected without counting take their time all the same."""
        since = self.recent_since.toordinal()
        for study in studies:
            made = _ordinal(study.study_date)
            standing = _category(study.state, study.reason)
            counts = not study.left_out and standing not in UNJUDGED
            is_recent = made >= since
            if study.state in _TO_DO:
                self.objects.append(study.instances or _UNKNOWN_SIZE)
                self.made.append(made if counts else -1)
                self.places.append(places.get(study.study_instance_uid, 0))
            if not counts:
                continue
            self.counted += 1
            self.there[made] += 1
            self.right[made] += standing in RIGHT
            self.recent_counted += is_recent
            self.review += study.state is State.REVIEW
            if standing in RIGHT:
                self.correct += 1
                self.recent_correct += is_recent

    @property
    def average(self) -> float:
        """Objects of a study to correct, of those whose size is known; 1 where none is."""
        known = sum(1 for number in self.objects if number)
        return sum(self.objects) / known if known else 1.0

    def in_order(self, order: StudyOrder) -> Sequence[int]:
        """Places in `objects` and `made`, first to be done first; undated studies last."""
        if order is StudyOrder.UID or (order is StudyOrder.PLAN and not any(self.places)):
            return range(len(self.objects))
        if order is StudyOrder.PLAN:
            return sorted(range(len(self.places)), key=lambda at: (not self.places[at], self.places[at]))
        made, sign = self.made, -1 if order is StudyOrder.NEWEST else 1
        return sorted(range(len(made)), key=lambda at: (made[at] <= 0, sign * made[at]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """How nights go."""

    window: WindowSettings
    objects_a_second: float
    limits: LimitSettings = field(default_factory=LimitSettings)
    max_studies: int | None = None  # a night
    order: StudyOrder = StudyOrder.PLAN
    sent: SentProfile | None = None  # what is sent, by age, where a list of jobs tells
    decisions_a_day: int = 0  # studies under review that people confirm, as far as there are any

    def seconds(self, objects: float) -> float:
        """What one study takes under pace and ceilings."""
        a_second = min(
            self.objects_a_second,
            self.limits.objects_per_second or float("inf"),
            (self.limits.objects_per_hour or float("inf")) / 3600,
        )
        least = 3600 / self.limits.studies_per_hour if self.limits.studies_per_hour else 0.0
        return max(objects / a_second, least)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedNight:
    """One opening of the window, and how all stands at its end."""

    begins: datetime
    ends: datetime  # of the work, which may be before the window's
    studies: int
    objects: int
    correct: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Months of nights."""

    nights: tuple[SimulatedNight, ...]
    done_at: datetime | None  # None where the nights end before the work does
    passed_at: datetime | None  # when more than the target is right; None where it never is
    recent_passed_at: datetime | None  # the same of the studies made of late
    share: float | None  # at the end
    too_long: int  # studies that no night is long enough for
    sent: tuple[tuple[date, float], ...] = ()  # of what is sent on a day, a week apart, the share that is right


@dataclass(slots=True)
class _Standing:
    """How far it is, and when it passed what."""

    stock: Stock
    correct: int
    recent: int
    sent: SentShare | None = None
    passed_at: datetime | None = None
    recent_passed_at: datetime | None = None

    def look(self, at: datetime) -> None:
        stock = self.stock
        if self.passed_at is None and self.correct >= enough(stock.counted, TARGET):
            self.passed_at = at
        if self.recent_passed_at is None and self.recent >= enough(stock.recent_counted, TARGET):
            self.recent_passed_at = at

    def add(self, made: int, at: datetime) -> None:
        if made < 0:  # it takes its time and counts for nothing
            return
        self.correct += 1
        if self.sent is not None:
            self.sent.correct(made)
        self.recent += made >= self.stock.recent_since.toordinal()
        self.look(at)


def simulate(stock: Stock, scenario: Scenario, *, begin: datetime, most_nights: int = MOST_NIGHTS) -> Course:
    """The nights from `begin` until all is done, or so many at most.

    A study is begun only if it ends within the window, as `execute` does; one that no night is long enough for is left
    out and counted.
    """
    standing = _Standing(stock, stock.correct, stock.recent_correct, _sent_share(stock, scenario, begin))
    standing.look(begin)
    weeks = _Weeks(begin.date(), standing.sent)
    queue = _Queue(stock, scenario)
    nights: list[SimulatedNight] = []
    for opens, closes in _openings(scenario.window, begin, most_nights):
        if queue.is_empty:
            break
        queue.decide(opens, begin)
        weeks.until(opens.date())
        nights.append(_night(queue, standing, scenario, opens, closes))
    done_at = None
    if queue.is_empty:
        done_at = nights[-1].ends if nights else begin
    return Course(
        nights=tuple(nights),
        done_at=done_at,
        passed_at=standing.passed_at,
        recent_passed_at=standing.recent_passed_at,
        share=share_of(standing.correct, stock.counted),
        too_long=queue.too_long,
        sent=weeks.ended(nights[-1].ends.date() if nights else begin.date()),
    )


def _sent_share(stock: Stock, scenario: Scenario, begin: datetime) -> SentShare | None:
    """What comes in from now on is corrected by the next night where the newest come first, or needs do; else it waits
    with all others."""
    if scenario.sent is None:
        return None
    found = SentShare(profile=scenario.sent, begin=begin.date(), there=Counter(stock.there), right=Counter(stock.right))
    if scenario.order is StudyOrder.NEWEST or (scenario.order is StudyOrder.PLAN and any(stock.places)):
        since = begin.date().toordinal() - RECENT
        there = sum(number for day, number in stock.there.items() if day > since)
        left = sum(1 for made in stock.made if made > since)
        right = sum(number for day, number in stock.right.items() if day > since)
        found.new_right = min(1.0, (right + left) / there) if there else None
    else:
        found.new_right = found.recent()
    return found


class _Weeks:
    """The share of what is sent, on the day on which work begins and each week after that."""

    def __init__(self, begin: date, sent: SentShare | None) -> None:
        self._next, self._sent = begin, sent
        self._found: list[tuple[date, float]] = []

    def until(self, day: date) -> None:
        """Note the weeks that ended before this day."""
        while self._sent is not None and self._next <= day:
            if (share := self._sent.share_on(self._next)) is not None:
                self._found.append((self._next, round(share, 6)))
            self._next += timedelta(weeks=1)

    def ended(self, day: date) -> tuple[tuple[date, float], ...]:
        """All of them, with the week in which work ended."""
        self.until(day + timedelta(weeks=1))
        return tuple(self._found)


class _Queue:
    """The studies that are left, and those under review that people decided meanwhile."""

    def __init__(self, stock: Stock, scenario: Scenario) -> None:
        self._stock, self._scenario = stock, scenario
        self._order, self._next = stock.in_order(scenario.order), 0
        self._undecided = stock.review if scenario.decisions_a_day else 0
        self._decided = 0
        self._average = stock.average
        self.too_long = 0

    @property
    def is_empty(self) -> bool:
        return self._next >= len(self._order) and not self._decided and not self._undecided

    def decide(self, now: datetime, begin: datetime) -> None:
        """What people have confirmed since the beginning is in the next plan."""
        made = self._scenario.decisions_a_day * ((now - begin) // _A_DAY)
        fresh = min(self._undecided, made - (self._stock.review - self._undecided))
        if fresh > 0:
            self._undecided -= fresh
            self._decided += fresh

    def first(self) -> tuple[float, int] | None:
        """Objects and Study Date of the next one; None when none is ready."""
        if self._next < len(self._order):
            at = self._order[self._next]
            return self._stock.objects[at] or self._average, self._stock.made[at]
        return (self._average, 0) if self._decided else None

    def take(self) -> None:
        if self._next < len(self._order):
            self._next += 1
        else:
            self._decided -= 1

    def leave_out(self) -> None:
        self.too_long += 1
        self.take()


def _night(queue: _Queue, standing: _Standing, scenario: Scenario, opens: datetime, closes: datetime) -> SimulatedNight:
    length = (closes - opens).total_seconds()
    spent = objects = 0.0
    studies = 0
    while (study := queue.first()) is not None and studies != scenario.max_studies:
        seconds = scenario.seconds(study[0])
        if seconds > length:
            queue.leave_out()
            continue
        if spent + seconds > length:
            break
        spent += seconds
        studies, objects = studies + 1, objects + study[0]
        queue.take()
        standing.add(study[1], opens + timedelta(seconds=spent))
    ends = opens + timedelta(seconds=spent)
    share = share_of(standing.correct, standing.stock.counted) or 0.0
    return SimulatedNight(
        begins=opens, ends=ends, studies=studies, objects=round(objects), correct=standing.correct, share=share
    )


def _openings(window: WindowSettings, begin: datetime, most: int) -> Iterator[tuple[datetime, datetime]]:
    """When work may go on, one after the other, in UTC; what stays open for weeks is told by days."""
    moment = begin.astimezone(UTC)
    for _ in range(most):
        if not is_open(window, moment):
            opens = opens_at(window, moment)
            if opens is None or opens.astimezone(UTC) <= moment:
                return  # it never opens
            moment = opens.astimezone(UTC)
        closes = closes_at(window, moment)
        ends = moment + _A_DAY if closes is None else closes.astimezone(UTC)
        yield moment, ends
        moment = ends


_category = lru_cache(maxsize=1_000)(category)


@lru_cache(maxsize=40_000)
def _ordinal(study_date: str) -> int:
    try:
        return date(int(study_date[:4]), int(study_date[4:6]), int(study_date[6:8])).toordinal()
    except ValueError:
        return 0
