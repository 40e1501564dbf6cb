"""The port against pynetdicom's qrscp: its index tells no SOP class, and compressed objects come all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from remediate.config.archive import ListenSettings, TimeoutSettings
from remediate.dicom.faults import Fault, LinkError
from remediate.records.dicom import StoreVerdict, StudyQuery
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import STUDY, archive_at, dataset, encoded, found, outgoing, uid_of
from tests.servers import Server

GENEROUS = TimeoutSettings(connect=5, association=10, message=20, network=20, store=20)
COMPRESSED = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\x00\x00\x00\x00" + (
    b"\xfe\xff\x00\xe0\x04\x00\x00\x00abcd\xfe\xff\xdd\xe0\x00\x00\x00\x00"
)


def compressed(number: int) -> bytes:
    made = dataset(number)
    del made.PixelData
    return encoded(made) + COMPRESSED


@pytest.mark.parametrize("retrieve", ["c-get", "c-move"])
def test_compressed_objects_come_although_the_index_tells_no_sop_class(
    qrscp: Server, tmp_path: Path, retrieve: str
) -> None:
    listen = ListenSettings(port=qrscp.move_port)
    archive = archive_at(qrscp.dicom, qrscp.aet, timeouts=GENEROUS, listen=listen, retrieve=retrieve)
    spool = FolderSpool(tmp_path / "spool")
    syntaxes = {1: ExplicitVRLittleEndian, 2: JPEG2000Lossless, 3: RLELossless}
    try:
        archive.echo()
        archive.require_services()
        sent = [outgoing(1), outgoing(2, syntax=syntaxes[2], data=compressed(2))]
        sent.append(outgoing(3, syntax=syntaxes[3], data=compressed(3)))
        assert {result.verdict for result in archive.store(sent)} == {StoreVerdict.STORED}
        study, *_ = archive.find_studies(StudyQuery(study_instance_uid=STUDY)).studies  # one for each object
        listed = archive.find_instances(STUDY)
        got = archive.retrieve(STUDY, listed, spool.folder("in"))
        one = archive.retrieve(STUDY, listed[1:2], spool.folder("one"))
    finally:
        archive.close()
    assert study.evidence.patient_id == "H0001"
    assert {i.sop_class_uid for i in listed} == {""}
    assert got.problems == ()
    assert {i.sop_instance_uid: i.transfer_syntax_uid for i in got.received} == {
        uid_of(n): syntax for n, syntax in syntaxes.items()
    }
    assert [i.sop_instance_uid for i in one.received] == [uid_of(2)]


def test_a_move_destination_that_it_does_not_know_is_named(qrscp: Server, tmp_path: Path) -> None:
    archive = archive_at(
        qrscp.dicom, qrscp.aet, timeouts=GENEROUS, retrieve="c-move", move_destination="NOBODY", retries=3
    )
    try:
        list(archive.store([outgoing(1)]))
        with pytest.raises(LinkError) as refused:
            archive.retrieve(STUDY, found(1), tmp_path)
    finally:
        archive.close()
    assert refused.value.fault is Fault.DESTINATION_UNKNOWN
    assert "archive.move_destination" in str(refused.value)
