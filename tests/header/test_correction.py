"""What a correction makes of each wrong variant, read back by pydicom; and when it is refused."""

from __future__ import annotations

import mmap
import tracemalloc
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from remediate.header.correction import Correction, Parts, apply, plan_correction, undo
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.layout import layout_of
from remediate.header.profiles import (
    OTHER_PATIENT_IDS_SEQUENCE,
    PATIENT_ID,
    Profile,
)
from remediate.header.proof import proof
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID
from remediate.identity.evidence import Evidence, Flag
from tests.header.header_corrected import corrected, ids, is_complete, numbers, others, plan
from tests.header.header_samples import (
    BIG_ENDIAN,
    BSN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    OTHER_BSN,
    PROVENANCE,
    SYNTAXES,
    Leaf,
    Node,
    Seq,
    complete_item,
    encoded,
    item,
    patient,
    qualifiers,
    text,
    with_group_lengths,
)

# --- profile other-patient-ids-sequence ---------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_bsn_moves_from_other_patient_ids_into_one_complete_item(syntax: str) -> None:
    ds = corrected(patient(others("H1", BSN.digits, "H2")), syntax=syntax)
    assert list(ds.OtherPatientIDs) == ["H1", "H2"]
    (held,) = ds.OtherPatientIDsSequence
    assert is_complete(held)
    assert held.TypeOfPatientID == "TEXT"
    assert (ds.PatientID, ds.IssuerOfPatientID) == ("H0012345", "HOSPITAL")


def test_an_emptied_element_is_removed() -> None:
    assert "OtherPatientIDs" not in corrected(patient(others(BSN.digits, "")))


def test_other_values_stay_byte_for_byte() -> None:
    ds = corrected(
        patient(
            Leaf(0x00101000, "LO", b" H1 \\" + BSN.digits.encode() + b"\\\xe9\xe8 "),
            text(0x00080005, "CS", "ISO_IR 100"),
        )
    )
    assert ds.get_item(0x00101000).value == b" H1 \\\xe9\xe8 "


VARIANTS = {
    "issuer only": (item(BSN.digits, BSN_AUTHORITY),),
    "oid as issuer": (item(BSN.digits, BSN_OID),),
    "urn as issuer": (item(BSN.digits, "urn:oid:" + BSN_OID),),
    "prefix": (item("BSN" + BSN.digits, ""),),
    "bare": (item(BSN.digits, ""),),
    "split": (item(BSN.digits, "", ""), item("", BSN_AUTHORITY, "")),
    "split by oid": (item(BSN.digits, "", ""), item("", BSN_OID, "")),
    "no type": (item(BSN.digits, BSN_AUTHORITY, "", qualifiers()),),
    "qualifiers without type code": (item(BSN.digits, BSN_AUTHORITY, "TEXT", qualifiers(code="")),),
    "twice": (complete_item(), complete_item()),
    "complete and bare": (complete_item(), item(BSN.digits, "")),
    "bare and complete": (item(BSN.digits, ""), complete_item()),
    "under the hospital's issuer": (item(BSN.digits, "HOSPITAL"),),
    "issuer without number": (item("", BSN_AUTHORITY),),
}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("undefined", [False, True])
def test_each_wrong_variant_becomes_one_complete_item_in_its_place(variant: str, syntax: str, undefined: bool) -> None:
    around = (item("A1", "ELSEWHERE"), *VARIANTS[variant], item("Z9", "ELSEWHERE"))
    ds = corrected(patient(ids(*around, undefined=undefined)), syntax=syntax)
    assert numbers(ds) == ["A1", BSN.digits, "Z9"]
    assert is_complete(ds.OtherPatientIDsSequence[1])


def test_extra_attributes_of_items_and_qualifiers_stay() -> None:
    inner = Seq(0x00100024, ((text(0x00400031, "UT", "SPACE"), text(0x00400032, "UT", BSN_OID)),))
    marked = item(BSN.digits, BSN_AUTHORITY, "RFID", inner, text(0x00100032, "TM", "1200"))
    (held,) = corrected(patient(ids(marked))).OtherPatientIDsSequence
    assert is_complete(held)
    assert (held.TypeOfPatientID, held.PatientBirthTime) == ("TEXT", "1200")
    assert held.IssuerOfPatientIDQualifiersSequence[0].LocalNamespaceEntityID == "SPACE"


def test_items_of_others_stay_byte_for_byte() -> None:
    other = ids(item("H1", "ELSEWHERE", "TEXT", Leaf(0x00100032, "TM", b"odd")), undefined=True)
    before = encoded(patient(other), EXPLICIT)
    correction = plan(patient(other))
    assert isinstance(correction, Correction)
    kept = encoded([other], EXPLICIT)[12:-8]
    (change,) = (change for change in correction.changes if change.tag == 0x00101002)
    assert change.before in before
    assert kept in change.after


