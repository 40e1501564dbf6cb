"""Receivers of syslog over TLS for the tests: certificates of their own, a small server that answers badly on request,
and Debian's rsyslog."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.programs import require, untested

_NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Files in PEM of a made-up authority and of a server at 127.0.0.1."""

    ca: Path
    server: Path
    key: Path


def make_certificates(folder: Path, *, name: str = "127.0.0.1") -> Certificates:
    """A new authority and a server certificate that it signed."""
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests' authority")])
    ca = _certificate(issuer, issuer, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))] if name == "127.0.0.1"
                                        else [x509.DNSName(name)])  # fmt: skip
    server = _certificate(subject, issuer, key.public_key()).add_extension(names, critical=False)
    made = Certificates(ca=folder / "ca.pem", server=folder / "server.pem", key=folder / "server.key")
    made.ca.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    made.server.write_bytes(server.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    made.key.chmod(0o600)
    return made


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOW - dt.timedelta(days=1))
        .not_valid_after(_NOW + dt.timedelta(days=30))
    )


@dataclass(slots=True)
class TlsReceiver:
    """A server that takes what comes. `vanish_after` closes a connection without a word after so many bytes."""

    certificates: Certificates
    vanish_after: int | None = None
    port: int = 0
    received: list[bytes] = field(default_factory=list)  # one entry a connection

    @contextlib.contextmanager
    def listening(self) -> Iterator[TlsReceiver]:
        """Listen on a free loopback port for the length of the block."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificates.server, self.certificates.key)
        with socket.create_server(("127.0.0.1", self.port)) as server:
            self.port = server.getsockname()[1]
            thread = threading.Thread(target=self._serve, args=(server, context), daemon=True)
            thread.start()
            yield self
            server.shutdown(socket.SHUT_RDWR)
            thread.join(10)

    def _serve(self, server: socket.socket, context: ssl.SSLContext) -> None:
        while True:
            try:
                plain, _ = server.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as secure:
                self._take(secure)

    def _take(self, secure: ssl.SSLSocket) -> None:
        content = b""
        while chunk := secure.recv(4096):
            content += chunk
            if self.vanish_after is not None and len(content) > self.vanish_after:
                return  # the socket is closed without close_notify
        self.received.append(content)
        secure.unwrap()


def frames(content: bytes) -> list[str]:
    """The messages in octet-counting frames (RFC 5425, section 4.3); fails when a count does not fit."""
    found = []
    while content:
        length, _, rest = content.partition(b" ")
        size = int(length)
        assert len(rest) >= size
        found.append(rest[:size].decode("utf-8"))
        content = rest[size:]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rsyslog:
    """A real rsyslog that writes every message, as it came, to a file."""

    folder: Path
    port: int
    certificates: Certificates

    @property
    def file(self) -> Path:
        return self.folder / "received.log"

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The program, from when it listens until it has written everything and gone."""
        program = require("rsyslogd", "rsyslog")
        if not list(Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so")):
            untested("rsyslog-gnutls")
        config = self.folder / "rsyslog.conf"
        config.write_text(
            f'global(workDirectory="{self.folder}" maxMessageSize="64k" defaultNetstreamDriver="gtls"\n'
            f'  defaultNetstreamDriverCAFile="{self.certificates.ca}"\n'
            f'  defaultNetstreamDriverCertFile="{self.certificates.server}"\n'
            f'  defaultNetstreamDriverKeyFile="{self.certificates.key}")\n'
            'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")\n'
            'template(name="raw" type="string" string="%rawmsg%\\n")\n'
            f'input(type="imtcp" port="{self.port}" address="127.0.0.1" ruleset="keep")\n'
            f'ruleset(name="keep") {{ action(type="omfile" file="{self.file}" template="raw") }}\n',
            encoding="ascii",
        )
        command = [program, "-n", "-f", str(config), "-i", str(self.folder / "pid")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait(process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        raise AssertionError("rsyslog does not listen")

    def messages(self) -> list[str]:
        """What it wrote, in order."""
        return self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
