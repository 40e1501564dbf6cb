"""A whole night by each route: C-MOVE with Orthanc, C-GET and C-MOVE with DCMTK's dcmqrscp, looked at with getscu.

dcmqrscp replaces what is stored again, takes no compressed objects, and answers neither other identifiers nor SOP
classes from its index. The night by C-GET with Orthanc has tests of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import UID

from remediate.config.archive import ArchiveSettings
from remediate.demo.epd_files import write_epd
from remediate.demo.hospital import Hospital, Study, build_hospital
from remediate.dicom.client import DicomArchive
from remediate.header.evidence_reader import EvidenceSettings
from remediate.identity.bsn import BSN_AUTHORITY
from remediate.records.dicom import OutgoingObject
from tests.acceptance.orthanc_hospital import Night
from tests.servers import Server
from tests.workplace import Workplace, load_epd

pytestmark = [pytest.mark.orthanc, pytest.mark.dcmtk]
STUDIES = 6


@pytest.fixture(
    params=["orthanc by c-move", "dcmqrscp by c-move", pytest.param("dcmqrscp by c-get", marks=pytest.mark.soak)]
)
def route(request: pytest.FixtureRequest) -> tuple[Server, str]:
    """An archive that runs, and how it is retrieved from."""
    name, retrieve = request.param.split(" by ")
    started: Callable[[], Server] | Server = request.getfixturevalue(name)
    return started if isinstance(started, Server) else started(), retrieve


def is_plain(study: Study) -> bool:
    """A study that every archive takes, and getscu retrieves without proposing syntaxes by name."""
    return all(not UID(item.transfer_syntax_uid).is_compressed for item in study.objects())


def fill(server: Server, hospital: Hospital) -> None:
    archive = DicomArchive(
        ArchiveSettings(port=server.dicom, called_ae_title=server.aet, ae_title="REMEDIATE"), EvidenceSettings()
    )
    objects = (item for study in hospital.studies if is_plain(study) for item in study.objects())
    outgoing = (
        OutgoingObject(
            sop_instance_uid=item.sop_instance_uid,
            sop_class_uid=item.sop_class_uid,
            transfer_syntax_uid=item.transfer_syntax_uid,
            parts=[item.dataset_bytes],
            nbytes=len(item.dataset_bytes),
        )
        for item in objects
    )
    assert {result.status for result in archive.store(outgoing)} == {0}
    archive.close()


def test_a_night_from_survey_to_proof(route: tuple[Server, str], tmp_path: Path) -> None:
    server, retrieve = route
    place = Workplace(folder=tmp_path / "place", hospital=build_hospital(STUDIES), port=server.dicom)
    place.folder.mkdir()
    listen = {"port": server.move_port}
    place.configure(archive={"called_ae_title": server.aet, "retrieve": retrieve, "listen": listen})
    write_epd(place.hospital, place.folder / "epd")
    fill(server, place.hospital)
    place.must("init", "--dir", str(place.folder))
    assert place.must("doctor", "--probe").answer["probe"]["kind"] == "replaces"
    assert place.must("survey").answer["complete"]
    load_epd(place)
    plan = place.must("plan").answer["plan"]
    place.must("approve", plan, "--by", "A. Reviewer")
    expected = [study for study in place.planned() if is_plain(study)]
    done = place.must("execute", plan, "--now").answer
    assert (done["verified"], done["remaining"]) == (len(expected), 0)
    again = place.must("verify").answer
    assert again["checked"] == again["same"] == done["read_back"] > 0
    assert place.must("survey").answer["complete"]
    assert place.must("plan").answer["counts"]["planned"] == 0
    assert place.must("ledger", "verify").answer["ok"]
    night = Night(server=server, folder=place.folder, hospital=place.hospital, epd_files=())
    for study in expected:
        got = night.get(study.study_instance_uid, "after")
        assert len(got) == len(list(study.objects()))
        for path in (place.folder / "getscu" / "after" / study.study_instance_uid).iterdir():
            items = dcmread(path, stop_before_pixels=True).OtherPatientIDsSequence
            ours = [item.PatientID for item in items if item.IssuerOfPatientID == BSN_AUTHORITY]
            assert study.truth.bsn is not None
            assert ours == [study.truth.bsn.digits]
