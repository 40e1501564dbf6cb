"""In which place of a study's headers the BSN stands, by the headers alone; asks no EPD and decides about nobody."""

from __future__ import annotations

from remediate.header.profiles import Profile, is_in_place
from remediate.identity.evidence import Place, StudyEvidence
from remediate.workflow.reasons import PlanReason

_MISPLACED = (
    (frozenset({Place.OTHER_PATIENT_IDS}), PlanReason.MISPLACED_OTHER_IDS),
    (frozenset({Place.ITEM_PARTIAL, Place.ITEM_BARE, Place.ITEM_COMPLETE}), PlanReason.MISPLACED_ITEM),
    (
        frozenset({Place.PATIENT_ID_BARE, Place.PATIENT_ID_PARTIAL, Place.PATIENT_ID_COMPLETE}),
        PlanReason.MISPLACED_PATIENT_ID,
    ),
)
"""In the order in which a plan names the variant."""


def judged_place(evidence: StudyEvidence, profile: Profile) -> PlanReason:
    """IN_PLACE when every header has it there, else the variant of what was found, or MISSING.

    Headers that hold different BSNs are not in place: at least one of them is wrong.
    """
    if evidence.headers and all(is_in_place(header, profile) for header in evidence.headers):
        numbers = {
            claim.value for header in evidence.headers for claim in header.claims if claim.place in profile.complete
        }
        if len(numbers) <= 1:
            return PlanReason.IN_PLACE
    places = {claim.place for header in evidence.headers for claim in header.claims}
    for misplaced, reason in _MISPLACED:
        if misplaced & places:
            return reason
    return PlanReason.MISPLACED_ELSEWHERE if places else PlanReason.MISSING
