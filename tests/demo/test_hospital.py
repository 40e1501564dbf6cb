"""The synthetic hospital: reproducible, safe to show, complete in its cases, and legal DICOM."""

from __future__ import annotations

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pydicom
import pytest

from remediate.demo import doubtful, variants
from remediate.demo.epd_files import CSV_NAME, HL7_NAME, ZORGDOMEIN_NAME, write_epd
from remediate.demo.hospital import Hospital, Study, build_hospital
from remediate.demo.part10 import from_part10, to_part10
from remediate.demo.people import Feed
from remediate.demo.shapes import TRANSFER_SYNTAXES, rle_frame, unpack_rle_frame
from remediate.identity.bsn import passes_eleven_test

ALL_CASES = {
    name
    for table in (
        variants.WRONG_PLACES,
        variants.ALREADY_CORRECT,
        variants.UNUSUAL,
        doubtful.REVIEW,
        doubtful.EXCLUDED,
    )
    for name, _ in table
}


def headers(study: Study) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(BytesIO(to_part10(item))) for item in study.objects()]


def by_variant(hospital: Hospital, variant: str) -> Study:
    return next(study for study in hospital.studies if study.truth.variant == variant)


def test_same_seed_same_bytes_other_seed_other_people(hospital: Hospital) -> None:
    again, other = build_hospital.__wrapped__(), build_hospital(seed=2)
    assert again.people == hospital.people
    assert [list(study.objects()) for study in again.studies] == [list(study.objects()) for study in hospital.studies]
    assert {person.bsn for person in other.people} != {person.bsn for person in hospital.people}
    uids = {study.study_instance_uid for study in hospital.studies}
    assert uids.isdisjoint(study.study_instance_uid for study in other.studies)


def test_sixty_studies_hold_every_case_and_every_transfer_syntax(hospital: Hospital) -> None:
    assert {study.truth.variant for study in hospital.studies} == ALL_CASES
    assert variants.SEEN_ONLY_IN_OBJECTS < ALL_CASES
    assert {item.transfer_syntax_uid for study in hospital.studies for item in study.objects()} == set(
        TRANSFER_SYNTAXES
    )


def test_every_number_that_passes_the_eleven_test_is_a_test_number(hospital: Hospital, tmp_path: Path) -> None:
    texts = [path.read_bytes() for path in write_epd(hospital, tmp_path)]
    texts += [item.dataset_bytes for study in hospital.studies for item in study.objects()]
    for text in texts:
        for found in re.findall(rb"(?<!\d)\d{9}(?!\d)", text):
            digits = found.decode()
            assert digits.startswith("9999") or not passes_eleven_test(digits)


def test_uids_have_short_components(hospital: Hospital) -> None:
    for study in hospital.studies:
        for item in study.objects():
            own = item.sop_instance_uid.removeprefix("1.2.826.0.1.3680043.8.498.")
            assert all(len(part) <= 8 for part in own.split("."))
            assert item.sop_instance_uid.startswith(study.study_instance_uid + ".")


def test_planned_headers_agree_with_the_epd_on_birth_date_and_sex(hospital: Hospital) -> None:
    people = {person.bsn: person for person in hospital.people if person.bsn}
    planned = [study for study in hospital.studies if study.truth.expected_state in ("planned", "correct")]
    assert len(planned) > 30
    for study in planned:
        assert study.truth.bsn is not None
        person = people[study.truth.bsn.digits]
        for header in headers(study):
            assert header.PatientBirthDate == person.birth_date.strftime("%Y%m%d")
            assert header.PatientSex == person.sex


def test_half_items_are_two_items_that_each_lack_the_other_half(hospital: Hospital) -> None:
    study = by_variant(hospital, "half-items")
    for header in headers(study):
        first, second = header.OtherPatientIDsSequence
        assert "PatientID" in first
        assert "IssuerOfPatientID" not in first
        assert "PatientID" not in second
        assert second.IssuerOfPatientID == "NLMINBIZA"


