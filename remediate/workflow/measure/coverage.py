"""Coverage of the archive: of how many surveyed studies the BSN stands in the right place, by group. Changes nothing.

What a plan decided is counted from the states in the ledger; studies that no plan has decided yet are judged now, as
the plan would. The denominator is `categories`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from remediate.records.ledger import PlanKind
from remediate.records.measurements import CensusRow
from remediate.records.states import State
from remediate.workflow.measure.categories import NOT_COUNTED, RIGHT, Category, category
from remediate.workflow.measure.names import shown_name
from remediate.workflow.measure.undecided import Undecided
from remediate.workflow.ports import Ledger

TARGET = 0.95
"""Twiin: in more than 95 % of what is sent, the BSN stands in the right place."""

DIMENSIONS = ("year", "modality", "institution", "station", "department")
"""By what coverage is told apart."""

UNKNOWN, UNDATED, OTHERS = "unknown", "undated", "(others)"
MOST_GROUPS = 5_000
"""Groups told apart in one dimension; what comes after is counted together, so that memory stays flat."""

Standing = tuple[State, str]
"""State and first reason."""


@dataclass(slots=True)
class Group:
    """The studies of one group, by state and reason."""

    standings: Counter[Standing] = field(default_factory=Counter)

    def categories(self) -> Counter[Category]:
        """Studies by category."""
        found: Counter[Category] = Counter()
        for (state, reason), studies in self.standings.items():
            found[category(state, reason)] += studies
        return found

    @property
    def studies(self) -> int:
        """The denominator: all but the exceptions and our own test study."""
        return sum(number for one, number in self.categories().items() if one not in NOT_COUNTED)

    @property
    def correct(self) -> int:
        """In the right place now."""
        return sum(number for one, number in self.categories().items() if one in RIGHT)

    @property
    def correct_before(self) -> int:
        """In the right place as the studies were found, before any correction of ours."""
        return self.categories()[Category.CORRECT]

    @property
    def correct_projected(self) -> int:
        """In the right place once all that can be corrected is."""
        return self.correct + sum(n for (state, _), n in self.standings.items() if state is State.PLANNED)

    def reasons(self, *wanted: Category) -> dict[str, int]:
        """Reasons of the studies in these categories, most frequent first."""
        found: Counter[str] = Counter()
        for (state, reason), studies in self.standings.items():
            if category(state, reason) in wanted:
                found[reason or state.value] += studies
        return often(found)


def share_of(correct: int, studies: int) -> float | None:
    """Between 0 and 1, rounded as plans round; None for an empty denominator, which has no share."""
    return round(correct / studies, 4) if studies else None


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
    target: float = TARGET

    @property
    def reached(self) -> bool | None:
        """More than the target, as Twiin asks; None when nothing counts."""
        return more_than(self.whole.correct, self.whole.studies, self.target) if self.whole.studies else None

    @property
    def still_needed(self) -> int:
        """How many more must be right for the target."""
        return max(0, _enough(self.whole.studies, self.target) - self.whole.correct) if self.whole.studies else 0

    def exceptions(self) -> dict[str, int]:
        """Studies that legitimately have no BSN, by rule."""
        return self.whole.reasons(Category.EXCEPTED)

    def wrong(self) -> dict[str, int]:
        """Why the others are not correct."""
        return self.whole.reasons(*(one for one in Category if one not in RIGHT | NOT_COUNTED))


def more_than(correct: int, studies: int, target: float) -> bool:
    """Strictly more than the target's share, exact to the study."""
    return correct >= _enough(studies, target)


def _enough(studies: int, target: float) -> int:
    return int(studies * target + 1e-9) + 1


def measure_survey(ledger: Ledger, undecided: Undecided) -> Coverage:
    """Coverage of everything that was surveyed."""
    count, waiting = _Count(), 0
    for row in ledger.census():
        if row.state is State.SURVEYED:
            waiting += row.studies
        else:
            count.add(row)
    if waiting:
        for row in undecided.rows(part=waiting / (waiting + count.whole.standings.total())):
            count.add(row)
    newest = next((plan for plan in ledger.plans() if plan.kind is PlanKind.CORRECT), None)
    return Coverage(whole=count.whole, by=count.sorted(), undecided=waiting, plan=newest.plan_id if newest else "")


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
        standing = (row.state, row.reason)
        self.whole.standings[standing] += row.studies
        if category(*standing) is Category.TEST_STUDY:
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
        "surveyed": whole.standings.total(),
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
        "wrong": group.reasons(*(one for one in Category if one not in RIGHT | NOT_COUNTED)),
    }


def _part(correct: int, studies: int) -> dict[str, Any]:
    return {"correct": correct, "share": share_of(correct, studies)}
