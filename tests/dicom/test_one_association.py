"""One association reads and stores wherever the archive grants both roles; where it does not, nothing is lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt

from remediate.dicom.contexts import STUDY_ROOT_GET, VERIFICATION
from remediate.dicom.faults import Fault, LinkError
from remediate.records.dicom import StoreVerdict
from tests.dicom.archive_helpers import STUDY, archive_at, dataset, found, outgoing

ROLES = {
    "both": {"scu_role": True, "scp_role": True},
    "no answer about roles": {},
    "theirs only": {"scu_role": True, "scp_role": False},
    "ours only": {"scu_role": False, "scp_role": True},
}
"""What the archive answers to a requestor that wants to store and to be stored to."""


@contextlib.contextmanager
def archive(roles: str) -> Iterator[tuple[int, list[Any]]]:
    """A port, and the associations that were asked for."""
    node = AE(ae_title="ORTHANC")
    node.add_supported_context(VERIFICATION, ImplicitVRLittleEndian)
    node.add_supported_context(STUDY_ROOT_GET, ImplicitVRLittleEndian)
    node.add_supported_context(CTImageStorage, ExplicitVRLittleEndian, **ROLES[roles])
    asked: list[Any] = []
    sent = dataset(1)
    sent.file_meta = FileMetaDataset()
    sent.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian

    def on_get(_event: Any) -> Iterator[Any]:
        yield 1
        yield 0xFF00, sent

    handlers = [
        (evt.EVT_REQUESTED, lambda event: asked.append(event.assoc)),
        (evt.EVT_C_STORE, lambda event: 0x0000),
        (evt.EVT_C_GET, on_get),
    ]
    server = node.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()


def test_a_study_is_retrieved_and_stored(tmp_path: Path) -> None:
    with archive("both") as (port, asked):
        client = archive_at(port)
        retrieval = client.retrieve(STUDY, found(1), tmp_path)
        (stored,) = client.store([outgoing(1)])
        client.close()
    assert stored.verdict is StoreVerdict.STORED
    assert retrieval.complete
    assert len(asked) == 1


def test_where_we_may_not_take_objects_the_other_way_is_named(tmp_path: Path) -> None:
    with archive("no answer about roles") as (port, _):
        client = archive_at(port, retries=3)
        with pytest.raises(LinkError) as refused:
            client.retrieve(STUDY, found(1), tmp_path)
        client.close()
    assert refused.value.fault is Fault.ROLE_NOT_GRANTED
    assert not refused.value.transient
    assert str(refused.value).endswith("Try archive.retrieve: c-move.")


@pytest.mark.parametrize("roles", sorted(ROLES))
def test_every_archive_takes_objects(roles: str) -> None:
    with archive(roles) as (port, _):
        client = archive_at(port)
        verdicts = {result.verdict for result in client.store([outgoing(1), outgoing(2)])}
        client.close()
    assert verdicts == {StoreVerdict.STORED}
