"""TLS with a real Orthanc in both directions and with pynetdicom; user identities held against an SCP that checks."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import AE, evt

from remediate.config.archive import ArchiveSettings, ListenSettings, TimeoutSettings
from remediate.config.base import TlsSettings
from remediate.config.user_identity import UserIdentitySettings
from remediate.dicom.client import DicomArchive
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.tls import client_context, server_context
from remediate.errors import ConfigError
from remediate.header.evidence_reader import EvidenceSettings
from remediate.records.dicom import StoreVerdict
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import QUICK, STUDY, archive_at, dataset, encoded, outgoing, uid_of
from tests.dicom.throw_away_certificates import CA, CERTIFICATE, KEY, asking_context, make_certificates
from tests.programs import require
from tests.servers import REPOSITORY, free_port, wait_for_port

RECOMMENDED = {
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
}
PASSCODE = "correct horse battery"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TlsSettings]:
    folder = tmp_path_factory.mktemp("tls")
    return folder, make_certificates(folder)


@pytest.fixture(scope="module")
def secure_orthanc(
    certificates: tuple[Path, TlsSettings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, int]]:
    """Orthanc that speaks only TLS, wants a certificate, and sends over TLS to our port; answers both ports."""
    folder, store = certificates[0], tmp_path_factory.mktemp("orthanc")
    port, move_port = free_port(), free_port()
    settings = json.loads((REPOSITORY / "orthanc-test" / "overwriting.json").read_text())
    node = {"AET": "REMEDIATE", "Host": "127.0.0.1", "Port": move_port, "UseDicomTls": True}
    settings |= {
        "DicomPort": port, "HttpServerEnabled": False, "StorageDirectory": str(store), "IndexDirectory": str(store),
        "DicomModalities": {"us": node}, "DicomTlsEnabled": True, "DicomTlsRemoteCertificateRequired": True,
        "DicomTlsCertificate": str(folder / CERTIFICATE), "DicomTlsPrivateKey": str(folder / KEY),
        "DicomTlsTrustedCertificates": str(folder / CA),
    }  # fmt: skip
    (store / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [require("Orthanc", "Orthanc"), str(store / "orthanc.json")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        yield port, move_port
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.orthanc
def test_store_find_and_c_move_over_tls_in_both_directions(
    secure_orthanc: tuple[int, int], certificates: tuple[Path, TlsSettings], tmp_path: Path
) -> None:
    port, move_port = secure_orthanc
    folder, tls = certificates
    patient = TimeoutSettings(connect=5, association=10, message=20, network=20, store=20)
    settings = ArchiveSettings(
        port=port, called_ae_title="ORTHANC", retrieve="c-move", listen=ListenSettings(port=move_port), tls=tls,
        timeouts=patient,
    )  # fmt: skip
    archive = DicomArchive(settings, EvidenceSettings(), base=folder)
    spool = FolderSpool(tmp_path / "spool")
    with contextlib.closing(archive):
        archive.echo()
        stored = [result.verdict for result in archive.store([outgoing(n, size=1 << 20) for n in (1, 2)])]
        listed = archive.find_instances(STUDY)
        got = archive.retrieve(STUDY, listed, spool.folder("in"))
        assert stored == [StoreVerdict.STORED] * 2
        assert got.complete
        assert {i.sop_instance_uid: bytes(spool.read(i).header) for i in got.received} == {
            uid_of(n): encoded(dataset(n, size=1 << 20)) for n in (1, 2)
        }
        assert_asks_for_a_certificate(move_port, folder)


def assert_asks_for_a_certificate(port: int, folder: Path) -> None:
    """Our own SCP takes nobody without a certificate, and no suite that is not recommended."""
    context = ssl.create_default_context(cafile=str(folder / CA))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
        pytest.raises(ssl.SSLError, match=r"CERTIFICATE_REQUIRED|certificate required"),
    ):
        secure.recv(1)
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AES:!AESGCM:!AESCCM")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        pytest.raises(ssl.SSLError, match=r"HANDSHAKE_FAILURE|handshake failure"),
    ):
        context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_nothing_weaker_than_what_is_recommended_is_offered_or_taken(certificates: tuple[Path, TlsSettings]) -> None:
    folder, tls = certificates
    for context in (client_context(tls, folder), server_context(tls, folder)):
        assert context is not None
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert {c["name"] for c in context.get_ciphers() if c["protocol"] != "TLSv1.3"} == RECOMMENDED
        assert context.verify_mode == ssl.CERT_REQUIRED


Started = Callable[..., int]


@pytest.fixture(scope="module")
def node() -> Iterator[Started]:
    """`node(handlers, context)` starts a pynetdicom SCP called ORTHANC for C-ECHO; answers its port."""
    servers = []

    def start(handlers: list[Any] | None = None, context: ssl.SSLContext | None = None) -> int:
        entity = AE(ae_title="ORTHANC")
        entity.add_supported_context("1.2.840.10008.1.1")
        chosen = [(evt.EVT_C_ECHO, lambda event: 0), *(handlers or [])]
        server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=chosen, ssl_context=context)
        servers.append(server)
        return int(server.socket.getsockname()[1])

    yield start
    for server in servers:
        server.shutdown()


def echo(port: int, base: Path = Path(), **more: Any) -> None:
    settings = ArchiveSettings(port=port, called_ae_title="ORTHANC", timeouts=QUICK, retries=0, **more)
    with contextlib.closing(DicomArchive(settings, EvidenceSettings(), base=base)) as archive:
        archive.echo()


def test_certificates_that_do_not_fit_are_one_clear_line(
    node: Started, certificates: tuple[Path, TlsSettings], tmp_path: Path
) -> None:
    folder, tls = certificates
    port = node(context=asking_context(folder))
    echo(port, folder, tls=tls)
    others = make_certificates(tmp_path / "others")
    with pytest.raises(LinkError) as caught:
        echo(port, tmp_path / "others", tls=others)
    assert (caught.value.fault, caught.value.transient) == (Fault.TLS_UNKNOWN_CA, False)
    archive = archive_at(port)
    with contextlib.closing(archive), pytest.raises(LinkError) as caught:
        archive.echo()
    assert caught.value.fault is Fault.TLS_SPOKEN


def checking(event: Any) -> tuple[bool, bytes | None]:
    """An SCP that knows one account by name, one by passcode, and one token of each kind."""
    told = event.primary_field, event.secondary_field
    known = {
        1: (b"remediate", b""), 2: (b"remediate", PASSCODE.encode()), 3: (b"TOKEN", b""), 4: (b"TOKEN", b""),
        5: (b"TOKEN", b""),
    }  # fmt: skip
    return told == known[event.user_id_type], b"\x01"


@pytest.fixture(scope="module")
def checker(node: Started) -> int:
    """Port of an SCP that looks at users."""
    return node([(evt.EVT_USER_ID, checking)])


def secret(folder: Path, text: str, mode: int = 0o600, name: str = "secret") -> str:
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(mode)
    return path.name


@pytest.mark.parametrize("type_", ["username", "username-passcode", "kerberos", "saml", "jwt"])
def test_a_user_that_the_archive_knows_gets_in_and_another_is_one_clear_line(
    checker: int, tmp_path: Path, type_: str
) -> None:
    port = checker
    by_name = type_.startswith("username")

    def user(name: str, text: str) -> UserIdentitySettings:
        file = {} if type_ == "username" else {"passcode_file" if by_name else "token_file": secret(tmp_path, text)}
        named = name if by_name else ""
        return UserIdentitySettings(type=type_, username=named, positive_response=not by_name, **file)  # type: ignore[arg-type]

    echo(port, tmp_path, user_identity=user("remediate", PASSCODE if by_name else "TOKEN"))
    with pytest.raises(LinkError) as caught:
        echo(port, tmp_path, user_identity=user("somebody", "something else"))
    assert (caught.value.fault, caught.value.transient) == (Fault.USER_REJECTED, False)
    assert f"with user identity {type_}." in str(caught.value)
    assert "something else" not in str(caught.value) + repr(caught.value.__dict__)


def test_an_archive_that_does_not_look_at_users_is_found_out_unless_that_is_meant(node: Started) -> None:
    port = node()
    with pytest.raises(LinkError) as caught:
        echo(port, user_identity=UserIdentitySettings(type="username", username="remediate", positive_response=True))
    assert caught.value.fault is Fault.USER_NOT_CONFIRMED
    echo(port, user_identity=UserIdentitySettings(type="username", username="remediate"))


def test_secrets_come_from_a_file_of_ours_alone_or_from_the_environment(
    checker: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = checker
    named = {"type": "username-passcode", "username": "remediate"}
    monkeypatch.setitem(os.environ, "ARCHIVE_PASSCODE", PASSCODE)
    echo(port, user_identity=UserIdentitySettings(**named, passcode_env="ARCHIVE_PASSCODE"))  # type: ignore[arg-type]
    for file, said in (
        (secret(tmp_path, PASSCODE, 0o640), "others can read it"),
        ("nowhere", "cannot be read"),
        (secret(tmp_path, "", name="empty"), "is empty"),
    ):
        user = UserIdentitySettings(**named, passcode_file=file)  # type: ignore[arg-type]
        with pytest.raises(ConfigError, match=said):
            echo(port, tmp_path, user_identity=user)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "username"},
        {"type": "username-passcode", "username": "a"},
        {"type": "username-passcode", "username": "a", "passcode_file": "b", "passcode_env": "C"},
        {"type": "username", "username": "a", "passcode_file": "b"},
        {"type": "jwt"},
        {"type": "saml", "token_file": "t", "username": "a"},
    ],
)
def test_a_user_identity_with_too_little_or_too_much_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"belongs|needs"):
        UserIdentitySettings(**wrong)  # type: ignore[arg-type]