def test_a_sequence_of_unknown_vr_becomes_a_sequence_of_our_encoding() -> None:
    ds = corrected(patient(ids(item("H1", "ELSEWHERE"), item(BSN.digits, BSN_AUTHORITY), vr="UN")))
    assert numbers(ds) == ["H1", BSN.digits]
    assert is_complete(ds.OtherPatientIDsSequence[1])
    refused = plan(patient(ids(item("H1", "ELSEWHERE"), vr="UN")), syntax=BIG_ENDIAN)
    assert isinstance(refused, Refusal)
    assert refused.reason is HeaderReason.UN_IN_BIG_ENDIAN


def test_a_passport_is_not_a_bsn() -> None:
    passport = item("AA1234567", BSN_AUTHORITY, "TEXT", qualifiers("", "", "PPN"))
    assert numbers(corrected(patient(ids(passport)))) == ["AA1234567", BSN.digits]


def test_other_values_move_under_the_configured_issuer() -> None:
    provenance = replace(PROVENANCE, issuer_for_others="HOSPITAL")
    nodes = patient(others("H1", BSN.digits, "H2"), ids(item("H2", "HOSPITAL")))
    ds = corrected(nodes, provenance=provenance)
    assert "OtherPatientIDs" not in ds
    assert sorted(numbers(ds)) == [BSN.digits, "H1", "H2"]
    assert {held.IssuerOfPatientID for held in ds.OtherPatientIDsSequence} == {"HOSPITAL", BSN_AUTHORITY}


def test_another_number_that_passes_the_eleven_test_stays() -> None:
    ds = corrected(patient(others(OTHER_BSN.digits, BSN.digits), patient_id=OTHER_BSN.digits, issuer=""))
    assert ds.OtherPatientIDs == OTHER_BSN.digits
    assert ds.PatientID == OTHER_BSN.digits


# --- profile patient-id -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_patient_id_takes_the_bsn_and_the_hospital_number_moves_with_its_issuer(syntax: str) -> None:
    nodes = patient(others(BSN.digits, "H7"), ids(item("A1", "ELSEWHERE"), complete_item()))
    ds = corrected(nodes, PATIENT_ID, syntax)
    assert is_complete(ds)
    assert ds.OtherPatientIDs == "H7"
    assert [(held.PatientID, held.IssuerOfPatientID) for held in ds.OtherPatientIDsSequence] == [
        ("A1", "ELSEWHERE"),
        ("H0012345", "HOSPITAL"),
    ]
    assert ds.OtherPatientIDsSequence[1].TypeOfPatientID == "TEXT"


def test_the_hospitals_qualifiers_do_not_stay_with_the_bsn() -> None:
    local = Seq(0x00100024, ((text(0x00400031, "UT", "SPACE"),),))
    mislabelled = item(BSN.digits, "HOSPITAL", "TEXT", local)
    (held,) = corrected(patient(ids(mislabelled))).OtherPatientIDsSequence
    ds = corrected(patient(local, patient_id=BSN.digits), PATIENT_ID)
    for found in (held, ds):
        assert is_complete(found)
        assert "LocalNamespaceEntityID" not in found.IssuerOfPatientIDQualifiersSequence[0]


@pytest.mark.parametrize("issuer", ["", BSN_AUTHORITY, BSN_OID, "HOSPITAL"])
def test_a_bsn_in_patient_id_is_completed_where_it_stands(issuer: str) -> None:
    ds = corrected(patient(ids(complete_item()), patient_id=BSN.digits, issuer=issuer), PATIENT_ID)
    assert is_complete(ds)
    assert "OtherPatientIDsSequence" not in ds


def test_the_hospital_number_is_not_listed_twice() -> None:
    ds = corrected(patient(ids(item("H0012345", "HOSPITAL"))), PATIENT_ID)
    assert numbers(ds) == ["H0012345"]


def test_qualifiers_and_type_of_the_hospital_number_move_along() -> None:
    local = Seq(0x00100024, ((text(0x00400031, "UT", "SPACE"),),))
    ds = corrected(patient(local, text(0x00100022, "CS", "BARCODE")), PATIENT_ID)
    (held,) = ds.OtherPatientIDsSequence
    assert held.IssuerOfPatientIDQualifiersSequence[0].LocalNamespaceEntityID == "SPACE"
    assert (held.TypeOfPatientID, ds.TypeOfPatientID) == ("BARCODE", "TEXT")
    assert is_complete(ds)


