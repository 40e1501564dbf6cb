"""C-FIND: complete only with status 0000; identity read from the responses; half a list of objects is an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Find

from remediate.dicom.associations import Association, DimseMessage
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.identifiers import study_request
from remediate.identity.evidence import Place
from remediate.records.dicom import FindAnswer, StudyQuery
from tests.dicom.archive_helpers import STUDY, answer, archive_at, dataset, scripted_archive


def response(**changes: object) -> Dataset:
    made = Dataset()
    for keyword in [
        "SpecificCharacterSet",
        "StudyDate",
        "StudyTime",
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "OtherPatientIDs",
        "StudyInstanceUID",
        "InstitutionName",
    ]:
        setattr(made, keyword, getattr(dataset(), keyword))
    made.ModalitiesInStudy = ["SR", "CT"]
    made.NumberOfStudyRelatedInstances = 12
    for keyword, value in changes.items():
        setattr(made, keyword, value)
    return made


def find_with(answers: list[tuple[int, Dataset | None]]) -> FindAnswer:
    def handle(event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        yield from answers

    node = AE(ae_title="ORTHANC")
    node.add_supported_context(Find)
    server = node.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, handle)])
    archive = archive_at(int(server.socket.getsockname()[1]))
    try:
        return archive.find_studies(StudyQuery())
    finally:
        archive.close()
        server.shutdown()


def test_a_response_becomes_a_study_with_its_evidence() -> None:
    got = find_with([(0xFF00, response())])
    assert (got.complete, got.status) == (True, 0)
    (study,) = got.studies
    assert (study.study_instance_uid, study.study_date, study.instances) == (STUDY, "20200229", 12)
    assert study.modalities == ("CT", "SR")
    assert study.institution_name == "Ziekenhuis Oost"
    assert (study.evidence.patient_id, study.evidence.birth_date, study.evidence.sex) == ("H0001", "19700101", "F")
    assert [claim.place for claim in study.evidence.claims] == [Place.OTHER_PATIENT_IDS]


def test_other_ids_count_as_answered_only_when_both_elements_came_back() -> None:
    assert not find_with([(0xFF00, response())]).studies[0].answers_other_ids
    assert find_with([(0xFF00, response(OtherPatientIDsSequence=[]))]).studies[0].answers_other_ids


def test_the_evidence_does_not_show_in_a_repr() -> None:
    shown = repr(find_with([(0xFF00, response())]))
    assert "Vries" not in shown
    assert "999911120" not in shown


@pytest.mark.parametrize("status", [0xA700, 0xA900, 0xC001, 0xFE00, 0xB000])
def test_any_other_end_than_success_is_incomplete_however_many_came(status: int) -> None:
    got = find_with([(0xFF01, response()), (0xFF00, response()), (status, None)])
    assert (len(got.studies), got.complete, got.status) == (2, False, status)


def test_no_studies_is_a_complete_answer() -> None:
    got = find_with([])
    assert (got.studies, got.complete) == ((), True)


def test_a_response_without_status_is_unknown_and_may_be_tried_again() -> None:
    def script(association: Association, message: DimseMessage) -> None:
        answer(association, message, None)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        with pytest.raises(LinkError) as caught:
            archive.find_studies(StudyQuery())
        archive.close()
    assert caught.value.fault is Fault.NO_STATUS
    assert caught.value.transient


@pytest.mark.parametrize(("status", "may_pass"), [(0xA700, True), (0xA900, False), (0xC001, False)])
def test_a_list_of_objects_that_ends_in_a_failure_is_no_list(status: int, may_pass: bool) -> None:
    def script(association: Association, message: DimseMessage) -> None:
        answer(association, message, status)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        with pytest.raises(LinkError, match=f"0x{status:04X}") as caught:
            archive.find_instances(STUDY)
        archive.close()
    assert (caught.value.transient, caught.value.of_one_exchange) == (may_pass, not may_pass)


def test_the_query_names_only_what_is_asked_for() -> None:
    everything = study_request(StudyQuery())
    assert everything.StudyDate is None or everything.StudyDate == ""
    ranged = study_request(
        StudyQuery(date_from=date(2020, 1, 1), date_to=date(2020, 1, 31), time_range="000000-115959")
    )
    assert (ranged.StudyDate, ranged.StudyTime) == ("20200101-20200131", "000000-115959")
    assert study_request(StudyQuery(date_from=date(2020, 1, 1))).StudyDate == "20200101-"
    assert study_request(StudyQuery(date_to=date(2020, 1, 1))).StudyDate == "-20200101"
    one_day = StudyQuery(date_from=date(2020, 1, 1), date_to=date(2020, 1, 1))
    assert study_request(one_day).StudyDate == "20200101"
