"""Every way in which an association fails is one clear line that names the AE titles, with the right advice."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from pynetdicom import AE, evt

from remediate.dicom.associations import Association, DimseMessage
from remediate.dicom.faults import SENTENCES, Fault, LinkError
from remediate.errors import ArchiveError
from remediate.records.dicom import StudyQuery
from remediate.texts.language import Language
from tests.dicom.archive_helpers import QUICK, answer, archive_at, raw_server, scripted_archive

VERIFICATION = "1.2.840.10008.1.1"


def fault_of(port: int, **settings: object) -> LinkError:
    archive = archive_at(port, **settings)
    try:
        with pytest.raises(LinkError) as caught:
            archive.echo()
    finally:
        archive.close()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ArchiveError)
    return caught.value


@pytest.fixture
def strict_node() -> Iterator[Callable[..., int]]:
    """A pynetdicom node that minds AE titles."""
    started = []

    def start(**attributes: object) -> int:
        node = AE(ae_title="ARCHIVE")
        node.add_supported_context(VERIFICATION)
        for name, value in attributes.items():
            setattr(node, name, value)
        server = node.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda event: 0)])
        started.append(server)
        return int(server.socket.getsockname()[1])

    yield start
    for server in started:
        server.shutdown()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_nothing_listens() -> None:
    error = fault_of(closed_port())
    assert error.fault is Fault.CONNECTION_REFUSED
    assert error.transient
    assert "archive.port" in str(error)


def test_the_host_is_not_known() -> None:
    error = fault_of(4242, host="no-such-host.invalid")
    assert error.fault is Fault.UNKNOWN_HOST
    assert not error.transient


def test_the_host_cannot_be_reached() -> None:
    assert fault_of(4242, host="255.255.255.255").fault is Fault.UNREACHABLE


def test_the_called_ae_title_is_not_recognised(strict_node: Callable[..., int]) -> None:
    error = fault_of(strict_node(require_called_aet=True), called="WRONG")
    assert error.fault is Fault.CALLED_AE_UNKNOWN
    assert not error.transient
    assert "WRONG" in str(error)
    assert "archive.called_ae_title" in str(error)


def test_our_ae_title_is_not_recognised(strict_node: Callable[..., int]) -> None:
    error = fault_of(strict_node(require_calling_aet=["OTHER"]), called="ARCHIVE")
    assert error.fault is Fault.CALLING_AE_UNKNOWN
    assert "REMEDIATE" in str(error)


def test_too_many_associations_may_pass(strict_node: Callable[..., int]) -> None:
    port = strict_node(maximum_associations=1)
    first = archive_at(port, called="ARCHIVE")
    first.echo()
    error = fault_of(port, called="ARCHIVE")
    first.close()
    assert error.fault is Fault.REJECTED_FOR_NOW
    assert error.transient


def test_no_presentation_context_is_accepted() -> None:
    node = AE(ae_title="ARCHIVE")
    node.add_supported_context("1.2.840.10008.5.1.4.1.1.2")
    server = node.start_server(("127.0.0.1", 0), block=False)
    try:
        error = fault_of(int(server.socket.getsockname()[1]), called="ARCHIVE")
    finally:
        server.shutdown()
    assert error.fault is Fault.NO_CONTEXTS
    assert "Verification SOP Class" in str(error)


def test_the_archive_says_nothing() -> None:
    with raw_server(lambda accepted: time.sleep(2)) as port:
        error = fault_of(port, timeouts=QUICK.model_copy(update={"association": 0.3}))
    assert error.fault is Fault.ASSOCIATION_TIMEOUT
    assert error.transient


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"", Fault.CLOSED),
        (b"\x02\x00\x00", Fault.CLOSED),
        (b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x01", Fault.ABORTED),
        (b"\x03\x00\x00\x00\x00\x04\x00\x01\x02\x02", Fault.REJECTED),
        (b"\x03\x00\x00\x00\x00\x04\x00\x02\x03\x01", Fault.REJECTED_FOR_NOW),
        (b"\x02\x00\x00\x00\x00\x04abcd", Fault.PROTOCOL),
        (b"\x09\x00\x00\x00\x00\x00", Fault.PROTOCOL),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Fault.PROTOCOL),
    ],
)
def test_strange_answers_to_the_association_request(said: bytes, fault: Fault) -> None:
    def handle(accepted: socket.socket) -> None:
        accepted.recv(65536)
        accepted.sendall(said)

    with raw_server(handle) as port:
        assert fault_of(port).fault is fault


@pytest.mark.parametrize(
    ("behave", "fault"),
    [
        (lambda association: association.abort(), Fault.ABORTED),
        (lambda association: association.close(), Fault.CLOSED),
        (lambda association: time.sleep(1), Fault.TIMEOUT),
    ],
)
def test_an_association_that_breaks_in_mid_query(behave: Callable[[Association], None], fault: Fault) -> None:
    def script(association: Association, message: DimseMessage) -> None:
        behave(association)

    with scripted_archive(script) as port:
        archive = archive_at(port, timeouts=QUICK.model_copy(update={"message": 0.3}))
        with pytest.raises(LinkError) as caught:
            archive.find_studies(StudyQuery())
        archive.close()
    assert caught.value.fault is fault
    assert caught.value.transient


@pytest.mark.parametrize(("said", "tries"), [(b"", 4), (b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07", 1)])
def test_a_transient_fault_is_tried_again_but_a_rejection_is_not(said: bytes, tries: int) -> None:
    seen: list[int] = []

    def handle(accepted: socket.socket) -> None:
        if accepted.recv(65536)[:1] == b"\x01":  # an association request, and no look whether TLS is spoken
            seen.append(1)
        accepted.sendall(said)

    with raw_server(handle) as port:
        fault_of(port, retries=3)
    assert len(seen) == tries


def test_an_idle_association_that_the_archive_ended_is_replaced_unnoticed() -> None:
    opened: list[Association] = []

    def script(association: Association, message: DimseMessage) -> None:
        opened.append(association)
        answer(association, message, 0)
        association.abort()

    with scripted_archive(script) as port:
        archive = archive_at(port)
        for _ in range(3):
            archive.echo()
            time.sleep(0.05)
        archive.close()
    assert len(set(map(id, opened))) == 3


def test_an_association_is_used_again() -> None:
    opened: set[int] = set()

    def script(association: Association, message: DimseMessage) -> None:
        opened.add(id(association))
        answer(association, message, 0)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        for _ in range(5):
            archive.echo()
            archive.find_studies(StudyQuery())
        archive.close()
    assert len(opened) == 1


def test_each_fault_has_its_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(Fault)
    for sentence in SENTENCES.values():
        assert sentence.in_(Language.NL) != sentence.in_(Language.EN)


def test_our_own_end_takes_only_known_ae_titles() -> None:
    def choose(abstract: str, offered: Sequence[str]) -> str:
        return offered[0]

    with scripted_archive(lambda association, message: None, choose) as port:
        assert fault_of(port, called="SOMEBODY").fault is Fault.CALLED_AE_UNKNOWN
        assert fault_of(port, ae_title="STRANGER").fault is Fault.CALLING_AE_UNKNOWN
