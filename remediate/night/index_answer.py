"""Whether the archive's index, at study level, shows a correction that was stored; asks the archive nothing itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum

from remediate.header.tags import ISSUER_OF_PATIENT_ID, OTHER_PATIENT_IDS, OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID
from remediate.identity.evidence import BsnClaim, Evidence, Place, StudyEvidence
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import Intent

_IN_OTHER_IDS = frozenset({Place.OTHER_PATIENT_IDS, Place.ITEM_COMPLETE, Place.ITEM_PARTIAL, Place.ITEM_BARE})
_IN_PATIENT_ID = frozenset({Place.PATIENT_ID_COMPLETE, Place.PATIENT_ID_PARTIAL, Place.PATIENT_ID_BARE})


class IndexAnswer(StrEnum):
    """What the index says of a correction."""

    SHOWS_IT = "shows-it"
    DOES_NOT_TELL = "does-not-tell"  # it does not answer the elements that were corrected
    SHOWS_OTHERWISE = "shows-otherwise"  # some archives do not renew their index when an object is stored again


def index_answer(found: FoundStudy, intent: Intent, intended: StudyEvidence) -> IndexAnswer:
    """Compare the claims of the index with the intended ones, in the elements that were corrected and are answered."""
    changed = {change.tag for item in intent.objects for change in item.correction.changes}
    places: set[Place] = set()
    if found.answers_other_ids and changed & {OTHER_PATIENT_IDS, OTHER_PATIENT_IDS_SEQUENCE}:
        places |= _IN_OTHER_IDS
    if changed & {PATIENT_ID, ISSUER_OF_PATIENT_ID}:
        places |= _IN_PATIENT_ID
    if not places:
        return IndexAnswer.DOES_NOT_TELL
    shown = _claims((found.evidence,), places)
    return IndexAnswer.SHOWS_IT if shown == _claims(intended.headers, places) else IndexAnswer.SHOWS_OTHERWISE


def _claims(headers: Iterable[Evidence], places: Collection[Place]) -> frozenset[tuple[Place, object]]:
    return frozenset(_said(claim) for header in headers for claim in header.claims if claim.place in places)


def _said(claim: BsnClaim) -> tuple[Place, object]:
    return claim.place, claim.value
