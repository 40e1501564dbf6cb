"""The TLS context of associations, and of MLLP: what the settings name, nothing weaker.

TLS 1.3 where both sides have it, else TLS 1.2 with the suites that RFC 9325 section 4.2 recommends (ephemeral ECDH,
AES-GCM), without renegotiation: the BCP 195 profile of PS3.15 B.12.
"""

from __future__ import annotations

import ssl
from pathlib import Path

from remediate.config.base import TlsSettings
from remediate.dicom.faults import Fault
from remediate.errors import ConfigError
from remediate.texts.language import Sentence

TLS_1_2_SUITES = "ECDHE+AESGCM"
"""In OpenSSL's words. Python's own list has CBC suites and finite-field Diffie-Hellman besides."""


def client_context(settings: TlsSettings | None, base: Path, *, section: str = "archive.tls") -> ssl.SSLContext | None:
    """A context for connections that we open; None without settings. Raises `ConfigError` on unusable files, naming the
    section of the configuration."""
    if settings is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(base / settings.ca_file))
        _restrict(context)
        context.check_hostname = settings.check_hostname
        _load_own(context, settings, base)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(section, error) from None
    return context


_UNKNOWN_AUTHORITY = frozenset({2, 7, 18, 19, 20, 21})
_HOST_NAME = frozenset({62, 64})
_DATES = frozenset({9, 10})
"""Codes of OpenSSL's X509_verify_cert_error_string."""
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNEXPECTED_MESSAGE"})


_NOTHING_IN_COMMON = Sentence(" (no common settings)", " (geen gemeenschappelijke instellingen)")


def refusal_of(error: ssl.SSLError, *, own_certificate: bool) -> tuple[Fault, Sentence | str]:
    """What an error of TLS means, with a detail: what is wrong with the peer's certificate, or what its alert says of
    ours."""
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f" ({error.verify_message})"
        for codes, fault in (
            (_UNKNOWN_AUTHORITY, Fault.TLS_UNKNOWN_CA),
            (_HOST_NAME, Fault.TLS_HOST_NAME),
            (_DATES, Fault.TLS_EXPIRED),
        ):
            if error.verify_code in codes:
                return fault, detail
        return Fault.TLS_FAILED, detail
    reason = error.reason or ""
    if reason in _NO_TLS:
        return Fault.TLS_NOT_SPOKEN, ""
    said = reason.partition("_ALERT_")[2].replace("_", " ").lower()
    wants_ours = said == "certificate required" or (said == "handshake failure" and not own_certificate)
    if wants_ours:
        return Fault.TLS_NO_CERTIFICATE, ""
    if said == "unknown ca" or "certificate" in said:
        return Fault.TLS_OUR_CERTIFICATE, f" ({said})"
    return Fault.TLS_FAILED, f" ({reason})" if reason else _NOTHING_IN_COMMON


def any_server() -> ssl.SSLContext:
    """A context for finding out whether a port speaks TLS at all. Nothing is ever said over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(settings: TlsSettings | None, base: Path) -> ssl.SSLContext | None:
    """A context for our storage SCP (C-MOVE): it asks the archive for a certificate of the same authority."""
    if settings is None or not settings.certificate_file:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(base / settings.ca_file))
        _restrict(context)
        context.verify_mode = ssl.CERT_REQUIRED
        _load_own(context, settings, base)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("archive.tls", error) from None
    return context


def _restrict(context: ssl.SSLContext) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(TLS_1_2_SUITES)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION


def _load_own(context: ssl.SSLContext, settings: TlsSettings, base: Path) -> None:
    if settings.certificate_file:
        key = str(base / settings.key_file) if settings.key_file else None
        context.load_cert_chain(str(base / settings.certificate_file), key)


def _unusable(section: str, error: OSError) -> ConfigError:
    kind = type(error).__name__
    return ConfigError(
        Sentence(
            f"{section}: the certificate files cannot be used ({kind}).",
            f"{section}: de certificaatbestanden zijn onbruikbaar ({kind}).",
        )
    )
