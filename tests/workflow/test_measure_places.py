"""Why a study is not right, by its headers alone: one judge for survey, sample, received and letter."""

from __future__ import annotations

import pytest

from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence
from remediate.language import Language
from remediate.records.states import State
from remediate.workflow.measure.categories import RIGHT, category
from remediate.workflow.measure.places import judged_place
from remediate.workflow.measure.reasons import why
from remediate.workflow.reasons import PlanReason

ONE, OTHER, INVALID = Bsn("999911120"), Bsn("999990019"), BsnProblem.ELEVEN_TEST


def header(*claims: tuple[Place, Bsn | BsnProblem]) -> Evidence:
    made = (BsnClaim(place=place, path="(0010,1002)[0]", strength=Strength.EXPLICIT, value=n) for place, n in claims)
    return Evidence(patient_id="A-1", claims=tuple(made))


RIGHT_ONE = header((Place.ITEM_COMPLETE, ONE))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([RIGHT_ONE], PlanReason.IN_PLACE),
        ([header((Place.ITEM_COMPLETE, INVALID))], PlanReason.INVALID_NUMBER),
        ([RIGHT_ONE, header()], PlanReason.SERIES_DIFFER),
        ([RIGHT_ONE, header((Place.ITEM_COMPLETE, OTHER))], PlanReason.SERIES_DIFFER),
        ([RIGHT_ONE, header((Place.ITEM_PARTIAL, ONE))], PlanReason.SERIES_DIFFER),
        ([header((Place.ITEM_PARTIAL, ONE))], PlanReason.MISPLACED_ITEM),
        ([header((Place.ITEM_PARTIAL, ONE)), header()], PlanReason.MISPLACED_ITEM),
        ([header((Place.OTHER_PATIENT_IDS, ONE))], PlanReason.MISPLACED_OTHER_IDS),
        ([header()], PlanReason.MISSING),
    ],
)  # fmt: skip
def test_each_way_of_being_wrong_has_its_own_reason(headers: list[Evidence], expected: PlanReason) -> None:
    evidence = StudyEvidence(study_instance_uid="1.2.3", headers=tuple(headers))
    found = judged_place(evidence, OTHER_PATIENT_IDS_SEQUENCE, None)
    assert found is expected
    if found is not PlanReason.IN_PLACE:
        assert category(State.PLANNED, found) not in RIGHT
        assert why(found, Language.EN) != found != why(found, Language.NL)
