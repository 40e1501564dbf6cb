"""An authority of an hour and one certificate for 127.0.0.1, for tests of TLS between real endpoints."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from remediate.config.base import TlsSettings

CA, CERTIFICATE, KEY = "ca.pem", "node.pem", "node.key"


def make_certificates(
    folder: Path, *, address: str = "127.0.0.1", authority: str = "test authority", hours_ago: float = 0
) -> TlsSettings:
    """Both ends may use the same certificate; the names in the settings are relative to `folder`."""
    folder.mkdir(exist_ok=True)
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=hours_ago)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (authority, "test node")]
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    for number, file in enumerate((CA, CERTIFICATE)):
        builder = x509.CertificateBuilder(names[0], names[number], keys[number].public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
        made = builder.add_extension(host, critical=False).sign(keys[0], hashes.SHA256())
        (folder / file).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / KEY).write_bytes(private)
    return TlsSettings(ca_file=CA, certificate_file=CERTIFICATE, key_file=KEY)


def asking_context(folder: Path) -> ssl.SSLContext:
    """A server's context, independent of ours, that wants a client certificate of the same authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / CA))
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
