"""How a study was at a moment: when it came, when it was sent, or now. The one rule for it; asks nobody.

- *As found* is what stood there before our first correction: what we put right did not come in right.
- *At a moment* after our last correction, or roll-back, it is as that left it; before our first one as it was found.
- What others changed between two of our looks was, in between, nobody knows how.
"""

from __future__ import annotations

from datetime import datetime

from remediate.measure.reasons import MeasureReason
from remediate.plan.categories import NOT_COUNTED, Category, category, standing_of
from remediate.reasons.study import PlanReason
from remediate.records.measurements import CensusRow, Moments
from remediate.records.states import State

Known = tuple[Category | MeasureReason, str]
"""Category and reason; or why nobody can say, and ""."""


def found_before(found: str) -> tuple[State, str] | None:
    """State and reason as a study was found that we corrected since; None of one that stands as it was found.

    `found` is what the ledger keeps of it.
    """
    if not found:
        return None
    return State.CORRECT if found == PlanReason.IN_PLACE else State.PLANNED, found


def as_it_came(row: CensusRow, *, changed: bool, before: State | None) -> Known:
    """How a study was when it was first seen, never after a correction: of ours, or of others.

    `changed`: the archive is known to hold it otherwise since; `before` is then the state in which it stood when that
    was seen, None where nobody wrote it down.
    """
    if row.gone:
        return Category.GONE, MeasureReason.GONE.value
    if (found := found_before(row.found)) is not None:
        return category(*found), found[1]
    now = standing_of(row)
    return changed_by_others(before) if changed and now not in NOT_COUNTED else (now, row.reason)


def changed_by_others(before: State | None) -> Known:
    """How a study came that others changed since: only a plan that had decided by then wrote down how it stood."""
    if before is State.PLANNED:
        return Category.MISPLACED, MeasureReason.WRONG_AS_FOUND.value
    return (Category.CORRECT, "") if before is State.CORRECT else (MeasureReason.UNKNOWN_WHEN, "")


def at_moment(row: CensusRow, moments: Moments, moment: datetime | None) -> Known:
    """How the study was at `moment` (None: now), from how it stands now and what is known of it over time.

    `row` is as the ledger has it, or as a plan would judge it where none has.
    """
    here = row._replace(gone=False) if row.gone else row
    now: Known = (standing_of(here), row.reason)
    if now[0] is Category.NOT_LOOKED_AT:
        now = (MeasureReason.NOT_LOOKED_AT, "")
    if moment is None:
        return now
    ours = [corrected for at, corrected in moments.corrections if at <= moment]
    if moments.corrections and not ours:
        return Category.MISPLACED, MeasureReason.CORRECTED_AFTERWARDS.value
    if moments.same_since > moment and moments.same_since > moments.first_seen:
        return MeasureReason.UNKNOWN_WHEN, ""
    if ours:
        return (Category.CORRECTED, "") if ours[-1] else (Category.SET_ASIDE, State.ROLLED_BACK.value)
    return now
