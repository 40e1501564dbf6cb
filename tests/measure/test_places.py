"""Why a study is not right, by its headers alone: one judge for survey, sample, received and letter."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import ExplicitVRLittleEndian

from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID
from remediate.identity.bsn import Bsn, BsnProblem
from remediate.identity.evidence import BsnClaim, Evidence, Place, Strength, StudyEvidence, without_lacks
from remediate.identity.verdicts import MatchReason
from remediate.ledger.evidence_codec import decode_headers, encode_headers
from remediate.measure.places import judged_place
from remediate.measure.reasons import why
from remediate.plan.categories import RIGHT, Category, category
from remediate.reasons.study import PlanReason
from remediate.records.states import State
from remediate.texts.language import Language

ONE, OTHER, INVALID = Bsn("999911120"), Bsn("999990019"), BsnProblem.ELEVEN_TEST


def header(*claims: tuple[Place, Bsn | BsnProblem]) -> Evidence:
    made = (BsnClaim(place=place, path="(0010,1002)[0]", strength=Strength.EXPLICIT, value=n) for place, n in claims)
    return Evidence(patient_id="A-1", claims=tuple(made))


def bsn_item() -> Dataset:
    """An item as the target asks."""
    item, qualifiers = Dataset(), Dataset()
    qualifiers.UniversalEntityID = "2.16.840.1.113883.2.4.6.3"
    qualifiers.UniversalEntityIDType = "ISO"
    qualifiers.IdentifierTypeCode = "NNNLD"
    item.PatientID, item.IssuerOfPatientID, item.TypeOfPatientID = ONE.digits, "NLMINBIZA", "TEXT"
    item.IssuerOfPatientIDQualifiersSequence = [qualifiers]
    return item


def read(elements: Dataset) -> Evidence:
    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_dataset(buffer, elements)
    found = read_evidence(buffer.getvalue(), ExplicitVRLittleEndian, EvidenceSettings())
    assert isinstance(found, Evidence)
    return found


def of_items(*items: Dataset) -> StudyEvidence:
    """A study whose one header has these items beside a hospital number."""
    elements = Dataset()
    elements.PatientID, elements.IssuerOfPatientID = "A-1", "HOSPITAL"
    elements.OtherPatientIDsSequence = list(items)
    return StudyEvidence(study_instance_uid="1.2.3", headers=(read(elements),))


def changed(*names: str, **values: object) -> Dataset:
    """The item without the elements that are named, and with other values; those of its qualifiers too."""
    item = bsn_item()
    inside = item.IssuerOfPatientIDQualifiersSequence[0]
    for name in names:
        delattr(item if name in item else inside, name)
    for name, value in values.items():
        setattr(item if name in item else inside, name, value)
    return item


HALF = changed("PatientID")
ALONE = Dataset()
ALONE.PatientID = ONE.digits
LACKS: dict[str, tuple[Dataset, ...]] = {
    "in-place": (bsn_item(),),
    "more-than-once": (bsn_item(), bsn_item()),
    "invalid-number": (changed(PatientID="999911121"),),
    "invalid-number ": (bsn_item(), changed(PatientID="000000000")),
    "missing": (changed(PatientID="000000000"),),
    "item-lacks-issuer": (changed("IssuerOfPatientID"),),
    "item-lacks-issuer ": (changed(IssuerOfPatientID="BSN"),),
    "item-lacks-issuer  ": (changed(IssuerOfPatientID="2.16.840.1.113883.2.4.6.3"),),
    "item-lacks-type": (changed("TypeOfPatientID"),),
    "item-lacks-type ": (changed(TypeOfPatientID="RFID"),),
    "item-lacks-qualifiers": (changed("IssuerOfPatientIDQualifiersSequence"),),
    "item-lacks-universal-id": (changed("UniversalEntityID"),),
    "item-lacks-universal-id ": (changed(UniversalEntityID="2.16.840.1.113883.2.4.6.30"),),
    "item-lacks-universal-id-type": (changed("UniversalEntityIDType"),),
    "item-lacks-type-code": (changed("IdentifierTypeCode"),),
    "item-lacks-type-code ": (changed(IdentifierTypeCode="PI"),),
    "item-lacks-universal-id+universal-id-type": (changed("UniversalEntityID", "UniversalEntityIDType"),),
    "item-lacks-type+qualifiers": (changed("TypeOfPatientID", "IssuerOfPatientIDQualifiersSequence"),),
    "item-lacks-nine-digits": (changed(PatientID=f"BSN {ONE.digits}"),),
    "item-lacks-nine-digits ": (changed(PatientID="9999.11.120"),),
    "item-lacks-issuer+type+qualifiers": (ALONE,),
    "item-lacks-one-item": (ALONE, HALF),
    "item-lacks-issuer+type": (changed("IssuerOfPatientID"), changed("TypeOfPatientID")),
}  # fmt: skip
"""Items by the reason that they have; blanks only keep the names apart."""


@pytest.mark.parametrize("expected", LACKS)
def test_an_incomplete_item_is_told_by_what_it_lacks(expected: str) -> None:
    evidence = of_items(*LACKS[expected])
    found = judged_place(evidence, OTHER_PATIENT_IDS_SEQUENCE, None)
    assert found == expected.strip()
    kept = StudyEvidence(study_instance_uid="1.2.3", headers=decode_headers(encode_headers(evidence.headers)))
    assert judged_place(kept, OTHER_PATIENT_IDS_SEQUENCE, None) == found
    assert category(State.PLANNED, found) in (Category.MISPLACED, Category.MISSING) or found == "in-place"
    for language in Language:
        assert why(found, language) != found


def test_what_a_patient_id_lacks_counts_where_that_is_the_target() -> None:
    elements = bsn_item()
    del elements.IssuerOfPatientIDQualifiersSequence[0].IdentifierTypeCode
    evidence = StudyEvidence(study_instance_uid="1.2.3", headers=(read(elements),))
    assert judged_place(evidence, PATIENT_ID, None) == "patient-id-lacks-type-code"
    assert judged_place(evidence, OTHER_PATIENT_IDS_SEQUENCE, None) == PlanReason.MISPLACED_PATIENT_ID
    assert judged_place(of_items(bsn_item()), PATIENT_ID, None) == PlanReason.MISPLACED_ITEM


def test_headers_of_an_earlier_release_have_the_reason_that_they_had() -> None:
    evidence = of_items(changed("IssuerOfPatientID"))
    before = tuple(map(without_lacks, evidence.headers))
    assert encode_headers(before).startswith(b"[1,")
    assert encode_headers(evidence.headers).startswith(b"[2,")
    earlier = StudyEvidence(study_instance_uid="1.2.3", headers=decode_headers(encode_headers(before)))
    assert judged_place(earlier, OTHER_PATIENT_IDS_SEQUENCE, None) == PlanReason.MISPLACED_ITEM


RIGHT_ONE = header((Place.ITEM_COMPLETE, ONE))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([RIGHT_ONE], PlanReason.IN_PLACE),
        ([header((Place.ITEM_COMPLETE, INVALID))], MatchReason.INVALID_NUMBER),
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
    assert found == expected
    if found != PlanReason.IN_PLACE:
        assert category(State.PLANNED, found) not in RIGHT
        assert why(found, Language.EN) != found != why(found, Language.NL)
