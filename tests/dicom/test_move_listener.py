"""Our own storage SCP: known AE titles only, objects go to the retrieval that asked, broken ones leave nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, build_context, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelMove,
)

from remediate.config.archive import ListenSettings
from remediate.dicom.arrivals import Reception
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.move import StorageScp
from remediate.dicom.negotiation import Terms
from remediate.records.dicom import TransferProblem
from tests.dicom.archive_helpers import QUICK, STUDY, archive_at, dataset, found, uid_of
from tests.servers import free_port


@pytest.fixture
def scp() -> Iterator[StorageScp]:
    terms = Terms(peer=Peer(host="", port=0, called="ORTHANC", calling="REMEDIATE"), timeouts=QUICK, max_pdu=131072)
    made = StorageScp(
        ListenSettings(port=free_port()), terms, callers=frozenset({"ORTHANC"}), called=frozenset({"REMEDIATE"})
    )
    made.open()
    yield made
    made.close()


def associate(scp: StorageScp, calling: str = "ORTHANC", called: str = "REMEDIATE", *syntaxes: str) -> Association:
    node = AE(ae_title=calling)
    node.add_requested_context(CTImageStorage, list(syntaxes) or [ExplicitVRLittleEndian])
    node.add_requested_context("1.2.840.10008.1.1")
    return node.associate("127.0.0.1", scp.port, ae_title=called)


def send(association: Association, number: int, **more: object) -> int | None:
    made = dataset(number)
    for keyword, value in more.items():
        setattr(made, keyword, value)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    status = association.send_c_store(made)
    return int(status.Status) if status else None


@pytest.mark.parametrize(("calling", "called"), [("STRANGER", "REMEDIATE"), ("ORTHANC", "SOMEBODY")])
def test_unknown_ae_titles_are_rejected(scp: StorageScp, calling: str, called: str) -> None:
    assert associate(scp, calling, called).is_rejected


def test_it_listens_on_loopback_unless_configured(scp: StorageScp) -> None:
    assert ListenSettings().host == "127.0.0.1"
    assert scp._server is not None
    assert scp._server.getsockname()[0] == "127.0.0.1"


def test_it_answers_echo_so_that_the_archives_administrator_can_check(scp: StorageScp) -> None:
    association = associate(scp)
    assert association.send_c_echo().Status == 0
    association.release()


def test_an_object_that_nobody_asked_for_is_refused(scp: StorageScp) -> None:
    association = associate(scp)
    assert send(association, 1) == 0x0124
    association.release()


def test_objects_go_to_the_retrieval_that_asked_for_them(scp: StorageScp, tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    receptions = []
    for folder, number in zip(folders, (1, 2), strict=True):
        folder.mkdir()
        receptions.append(Reception(folder, STUDY, found(number)))
    with scp.expecting(receptions[0]), scp.expecting(receptions[1]):
        association = associate(scp)
        assert [send(association, n) for n in (2, 1)] == [0, 0]
        assert send(association, 3) == 0x0124
        association.release()
    assert [list(r.received) for r in receptions] == [[uid_of(1)], [uid_of(2)]]
    assert [r.problems() for r in receptions] == [(), ()]


def test_an_unexpected_object_of_the_only_retrieval_is_named(scp: StorageScp, tmp_path: Path) -> None:
    reception = Reception(tmp_path, STUDY, found(1))
    with scp.expecting(reception):
        association = associate(scp)
        assert send(association, 7) == 0
        association.release()
    assert (TransferProblem.UNEXPECTED, uid_of(7)) in reception.problems()
    assert not list(tmp_path.iterdir())


def test_of_several_offered_syntaxes_the_stored_one_is_taken(scp: StorageScp, tmp_path: Path) -> None:
    with scp.expecting(Reception(tmp_path, STUDY, found(1, syntax=ExplicitVRLittleEndian))):
        association = associate(scp, "ORTHANC", "REMEDIATE", ImplicitVRLittleEndian, ExplicitVRLittleEndian)
        taken = {c.abstract_syntax: c.transfer_syntax[0] for c in association.accepted_contexts}
        association.release()
    assert taken[CTImageStorage] == ExplicitVRLittleEndian


def test_rubbish_on_the_port_does_no_harm(scp: StorageScp) -> None:
    for said in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x01\x00\x00\x00\x00\x04abcd", bytes(100)):
        with socket.create_connection(("127.0.0.1", scp.port)) as rude:
            rude.sendall(said)
    association = associate(scp)
    assert association.is_established
    association.release()


def test_a_port_that_is_taken_is_one_clear_line(scp: StorageScp) -> None:
    other = StorageScp(ListenSettings(port=scp.port), scp._terms, callers=frozenset({"A"}), called=frozenset({"B"}))
    with pytest.raises(LinkError) as caught:
        other.open()
    assert caught.value.fault is Fault.LISTEN
    assert "archive.listen" in str(caught.value)


@pytest.mark.parametrize("alias", ["ARCHIVE_2", "Store Node"])
def test_whom_we_turn_away_is_named_though_the_archive_says_that_it_does_not_know_us(
    tmp_path: Path, alias: str
) -> None:
    """pynetdicom answers A801 (Move Destination unknown) where its association with the destination is rejected."""
    ours = free_port()

    def move(_: evt.Event) -> Iterator[object]:
        yield "127.0.0.1", ours, {"contexts": [build_context(CTImageStorage)]}
        yield 1
        yield 0xFF00, dataset(1)

    node = AE(ae_title=alias)
    for service in (StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelMove):
        node.add_supported_context(service)
    server = node.start_server(("127.0.0.1", free_port()), block=False, evt_handlers=[(evt.EVT_C_MOVE, move)])
    assert server is not None
    archive = archive_at(server.server_address[1], "ARCHIVE", retrieve="c-move", listen=ListenSettings(port=ours))
    try:
        with pytest.raises(LinkError) as caught:
            archive.retrieve(STUDY, found(1), tmp_path)
    finally:
        archive.close()
        server.shutdown()
    assert caught.value.fault is Fault.CALLER_TURNED_AWAY
    assert alias in str(caught.value)
    assert "archive.listen.callers" in str(caught.value)
