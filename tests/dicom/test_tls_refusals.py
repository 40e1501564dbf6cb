"""Each way in which TLS is refused has a name of its own and says which setting to look at; real handshakes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, evt

from remediate.config.archive import ArchiveSettings
from remediate.config.base import TlsSettings
from remediate.dicom.client import DicomArchive
from remediate.dicom.faults import Fault, LinkError
from remediate.header.evidence_reader import EvidenceSettings
from tests.dicom.archive_helpers import QUICK, raw_server
from tests.dicom.throw_away_certificates import CA, CERTIFICATE, KEY, asking_context, make_certificates


@contextlib.contextmanager
def node(context: ssl.SSLContext | None) -> Iterator[int]:
    entity = AE(ae_title="ORTHANC")
    entity.add_supported_context("1.2.840.10008.1.1")
    handlers = [(evt.EVT_C_ECHO, lambda event: 0)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers, ssl_context=context)
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()


def fault_of(port: int, base: Path, tls: TlsSettings | None, **more: Any) -> LinkError:
    settings = ArchiveSettings(port=port, called_ae_title="ORTHANC", timeouts=QUICK, retries=0, tls=tls, **more)
    archive = DicomArchive(settings, EvidenceSettings(), base=base)
    with contextlib.closing(archive), pytest.raises(LinkError) as caught:
        archive.echo()
    assert "\n" not in str(caught.value)
    return caught.value


def showing(folder: Path) -> ssl.SSLContext:
    """A server that asks for no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return context


def old(context: ssl.SSLContext) -> ssl.SSLContext:
    """No newer than TLS 1.2, where our certificate is looked at in the handshake and not after it."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.parametrize("made", [asking_context, lambda folder: old(asking_context(folder))], ids=["1.3", "1.2"])
def test_a_node_that_wants_a_certificate_of_ours(made: Callable[[Path], ssl.SSLContext], tmp_path: Path) -> None:
    tls = make_certificates(tmp_path)
    with node(made(tmp_path)) as port:
        fault = fault_of(port, tmp_path, TlsSettings(ca_file=CA))
        assert fault.fault is Fault.TLS_NO_CERTIFICATE
        assert "archive.tls.certificate_file" in str(fault)
        others = make_certificates(tmp_path / "others", authority="another authority")
        (tmp_path / "others" / "theirs.pem").write_bytes((tmp_path / CA).read_bytes())
        strange = others.model_copy(update={"ca_file": "theirs.pem"})
        assert fault_of(port, tmp_path / "others", strange).fault is Fault.TLS_OUR_CERTIFICATE
    assert tls.certificate_file


def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    make_certificates(tmp_path / "others", authority="another authority")
    with node(showing(tmp_path)) as port:
        fault = fault_of(port, tmp_path / "others", TlsSettings(ca_file=CA))
    assert fault.fault is Fault.TLS_UNKNOWN_CA
    assert "archive.tls.ca_file" in str(fault)


def test_a_certificate_of_another_host(tmp_path: Path) -> None:
    make_certificates(tmp_path, address="192.0.2.1")
    with node(showing(tmp_path)) as port:
        fault = fault_of(port, tmp_path, TlsSettings(ca_file=CA))
    assert fault.fault is Fault.TLS_HOST_NAME
    assert "archive.tls.check_hostname" in str(fault)


def test_a_certificate_that_is_over(tmp_path: Path) -> None:
    make_certificates(tmp_path, hours_ago=3)
    with node(showing(tmp_path)) as port:
        fault = fault_of(port, tmp_path, TlsSettings(ca_file=CA))
    assert fault.fault is Fault.TLS_EXPIRED
    assert not fault.transient


def test_a_node_without_tls(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    with node(None) as port:
        assert fault_of(port, tmp_path, TlsSettings(ca_file=CA)).fault is Fault.TLS_NOT_SPOKEN


@pytest.mark.parametrize(
    "behave", [lambda _: None, lambda _: time.sleep(3), lambda accepted: accepted.sendall(b"\7\0\0\0\0\4\0\0\2\0")]
)
def test_a_node_that_does_not_answer_the_handshake(behave: Callable[[socket.socket], None], tmp_path: Path) -> None:
    make_certificates(tmp_path)
    with raw_server(behave) as port:
        assert fault_of(port, tmp_path, TlsSettings(ca_file=CA)).fault is Fault.TLS_NOT_SPOKEN


@pytest.mark.parametrize("made", [showing, lambda folder: old(showing(folder))], ids=["1.3", "1.2"])
def test_a_node_that_speaks_tls_where_we_do_not(made: Callable[[Path], ssl.SSLContext], tmp_path: Path) -> None:
    make_certificates(tmp_path)
    with node(made(tmp_path)) as port:
        fault = fault_of(port, tmp_path, None)
    assert fault.fault is Fault.TLS_SPOKEN
    assert "Set archive.tls" in str(fault)


def test_the_store_node_is_named_by_its_own_settings() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = int(server.getsockname()[1])
    with node(None) as port:
        store = {"host": "127.0.0.1", "port": closed, "called_ae_title": "STORE"}
        fault = fault_of(port, Path(), None, store=store)
    assert fault.fault is Fault.CONNECTION_REFUSED
    assert str(closed) in str(fault)
    assert "archive.store.host" in str(fault)
    assert "archive.host" not in str(fault)