def test_already_correct_items_are_complete(hospital: Hospital) -> None:
    study = by_variant(hospital, "already-correct")
    (item,) = headers(study)[0].OtherPatientIDsSequence
    qualifiers = item.IssuerOfPatientIDQualifiersSequence[0]
    assert item.PatientID == study.truth.bsn.digits
    assert (item.IssuerOfPatientID, item.TypeOfPatientID) == ("NLMINBIZA", "TEXT")
    assert (qualifiers.UniversalEntityID, qualifiers.UniversalEntityIDType, qualifiers.IdentifierTypeCode) == (
        "2.16.840.1.113883.2.4.6.3",
        "ISO",
        "NNNLD",
    )


def test_series_of_one_study_disagree_where_the_case_says_so(hospital: Hospital) -> None:
    claims = {
        header.OtherPatientIDsSequence[0].PatientID
        for header in headers(by_variant(hospital, "series-claim-different-bsns"))
    }
    patients = {header.PatientID for header in headers(by_variant(hospital, "series-of-different-patients"))}
    assert (len(claims), len(patients)) == (2, 2)


def test_signature_and_absent_date(hospital: Hospital) -> None:
    signed = [header for header in headers(by_variant(hospital, "digitally-signed")) if 0xFFFAFFFA in header]
    assert len(signed) == 1
    assert {header.StudyDate for header in headers(by_variant(hospital, "undated"))} == {""}


def test_merged_number_is_gone_and_its_survivor_holds_the_bsn(hospital: Hospital) -> None:
    study = by_variant(hospital, "merged-chain")
    survivors = {merge.gone: merge.survivor for merge in hospital.merges}
    number = headers(study)[0].PatientID
    while number in survivors:
        number = survivors[number]
    final = next(person for person in hospital.people if person.number == number)
    assert final.bsn == study.truth.bsn.digits


def test_epd_files_split_the_patients_and_carry_rejects(hospital: Hospital, tmp_path: Path) -> None:
    paths = write_epd(hospital, tmp_path)
    assert [path.name for path in paths] == [CSV_NAME, HL7_NAME, ZORGDOMEIN_NAME]
    rows = paths[0].read_text("utf-8").splitlines()
    messages = paths[1].read_bytes().decode("latin-1")
    zorgdomein = paths[2].read_bytes().decode("utf-8")
    assert all(sum(person.feed is feed for person in hospital.people) > 5 for feed in Feed)
    assert rows[-1].startswith(";")
    assert messages.count("|ADT^A40|") == len(hospital.merges) >= 2
    assert "|ADT^A31|" in messages
    assert "\n" not in messages
    assert zorgdomein.startswith("MSH|^_\\&|")
    assert re.search(r"\rPID\|1\|\|\^\^\^NLMINBIZA\^NNNLD\|", messages), "a record without identifier"


def test_part10_round_trip(hospital: Hospital) -> None:
    for item in hospital.studies[0].objects():
        assert from_part10(to_part10(item)) == item
    with pytest.raises(ValueError, match="not a Part 10 file"):
        from_part10(b"nonsense")


def test_rle_round_trip() -> None:
    planes = (bytes(4096), bytes((n * 7) % 251 for n in range(4096)), b"\x01\x01\x02" * 1365 + b"\x09")
    assert unpack_rle_frame(rle_frame(planes), 4096) == planes


def test_twenty_thousand_studies_fit_the_test_range() -> None:
    large = build_hospital(20_000)
    assert len(large.studies) == 20_000
    with pytest.raises(ValueError, match="between 1 and"):
        build_hospital(0)


@pytest.mark.dcmtk
@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="DCMTK is not installed")
def test_dcmtk_reads_every_object_without_complaint(hospital: Hospital, tmp_path: Path) -> None:
    for study in hospital.studies:
        for number, item in enumerate(study.objects()):
            (tmp_path / f"{study.frame.number}-{number}.dcm").write_bytes(to_part10(item))
    files = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run(["dcmdump", "-q", "-M", *files], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[:500]
    assert done.stderr == b""
