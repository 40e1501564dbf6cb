"""C-FIND of the embedded archive: every matching of PS3.4 C.2.2.2 that a survey relies on, at three levels."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.finder import find, predicate
from remediate.demo.hospital import Hospital, Study
from remediate.demo.index import Index, read_instance
from tests.demo.demo_scu import Client, connected, query


@pytest.fixture(scope="module")
def client(full_archive: EmbeddedArchive) -> Iterator[Client]:
    with connected(full_archive) as connection:
        yield connection


def uids(matches: list[Dataset]) -> set[str]:
    return {str(match.StudyInstanceUID) for match in matches}


def those(hospital: Hospital, *variants: str) -> set[str]:
    return {study.study_instance_uid for study in hospital.studies if study.truth.variant in variants}


def test_universal_matching_finds_every_study(client: Client, hospital: Hospital) -> None:
    matches, status = client.find(StudyInstanceUID="", StudyDate="", PatientName="*")
    assert status == 0x0000
    assert len(matches) == len(hospital.studies)
    assert uids(matches) == {study.study_instance_uid for study in hospital.studies}


def test_date_ranges_miss_undated_studies_and_impossible_dates(client: Client, hospital: Hospital) -> None:
    dated, _ = client.find(StudyDate="20000101-20301231")
    open_ended, _ = client.find(StudyDate="20000101-")
    missing = those(hospital, "undated", "invalid-study-date")
    assert uids(dated) == {study.study_instance_uid for study in hospital.studies} - missing
    assert uids(open_ended) == uids(dated)
    assert uids(client.find(StudyDate="20110231")[0]) == those(hospital, "invalid-study-date")


def test_one_day_is_both_its_ends(client: Client, hospital: Hospital) -> None:
    study = hospital.studies[4]
    expected = {one.study_instance_uid for one in hospital.studies if one.study_date == study.study_date}
    assert uids(client.find(StudyDate=f"{study.study_date}-{study.study_date}")[0]) == expected
    assert uids(client.find(StudyDate=study.study_date)[0]) == expected


def test_time_range(client: Client, hospital: Hospital) -> None:
    expected = {one.study_instance_uid for one in hospital.studies if "080000" <= one.frame.study_time <= "115959"}
    assert 0 < len(expected) < len(hospital.studies)
    assert uids(client.find(StudyTime="080000-115959")[0]) == expected


def test_wildcards_and_single_values_of_patient_id(client: Client, hospital: Hospital) -> None:
    assert uids(client.find(PatientID="BU-*")[0]) == those(hospital, "foreigner")
    assert uids(client.find(PatientID="QA000?")[0]) == those(hospital, "phantom")
    assert client.find(PatientID="QA000")[0] == []
    assert uids(client.find(PatientName="fantoom^ct")[0]) == those(hospital, "phantom")


def test_any_of_several_values_matches(client: Client, hospital: Hospital) -> None:
    matches, _ = client.find(OtherPatientIDs="A-10233")
    assert uids(matches) == those(hospital, "other-patient-ids-among", "other-values-only", "right-and-retired-place")
    assert all(len(match.OtherPatientIDs) >= 2 for match in matches)
    modality, _ = client.find(ModalitiesInStudy="US")
    assert len(modality) > 0
    assert all("US" in match.ModalitiesInStudy for match in modality)


def test_uid_list_matching(client: Client, hospital: Hospital) -> None:
    wanted = [study.study_instance_uid for study in hospital.studies[3:6]]
    assert uids(client.find(StudyInstanceUID=[*wanted, "1.2.3"])[0]) == set(wanted)


def headers_of(study: Study, match: Dataset) -> None:
    identity = study.case.identity
    assert (match.PatientID, str(match.PatientName)) == (identity.patient_id, identity.patient_name)
    assert match.get("IssuerOfPatientID", "") == (identity.issuer or None)
    assert (match.PatientBirthDate, match.PatientSex) == (identity.birth_date, identity.sex)


def test_study_level_answers_what_a_survey_asks(client: Client, hospital: Hospital) -> None:
    study = hospital.studies[20]
    (match,), _ = client.find(
        StudyInstanceUID=study.study_instance_uid, PatientID="", PatientName="", IssuerOfPatientID="", PatientSex="",
        PatientBirthDate="", ModalitiesInStudy="", NumberOfStudyRelatedInstances="", NumberOfStudyRelatedSeries="",
        SOPClassesInStudy="", InstitutionName="", InstitutionalDepartmentName="",
    )  # fmt: skip
    objects = list(study.objects())
    headers_of(study, match)
    assert match.NumberOfStudyRelatedInstances == len(objects)
    assert match.NumberOfStudyRelatedSeries == 2
    assert set(match.SOPClassesInStudy) == {item.sop_class_uid for item in objects}
    assert match.InstitutionName == study.frame.institution_name
    assert not match.InstitutionalDepartmentName


def test_other_ids_sequence_comes_with_its_items(client: Client, hospital: Hospital) -> None:
    uid = min(those(hospital, "half-items"))
    (match,), _ = client.find(StudyInstanceUID=uid, OtherPatientIDsSequence=[])
    assert [("PatientID" in item, "IssuerOfPatientID" in item) for item in match.OtherPatientIDsSequence] == [
        (True, False),
        (False, True),
    ]


def test_series_and_image_level(client: Client, hospital: Hospital) -> None:
    study = hospital.studies[2]
    objects = {item.sop_instance_uid: item for item in study.objects()}
    series, _ = client.find(
        level="SERIES", StudyInstanceUID=study.study_instance_uid, SeriesInstanceUID="", Modality=""
    )
    images, _ = client.find(
        level="IMAGE", StudyInstanceUID=study.study_instance_uid, SeriesInstanceUID="", SOPInstanceUID="",
        SOPClassUID="", AvailableTransferSyntaxUID="",
    )  # fmt: skip
    assert [one.SeriesInstanceUID for one in series] == [f"{study.study_instance_uid}.{n}" for n in (1, 2)]
    assert {one.SOPInstanceUID: (one.SOPClassUID, one.AvailableTransferSyntaxUID) for one in images} == {
        uid: (item.sop_class_uid, item.transfer_syntax_uid) for uid, item in objects.items()
    }


def test_image_level_sees_that_series_disagree(client: Client, hospital: Hospital) -> None:
    (uid,) = those(hospital, "series-of-different-patients")
    images, _ = client.find(level="IMAGE", StudyInstanceUID=uid, PatientID="", SOPInstanceUID="")
    assert len({one.PatientID for one in images}) == 2


def test_unknown_level_is_refused(client: Client) -> None:
    assert client.find(level="PATIENT", PatientID="") == ([], 0xA900)


@given(st.dates(), st.dates(), st.dates())
def test_date_range_is_what_dates_say(first: object, last: object, day: object) -> None:
    texts = [one.strftime("%Y%m%d").zfill(8) for one in (first, last, day)]
    assert predicate("DA", (f"{texts[0]}-{texts[1]}",))(texts[2]) == (first <= day <= last)


@given(st.text("ab1.-", max_size=6), st.text("ab1.-", max_size=3), st.text("ab1.-", max_size=3))
def test_wildcard_is_prefix_and_suffix(text: str, head: str, tail: str) -> None:
    expected = len(text) >= len(head) + len(tail) and text.startswith(head) and text.endswith(tail)
    assert predicate("LO", (f"{head}*{tail}",))(text) == expected


def test_twenty_thousand_studies_are_searched_in_reasonable_time(hospital: Hospital) -> None:
    headers = [read_instance(next(study.objects())) for study in hospital.studies]
    index = Index()
    for number in range(20_000):
        uid = f"1.2.{number}"
        of = headers[number % len(headers)]
        index.add(replace(of, study_uid=uid, elements={**of.elements, 0x0020000D: DataElement(0x0020000D, "UI", uid)}))
    started = time.perf_counter()
    for month in range(1, 13):
        found = list(find(index, query(StudyDate=f"2011{month:02d}01-2011{month:02d}30", PatientID="")))
        assert len(found) < 4_000
    assert len(list(find(index, query(PatientID="", PatientName="", NumberOfStudyRelatedInstances="")))) == 20_000
    assert time.perf_counter() - started < 20, "a few seconds on an idle machine"
