"""The port against DCMTK's dcmqrscp, whose index tells neither SOP class nor transfer syntax nor other IDs."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from remediate.config.archive import ListenSettings, TimeoutSettings
from remediate.records.dicom import StoreVerdict, StudyQuery
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import STUDY, archive_at, dataset, encoded, outgoing, uid_of
from tests.servers import Server

pytestmark = pytest.mark.dcmtk
GENEROUS = TimeoutSettings(connect=5, association=10, message=20, network=20, store=20)


@pytest.mark.parametrize("retrieve", ["c-get", "c-move"])
def test_store_find_and_retrieve(dcmqrscp: Server, tmp_path: Path, retrieve: str) -> None:
    listen = ListenSettings(port=dcmqrscp.move_port)
    archive = archive_at(dcmqrscp.dicom, dcmqrscp.aet, timeouts=GENEROUS, listen=listen, retrieve=retrieve)
    spool = FolderSpool(tmp_path / "spool")
    try:
        archive.echo()
        first, second, third = archive.store([outgoing(1), outgoing(2), outgoing(3, syntax=RLELossless, data=b"ab")])
        answer = archive.find_studies(StudyQuery(study_instance_uid=STUDY))
        listed = archive.find_instances(STUDY)
        got = archive.retrieve(STUDY, listed, spool.folder("in"))
        one = archive.retrieve(STUDY, listed[1:], spool.folder("one"))
    finally:
        archive.close()
    assert [r.verdict for r in (first, second, third)] == [
        StoreVerdict.STORED,
        StoreVerdict.STORED,
        StoreVerdict.REFUSED,
    ]
    (study,) = answer.studies
    assert answer.complete
    assert (study.evidence.patient_id, study.evidence.birth_date) == ("H0001", "19700101")
    assert not study.answers_other_ids
    assert [i.sop_instance_uid for i in listed] == [uid_of(1), uid_of(2)]
    assert got.complete
    assert {i.sop_instance_uid: bytes(spool.read(i).header) for i in got.received} == {
        uid_of(n): encoded(dataset(n)) for n in (1, 2)
    }
    assert {i.transfer_syntax_uid for i in got.received} == {ExplicitVRLittleEndian}
    assert [i.sop_instance_uid for i in one.received] == [uid_of(2)]
