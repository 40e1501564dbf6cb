"""Coverage of the archive: of how many surveyed studies the BSN stands in the right place, by group. Changes nothing.

What a plan decided is counted from the states in the ledger; studies that no plan has decided yet are judged now, as
the plan would. The denominator is `categories`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo
from typing import Any, NamedTuple

from remediate.measure.names import shown_name
from remediate.measure.undecided import Undecided
from remediate.plan.categories import (
    AS_FOUND,
    RIGHT,
    UNJUDGED,
    Category,
    standing_of,
)
from remediate.ports import CensusStore, PlanStore
from remediate.records.ledger import PlanKind
from remediate.records.measurements import NEVER, CensusRow, Seen
from remediate.records.states import State
from remediate.shares import TARGET, enough, outward, share_of, target_reached

DIMENSIONS = ("year", "modality", "institution", "station", "department")
"""By what coverage is told apart."""

UNKNOWN, UNDATED, OTHERS = "unknown", "undated", "(others)"
_NEVER_PLANNED = frozenset({Category.TEST_STUDY, Category.GONE})
MOST_GROUPS = 5_000
"""Groups told apart in one dimension; what comes after is counted together, so that memory stays flat."""


class CoverageStanding(NamedTuple):
    """Where studies stand, and why."""

    category: Category
    state: State
    reason: str  # the first


@dataclass(slots=True)
class Group:
    """The studies of one group, by state and reason."""

    standings: Counter[CoverageStanding] = field(default_factory=Counter)

    def categories(self) -> Counter[Category]:
        """Studies by category."""
        found: Counter[Category] = Counter()
        for standing, studies in self.standings.items():
            found[standing.category] += studies
        return found

    @property
    def studies(self) -> int:
        """The denominator: all that count and of which somebody looked where the BSN stands."""
        return sum(number for one, number in self.categories().items() if one not in UNJUDGED)

    @property
    def unread(self) -> int:
        """Studies that count, and of which nobody knows whether they are right."""
        return self.categories()[Category.NOT_LOOKED_AT]

    def bounds(self) -> tuple[float, float] | None:
        """The share of all that count, if none of the unread were right and if all were; None when nothing counts."""
        whole = self.studies + self.unread
        return (self.correct / whole, (self.correct + self.unread) / whole) if whole else None

    @property
    def correct(self) -> int:
        """In the right place now."""
        return sum(number for one, number in self.categories().items() if one in RIGHT)

    @property
    def correct_before(self) -> int:
        """In the right place as the studies were found, before any correction of ours."""
        return sum(number for one, number in self.categories().items() if one in AS_FOUND)

    @property
    def correct_projected(self) -> int:
        """In the right place once all that can be corrected is."""
        planned = (one for one in self.standings if one.state is State.PLANNED and one.category not in UNJUDGED)
        return self.correct + sum(self.standings[one] for one in planned)

    def reasons(self, *wanted: Category) -> dict[str, int]:
        """Reasons of the studies in these categories, most frequent first."""
        found: Counter[str] = Counter()
        for standing, studies in self.standings.items():
            if standing.category in wanted:
                found[standing.reason or standing.state.value] += studies
        return often(found)


def often(counted: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first."""
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The number that this project exists for."""

    whole: Group
    by: Mapping[str, Mapping[str, Group]]  # dimension -> group
    undecided: int  # of all these, no plan has decided them yet
    plan: str = ""  # newest plan that decided the others
    seen: Seen = NEVER  # when the archive was last seen to have its studies
    old_after_days: int = 0
    target: float = TARGET

    @property
    def reached(self) -> bool | None:
        """More than the target, as Twiin asks; None when nothing counts, or when the unread could overturn it."""
        return target_reached(self.whole.correct, self.whole.studies, self.whole.unread, self.target)

    @property
    def still_needed(self) -> int:
        """How many more must be right for the target."""
        whole = self.whole.studies + self.whole.unread
        return max(0, enough(whole, self.target) - self.whole.correct) if whole else 0

    def exceptions(self) -> dict[str, int]:
        """Studies that legitimately have no BSN, by rule."""
        return self.whole.reasons(Category.EXCEPTED)

    def wrong(self) -> dict[str, int]:
        """Why the others are not correct."""
        return self.whole.reasons(*(one for one in Category if one not in RIGHT | UNJUDGED))


def measure_survey(
    census: CensusStore, plans: PlanStore, undecided: Undecided, *, today: date, old_after_days: int, zone: tzinfo = UTC
) -> Coverage:
    """Coverage of everything that was surveyed; days are told in `zone`."""
    count, left = _Count(), 0
    for _, row, is_undecided in undecided.placed(("", row) for row in census.census()):
        left += row.studies if is_undecided and standing_of(row) not in _NEVER_PLANNED else 0
        count.add(row)
    newest = next((plan for plan in plans.plans() if plan.kind is PlanKind.CORRECT), None)
    return Coverage(
        whole=count.whole,
        by=count.sorted(),
        undecided=left,
        plan=newest.plan_id if newest else "",
        seen=census.seen(old_before=(today - timedelta(days=old_after_days)).isoformat(), zone=zone),
        old_after_days=old_after_days,
    )


def counted(rows: Iterable[CensusRow]) -> tuple[Group, dict[str, dict[str, Group]]]:
    """The rows together, and by dimension and group."""
    count = _Count()
    for row in rows:
        count.add(row)
    return count.whole, count.sorted()


class _Count:
    """Adds studies up, in the whole and in each group."""

    def __init__(self) -> None:
        self.whole = Group()
        self._by: dict[str, dict[str, Group]] = {dimension: {} for dimension in DIMENSIONS}

    def add(self, row: CensusRow) -> None:
        standing = CoverageStanding(standing_of(row), row.state, row.reason)
        self.whole.standings[standing] += row.studies
        if standing.category in _NEVER_PLANNED:
            return  # belongs to no year or institution
        for dimension, group in groups(row):
            self._group(dimension, group).standings[standing] += row.studies

    def _group(self, dimension: str, name: str) -> Group:
        known = self._by[dimension]
        if name not in known:
            if len(known) >= MOST_GROUPS:
                name = OTHERS
            known.setdefault(name, Group())
        return known[name]

    def sorted(self) -> dict[str, dict[str, Group]]:
        return {dimension: dict(sorted(found.items())) for dimension, found in self._by.items()}


def groups(row: CensusRow) -> Iterator[tuple[str, str]]:
    """The groups that a study counts in; a study with two modalities counts in both."""
    yield "year", row.year if len(row.year) == 4 and row.year.isdecimal() else UNDATED
    for modality in row.modalities or (UNKNOWN,):
        yield "modality", shown_name(modality)
    yield "institution", shown_name(row.institution) or UNKNOWN
    yield "station", shown_name(row.station) or UNKNOWN
    yield "department", shown_name(row.department) or UNKNOWN


def coverage_json(coverage: Coverage) -> dict[str, Any]:
    """What `measure` answers, and what the ledger keeps."""
    whole = coverage.whole
    categories = whole.categories()
    return {
        "studies": whole.studies,
        "correct": whole.correct,
        "share": share_of(whole.correct, whole.studies),
        "target": coverage.target,
        "reached": coverage.reached,
        "still_needed": coverage.still_needed,
        "before": _part(whole.correct_before, whole.studies),
        "projected": _part(whole.correct_projected, whole.studies),
        "not_looked_at": whole.unread,
        "bounds": bounds_json(whole),
        "gone": categories[Category.GONE],
        "surveyed": whole.standings.total(),
        "seen": seen_json(coverage.seen, coverage.old_after_days),
        "undecided": coverage.undecided,
        "plan": coverage.plan or None,
        "categories": {one.value: categories[one] for one in Category},
        "exceptions": coverage.exceptions(),
        "wrong": coverage.wrong(),
        "by": {
            dimension: {name: _group_json(group) for name, group in found.items()}
            for dimension, found in coverage.by.items()
        },
    }


def seen_json(seen: Seen, after_days: int) -> dict[str, Any]:
    """From when to when (DA), and how many studies were last seen so long ago that it is told."""
    first, last = (day.replace("-", "") or None for day in (seen.first, seen.last))
    return {"from": first, "to": last, "old": seen.old, "old_after_days": after_days}


def bounds_json(group: Group) -> list[float] | None:
    """The bounds to six digits, outward; None when nothing counts."""
    bounds = group.bounds()
    return list(outward(*bounds)) if bounds else None


def _group_json(group: Group) -> dict[str, Any]:
    categories = group.categories()
    counted = {one.value: number for one in Category if (number := categories[one])}
    return {
        "studies": group.studies,
        "correct": group.correct,
        "share": share_of(group.correct, group.studies),
        "before": group.correct_before,
        "projected": group.correct_projected,
        "categories": counted,
        "not_looked_at": group.unread,
        "wrong": group.reasons(*(one for one in Category if one not in RIGHT | UNJUDGED)),
    }


def _part(correct: int, studies: int) -> dict[str, Any]:
    return {"correct": correct, "share": share_of(correct, studies)}
