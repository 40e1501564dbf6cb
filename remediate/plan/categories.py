"""What counts in coverage, and where a study stands in it: from state and reason to a category; counts nothing itself.

**The denominator** is every surveyed study of which somebody looked where the BSN stands, except those that
legitimately have no BSN by a configured rule, our own test study, and what the archive no longer has. A study that a
person set aside, or that was rolled back, stays in it as not correct: whoever decided so, a receiver still gets it
without the BSN in the right place. `plan/document.py` counts by the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.identity.verdicts import CONFLICT_REASONS, EXCEPTION_REASONS, MatchReason
from remediate.reasons.item import is_lacking
from remediate.reasons.study import PlanReason
from remediate.records.measurements import CensusRow
from remediate.records.states import State
from remediate.texts.language import Sentence


class Category(StrEnum):
    """Where the BSN of a study stands, as far as the ledger knows."""

    CORRECT = "correct"  # in the right place as it was found
    UNCONFIRMED = "unconfirmed"  # the same, of a patient whom the EPD does not know well enough
    CORRECTED = "corrected"  # in the right place by our correction, verified
    MISPLACED = "misplaced"
    MISSING = "missing"
    CONFLICTING = "conflicting"
    UNPROVEN = "unproven"
    UNSETTLED = "unsettled"
    SET_ASIDE = "set-aside"
    EXCEPTED = "excepted"  # not in the denominator
    TEST_STUDY = "test-study"  # not in the denominator
    NOT_LOOKED_AT = "not-looked-at"  # only an index or a list that does not tell: no share comes from it
    GONE = "gone"  # not in the denominator


SENTENCES: Mapping[Category, Sentence] = {
    Category.CORRECT: Sentence("in the right place, as found", "op de juiste plaats, zo aangetroffen"),
    Category.UNCONFIRMED: Sentence(
        "in the right place, not confirmed by the EPD", "op de juiste plaats, niet door het EPD bevestigd"
    ),
    Category.CORRECTED: Sentence("in the right place, corrected", "op de juiste plaats, gecorrigeerd"),
    Category.MISPLACED: Sentence("in a wrong place", "op een verkeerde plaats"),
    Category.MISSING: Sentence("missing", "ontbreekt"),
    Category.CONFLICTING: Sentence("something contradicts: for a person", "iets spreekt tegen: voor een mens"),
    Category.UNPROVEN: Sentence("a proof is lacking: for a person", "een bewijs ontbreekt: voor een mens"),
    Category.UNSETTLED: Sentence("begun or failed, not settled", "begonnen of mislukt, niet afgewikkeld"),
    Category.SET_ASIDE: Sentence("set aside by a person, or rolled back", "door een mens apart gezet of teruggedraaid"),
    Category.EXCEPTED: Sentence("legitimately without a BSN", "terecht zonder BSN"),
    Category.TEST_STUDY: Sentence("our own test study", "ons eigen testonderzoek"),
    Category.NOT_LOOKED_AT: Sentence("not looked at: no header was read", "niet bekeken: er is geen header gelezen"),
    Category.GONE: Sentence("no longer in the archive", "niet meer in het archief"),
}

AS_FOUND = frozenset({Category.CORRECT, Category.UNCONFIRMED})
"""The BSN stood in the right place before we came."""

RIGHT = AS_FOUND | {Category.CORRECTED}
"""The BSN stands in the right place."""

NOT_COUNTED = frozenset({Category.EXCEPTED, Category.TEST_STUDY, Category.GONE})
"""Not a part of what should be right."""

UNJUDGED = NOT_COUNTED | {Category.NOT_LOOKED_AT}
"""Not in the denominator of a share: those that do not count, and those of which nobody knows."""

NOT_COUNTED_REASONS = frozenset({*EXCEPTION_REASONS, PlanReason.PROBE_STUDY})
"""The reasons of those: of a plan's studies, the ones to leave out of its coverage."""

_MISPLACED = frozenset(
    {
        PlanReason.MISPLACED_OTHER_IDS,
        PlanReason.MISPLACED_ITEM,
        PlanReason.MISPLACED_PATIENT_ID,
        PlanReason.MISPLACED_ELSEWHERE,
        PlanReason.MORE_THAN_ONCE,
        MatchReason.INVALID_NUMBER,
        PlanReason.SERIES_DIFFER,
    }
)
"""Reasons by what the headers hold, whether proof or a person decides about the study."""

_BY_CLAIMS = AS_FOUND | {Category.MISPLACED, Category.MISSING, Category.CONFLICTING, Category.UNPROVEN}
"""What only claims in headers tell."""

_BY_STATE: Mapping[State, Category] = {
    State.CORRECT: Category.CORRECT,
    State.VERIFIED: Category.CORRECTED,
    State.INTENT: Category.UNSETTLED,
    State.STORED: Category.UNSETTLED,
    State.FAILED: Category.UNSETTLED,
    State.QUARANTINED: Category.UNSETTLED,
    State.DRIFTED: Category.UNSETTLED,
    State.ROLLED_BACK: Category.SET_ASIDE,
}


def standing_of(row: CensusRow) -> Category:
    """Where the studies of a row stand, by all that is known of them."""
    if row.gone:
        return Category.GONE
    found = category(row.state, row.reason)
    if not row.looked_at and found in _BY_CLAIMS:
        return Category.NOT_LOOKED_AT
    return Category.CORRECTED if row.found and found in AS_FOUND and row.found != PlanReason.IN_PLACE else found


def category(state: State, reason: str) -> Category:
    """Where a study in this state, for this (first) reason, stands."""
    match state:
        case State.EXCLUDED:
            return _excluded(reason)
        case State.CORRECT if reason == PlanReason.IN_PLACE_UNCONFIRMED:
            return Category.UNCONFIRMED
        case State.PLANNED | State.REVIEW | State.SURVEYED:
            return _wrong(state, reason)
        case _:
            return _BY_STATE[state]


def _excluded(reason: str) -> Category:
    if reason in EXCEPTION_REASONS:
        return Category.EXCEPTED
    return Category.TEST_STUDY if reason == PlanReason.PROBE_STUDY else Category.SET_ASIDE


def _wrong(state: State, reason: str) -> Category:
    if state is State.REVIEW and reason == MatchReason.INVALID_NUMBER:
        return Category.UNPROVEN  # whose BSN it should have been, a person has to see
    if reason in _MISPLACED or is_lacking(reason):
        return Category.MISPLACED
    if reason == PlanReason.MISSING:
        return Category.MISSING
    if state is State.PLANNED:  # put back after a failure: the reason tells that, no longer the variant
        return Category.UNSETTLED
    return Category.CONFLICTING if reason in CONFLICT_REASONS else Category.UNPROVEN