# --- original attributes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID], ids=lambda profile: profile.name)
def test_original_attributes_hold_what_was_there(profile: Profile) -> None:
    earlier = Seq(0x04000561, ((text(0x04000563, "LO", "EARLIER"),),), undefined=True)
    nodes = patient(earlier, others(BSN.digits, "H7"), ids(item("A1", "ELSEWHERE")))
    provenance = replace(PROVENANCE, modified_at=datetime(2026, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=1))))
    ds = corrected(nodes, profile, provenance=provenance)
    first, ours = ds.OriginalAttributesSequence
    assert first.ModifyingSystem == "EARLIER"
    assert ours.AttributeModificationDateTime == "20260102030405.000006+0100"
    assert (ours.ModifyingSystem, ours.SourceOfPreviousValues) == ("REMEDIATE", "ARCHIVE")
    assert ours.ReasonForTheAttributeModification == "CORRECT"
    (old,) = ours.ModifiedAttributesSequence
    assert list(old.OtherPatientIDs) == [BSN.digits, "H7"]
    assert numbers(old) == ["A1"]
    if profile is PATIENT_ID:
        assert (old.PatientID, old.IssuerOfPatientID) == ("H0012345", "HOSPITAL")
        assert "IssuerOfPatientIDQualifiersSequence" in old
        assert not old.IssuerOfPatientIDQualifiersSequence
    assert not any(element.tag.element == 0 for element in old)


def test_old_values_can_be_suppressed() -> None:
    ds = corrected(patient(others(BSN.digits)), provenance=replace(PROVENANCE, suppress_values=True))
    (old,) = ds.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert old.OtherPatientIDs == ""
    assert "OtherPatientIDs" in old
    assert BSN.digits not in str(ds.OriginalAttributesSequence)


def test_source_of_previous_values_may_be_empty_but_is_there() -> None:
    ds = corrected(patient(), provenance=replace(PROVENANCE, source_of_previous_values=""))
    assert not ds.OriginalAttributesSequence[0].SourceOfPreviousValues
    assert "SourceOfPreviousValues" in ds.OriginalAttributesSequence[0]


def test_an_old_value_of_odd_length_is_listed_with_even_length() -> None:
    ds = corrected(patient(Leaf(0x00101000, "LO", BSN.digits.encode())))
    (old,) = ds.OriginalAttributesSequence[0].ModifiedAttributesSequence
    assert old.get_item(0x00101000).value == BSN.digits.encode() + b" "


