"""In which place of a study's headers the BSN stands, by the headers alone; decides about nobody."""

from __future__ import annotations

from remediate.header.profiles import Profile, is_in_place
from remediate.identity.evidence import StudyEvidence
from remediate.identity.patients import Patient
from remediate.plan.judge import variant_of
from remediate.reasons.study import PlanReason


def judged_place(evidence: StudyEvidence, profile: Profile, patient: Patient | None) -> str:
    """IN_PLACE when every header has it there, else the variant of what was found, or MISSING, as a plan names it.

    Headers that hold different BSNs are not in place: at least one of them is wrong. `patient`, where one is known,
    tells which numbers are the hospital's own.
    """
    if evidence.headers and all(is_in_place(header, profile) for header in evidence.headers):
        numbers = {
            claim.value for header in evidence.headers for claim in header.claims if claim.place in profile.complete
        }
        if len(numbers) <= 1:
            return PlanReason.IN_PLACE
    return variant_of(evidence, profile, patient)
