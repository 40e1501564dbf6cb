"""The TLS context of DICOM associations (PS3.15 annex B, BCP 195): what the settings name, nothing weaker."""

from __future__ import annotations

import ssl
from pathlib import Path

from remediate.config import TlsSettings
from remediate.errors import ConfigError


def client_context(settings: TlsSettings | None, base: Path) -> ssl.SSLContext | None:
    """A context for associations that we open; None without settings. Raises `ConfigError` on unusable files."""
    if settings is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(base / settings.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.check_hostname = settings.check_hostname
        _load_own(context, settings, base)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"archive.tls: the certificate files cannot be used ({type(error).__name__}).") from None
    return context


def server_context(settings: TlsSettings | None, base: Path) -> ssl.SSLContext | None:
    """A context for our storage SCP (C-MOVE): it asks the archive for a certificate of the same authority."""
    if settings is None or not settings.certificate_file:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(base / settings.ca_file))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        _load_own(context, settings, base)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"archive.tls: the certificate files cannot be used ({type(error).__name__}).") from None
    return context


def _load_own(context: ssl.SSLContext, settings: TlsSettings, base: Path) -> None:
    if settings.certificate_file:
        key = str(base / settings.key_file) if settings.key_file else None
        context.load_cert_chain(str(base / settings.certificate_file), key)