def test_provenance_needs_a_time_zone_and_values_that_fit() -> None:
    with pytest.raises(ValueError, match="time zone"):
        replace(PROVENANCE, modified_at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test
    for system in ("x" * 65, "a\\b", "é"):
        refused = plan(patient(), provenance=replace(PROVENANCE, modifying_system=system))
        assert refused == Refusal(HeaderReason.VALUE_DOES_NOT_FIT, "(0400,0563)")


# --- lengths, order, edges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_group_lengths_are_recalculated_and_come_back(syntax: str) -> None:
    nodes = with_group_lengths(patient(others(BSN.digits)), syntax, [0x0008, 0x0010])
    correction = plan(nodes, syntax=syntax)
    assert isinstance(correction, Correction)
    assert "(0010,0000)" in correction.changed_tags
    assert "(0008,0000)" not in correction.changed_tags
    parts = apply(correction, encoded(nodes, syntax))
    assert isinstance(parts, Parts)
    found = layout_of(parts.join(), syntax, last_tag=None)
    length = int.from_bytes(found.value(0x00100000), "big" if syntax == BIG_ENDIAN else "little")
    group = [element for element in found.elements if element.tag >> 16 == 0x0010][1:]
    assert length == sum(element.end - element.start for element in group)


def test_only_the_planned_elements_change_and_views_are_not_copies() -> None:
    data = bytearray(encoded(patient(others(BSN.digits)), EXPLICIT))
    correction = plan(patient(others(BSN.digits)))
    assert isinstance(correction, Correction)
    assert correction.changed_tags == ("(0010,1000)", "(0010,1002)", "(0400,0561)")
    parts = apply(correction, data)
    assert isinstance(parts, Parts)
    data[-1] = 0xEE
    assert parts.join()[-1] == 0xEE


@pytest.mark.parametrize("encapsulated", [False, True])
def test_memory_does_not_grow_with_an_object_in_a_file(tmp_path: Path, encapsulated: bool) -> None:
    path, size = tmp_path / "large", 256 << 20
    head = encoded(patient(others(BSN.digits))[:-1], EXPLICIT)
    pixels = b"\xe0\x7f\x10\x00OW\0\0" + size.to_bytes(4, "little")
    if encapsulated:
        pixels = b"\xe0\x7f\x10\x00OB\0\0" + b"\xff" * 4 + b"\xfe\xff\x00\xe0" + size.to_bytes(4, "little")
    path.write_bytes(head + pixels)
    with path.open("r+b") as file:
        file.truncate(len(head) + len(pixels) + size)  # a hole: takes no room on disk
        if encapsulated:
            file.seek(0, 2)
            file.write(b"\xfe\xff\xdd\xe0" + bytes(4))
    syntax = JPEG if encapsulated else EXPLICIT
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    tracemalloc.start()
    correction = plan_correction(data, syntax, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE)
    assert isinstance(correction, Correction)
    parts = apply(correction, data)
    assert isinstance(parts, Parts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert parts.nbytes > size
    assert peak < 1 << 20


def test_a_correction_of_another_object_is_refused() -> None:
    correction = plan(patient(others(BSN.digits)))
    assert isinstance(correction, Correction)
    for nodes in (patient(), patient(others(BSN.digits, "H1")), patient(others(BSN.digits), ids(complete_item()))):
        refused = apply(correction, encoded(nodes, EXPLICIT))
        assert isinstance(refused, Refusal)
        assert refused.reason is HeaderReason.EXPECTATION
    refused = undo(correction, encoded(patient(others("H1")), EXPLICIT))
    assert isinstance(refused, Refusal)


def test_proof_fails_when_another_byte_differs() -> None:
    data = encoded(patient(others(BSN.digits)), EXPLICIT)
    correction = plan(patient(others(BSN.digits)))
    assert isinstance(correction, Correction)
    parts = apply(correction, data)
    assert isinstance(parts, Parts)
    changed = bytearray(parts.join())
    changed[-1] ^= 1
    refused = proof(correction, data, bytes(changed))
    assert isinstance(refused, Refusal)
    assert refused.reason is HeaderReason.UNTOUCHED_BYTES_DIFFER


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        (patient(Seq(0xFFFAFFFA, ())), HeaderReason.DIGITALLY_SIGNED),
        (patient(Seq(0x00400275, ((text(0x00100030, "DA", "19600101"),),))), HeaderReason.IDENTITY_CONFLICT),
        (patient(others("BSN" + OTHER_BSN.digits)), HeaderReason.OTHER_BSN_CLAIMED),
        (patient(ids(complete_item(OTHER_BSN))), HeaderReason.OTHER_BSN_CLAIMED),
        (patient(ids(item("123", BSN_AUTHORITY))), HeaderReason.OTHER_BSN_CLAIMED),
        (patient(text(0x00104000, "LT", f"BSN {OTHER_BSN.digits}")), HeaderReason.OTHER_BSN_CLAIMED),
        ((*patient(), text(0x00101000, "LO", "H1")), HeaderReason.OUT_OF_ORDER),
        ((*patient(others("H1")), others("H2")), HeaderReason.DUPLICATE_ELEMENT),
        ((*patient(), Leaf(0x00100050, "LO", b"")), HeaderReason.OUT_OF_ORDER),
        (patient(Leaf(0x00101002, "LO", b"no items")), HeaderReason.STRUCTURE_BROKEN),
        (patient(Leaf(0x00100000, "UL", b"\1\0")), HeaderReason.STRUCTURE_BROKEN),
    ],
)
def test_refusals_name_their_reason_and_no_value(nodes: tuple[Node, ...], reason: HeaderReason) -> None:
    refused = plan(nodes)
    assert isinstance(refused, Refusal), refused
    assert refused.reason is reason
    assert OTHER_BSN.digits not in str(refused)


def test_what_is_known_from_elsewhere_can_only_refuse() -> None:
    signed = plan(patient(), evidence=Evidence(flags=frozenset({Flag.SIGNED})))
    assert signed == Refusal(HeaderReason.DIGITALLY_SIGNED)
    in_place = read_evidence(encoded(patient(ids(complete_item())), EXPLICIT), EXPLICIT, EvidenceSettings())
    assert isinstance(in_place, Evidence)
    correction = plan(patient(), evidence=in_place)
    assert isinstance(correction, Correction)
    assert not correction.is_empty


def test_unrelated_elements_out_of_order_are_left_alone() -> None:
    nodes = list(patient(others(BSN.digits)))
    nodes[0], nodes[1] = nodes[1], nodes[0]
    assert isinstance(plan(tuple(nodes)), Correction)


def test_a_deflated_object_keeps_its_data_set() -> None:
    nodes = patient(others(BSN.digits))
    data = encoded(nodes, DEFLATED)
    correction = plan(nodes, syntax=DEFLATED)
    assert isinstance(correction, Correction)
    parts = apply(correction, data)
    assert isinstance(parts, Parts)
    back = undo(correction, parts.join())
    assert isinstance(back, Parts)
    assert b"".join(back.dataset) == encoded(nodes, EXPLICIT)
    empty = apply(Correction(transfer_syntax_uid=DEFLATED), data)
    assert isinstance(empty, Parts)
    assert empty.join() == data
    assert empty.sha256() == back.sha256()
