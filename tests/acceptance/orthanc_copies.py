"""A second real archive beside a night: what it is sent, and what people ask of it."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.config.archive import ArchiveSettings
from remediate.demo.hospital import Study
from remediate.dicom.client import DicomArchive
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import OutgoingObject, StoreVerdict
from tests.servers import Server


def send_as_before(server: Server, studies: Iterable[Study]) -> None:
    """Store the objects as they were before any correction."""
    node = ArchiveSettings(host="127.0.0.1", port=server.dicom, called_ae_title=server.aet)
    archive = DicomArchive(node, EvidenceSettings())
    outgoing = (
        OutgoingObject(
            sop_instance_uid=item.sop_instance_uid,
            sop_class_uid=item.sop_class_uid,
            transfer_syntax_uid=item.transfer_syntax_uid,
            parts=(item.dataset_bytes,),
            nbytes=len(item.dataset_bytes),
        )
        for study in studies
        for item in study.objects()
    )
    try:
        for answer in archive.store(outgoing):
            assert answer.verdict is StoreVerdict.STORED, answer.status
    finally:
        archive.close()
