"""The connection: prompt, vectored, bounded in time; and the same over TLS, where vectored writes do not exist."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_helpers import QUICK, archive_at
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom import AE, evt

from remediate.archive import sockets
from remediate.archive.faults import Fault, LinkError
from remediate.archive.sockets import ClosedByPeerError, Connection, connect
from remediate.config import TlsSettings


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = connect(*server.getsockname(), seconds=1)
        other, _ = server.accept()
        with other:
            yield connection, other
        connection.close()


def test_nothing_waits_for_more_to_send(pair: tuple[Connection, socket.socket]) -> None:
    connection, _ = pair
    assert connection._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.skipif(not hasattr(socket, "TCP_QUICKACK"), reason="only Linux has TCP_QUICKACK")
def test_quick_acknowledgement_is_armed_again_after_each_read(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, other = pair
    armed: list[int] = []
    monkeypatch.setattr(Connection, "_acknowledge_at_once", lambda self: armed.append(1))
    for _ in range(3):
        other.sendall(b"1234")
        connection.read(4)
    assert len(armed) == 3


def test_without_quick_acknowledgement_everything_still_works(
    pair: tuple[Connection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "_QUICKACK", None)
    connection, other = pair
    other.sendall(b"1234")
    assert connection.read(4) == b"1234"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=2000))
def test_parts_arrive_in_order_and_whole(parts: list[bytes]) -> None:
    ours, theirs = socket.socketpair()
    got = bytearray()

    def drain() -> None:
        while data := theirs.recv(1 << 16):
            got.extend(data)

    reader = threading.Thread(target=drain)
    reader.start()
    connection = Connection(ours)
    connection.send(parts)
    connection.close()
    reader.join(5)
    theirs.close()
    assert bytes(got) == b"".join(parts)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=40))
def test_reads_of_any_size_give_the_stream_back(sizes: list[int]) -> None:
    ours, theirs = socket.socketpair()
    whole = bytes(i % 251 for i in range(1000)) * (sum(sizes) // 1000 + 1)
    writer = threading.Thread(target=lambda: theirs.sendall(whole[: sum(sizes)]))
    writer.start()
    connection, at = Connection(ours), 0
    for size in sizes:
        assert connection.read(size) == whole[at : at + size]
        at += size
    writer.join(5)
    connection.close()
    theirs.close()


def test_the_end_of_the_stream_is_told_from_a_time_out(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    connection.allow(idle_seconds=0.05)
    other.sendall(b"12")
    with pytest.raises(TimeoutError):
        connection.read(4)
    other.shutdown(socket.SHUT_WR)
    with pytest.raises(ClosedByPeerError):
        connection.read(4)


def test_a_peer_that_drips_does_not_outlast_the_deadline(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.02):
            other.sendall(b".")

    dripping = threading.Thread(target=drip)
    dripping.start()
    connection.allow(idle_seconds=0.2, total_seconds=0.3)
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        connection.read(1000)
    stop.set()
    dripping.join()
    assert time.monotonic() - started < 1


def test_a_quiet_connection_is_told_from_one_that_ended(pair: tuple[Connection, socket.socket]) -> None:
    connection, other = pair
    assert connection.quiet
    other.close()
    time.sleep(0.05)
    assert not connection.quiet


def make_certificates(folder: Path) -> TlsSettings:
    """A throw-away authority and one certificate for 127.0.0.1."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("test authority", "test node")
    ]
    for number, (key, name) in enumerate(zip(keys, names, strict=True)):
        builder = x509.CertificateBuilder(names[0], name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        import ipaddress

        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        made = builder.sign(keys[0], hashes.SHA256())
        (folder / f"{number}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{number}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
    return TlsSettings(ca_file="0.pem", certificate_file="1.pem", key_file="1.key")


@pytest.fixture
def tls_node(tmp_path: Path) -> Iterator[tuple[int, TlsSettings]]:
    """A pynetdicom node that wants a client certificate."""
    made = make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "0.pem"))
    context.load_cert_chain(tmp_path / "1.pem", tmp_path / "1.key")
    context.verify_mode = ssl.CERT_REQUIRED
    node = AE(ae_title="ORTHANC")
    node.add_supported_context("1.2.840.10008.1.1")
    node.add_supported_context("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.1")
    handlers = [(evt.EVT_C_ECHO, lambda event: 0), (evt.EVT_C_STORE, lambda event: 0)]
    server = node.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=context)
    yield int(server.socket.getsockname()[1]), made
    server.shutdown()


def test_echo_and_store_over_tls_with_a_client_certificate(tls_node: tuple[int, TlsSettings], tmp_path: Path) -> None:
    from archive_helpers import outgoing

    from remediate.archive.client import DicomArchive
    from remediate.config import ArchiveSettings
    from remediate.header.evidence_reader import EvidenceSettings
    from remediate.records.dicom import StoreVerdict

    port, tls = tls_node
    chosen = ArchiveSettings(port=port, called_ae_title="ORTHANC", tls=tls, timeouts=QUICK)
    archive = DicomArchive(chosen, EvidenceSettings(), base=tmp_path)
    archive.echo()
    assert [r.verdict for r in archive.store([outgoing(1, size=1 << 20)])] == [StoreVerdict.STORED]
    archive.close()


def test_a_certificate_of_another_authority_is_one_clear_line(
    tls_node: tuple[int, TlsSettings], tmp_path: Path
) -> None:
    from remediate.archive.client import DicomArchive
    from remediate.config import ArchiveSettings
    from remediate.header.evidence_reader import EvidenceSettings

    port, _ = tls_node
    other = tmp_path / "other"
    other.mkdir()
    chosen = ArchiveSettings(
        port=port, called_ae_title="ORTHANC", tls=make_certificates(other), timeouts=QUICK, retries=0
    )
    archive = DicomArchive(chosen, EvidenceSettings(), base=other)
    with pytest.raises(LinkError) as caught:
        archive.echo()
    archive.close()
    assert caught.value.fault is Fault.TLS_FAILED
    assert not caught.value.transient


def test_plain_dicom_to_a_tls_port_is_one_clear_line(tls_node: tuple[int, TlsSettings]) -> None:
    port, _ = tls_node
    archive = archive_at(port)
    with pytest.raises(LinkError) as caught:
        archive.echo()
    archive.close()
    assert caught.value.fault in (Fault.CLOSED, Fault.PROTOCOL)
