"""User identity negotiation (PS3.7 D.3.3.7): reads who we are from where the configuration says; sends nothing.

A passcode or token is nowhere kept, logged or shown: it goes from its file into one association request.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pynetdicom.pdu_primitives import UserIdentityNegotiation

from remediate.config.user_identity import UserIdentitySettings
from remediate.errors import ConfigError
from remediate.texts.language import Sentence, strerror_nl

TYPES = {"username": 1, "username-passcode": 2, "kerberos": 3, "saml": 4, "jwt": 5}
"""User-Identity-Type (PS3.7 table D.3-14)."""
LONGEST = 0xFFFF
"""Bytes of a field: its length has two bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentity:
    """Who asks for an association."""

    type: str  # as the configuration names it
    primary: bytes = field(repr=False)
    secondary: bytes = field(repr=False, default=b"")
    positive_response: bool

    def negotiation(self) -> UserIdentityNegotiation:
        """The item of an association request."""
        item = UserIdentityNegotiation()
        item.user_identity_type = TYPES[self.type]
        item.positive_response_requested = self.positive_response
        item.primary_field = self.primary
        item.secondary_field = self.secondary
        return item


ReadIdentity = Callable[[], UserIdentity | None]
"""Asked for each association."""


def nobody() -> None:
    """No user identity is negotiated."""


def identity_reader(
    settings: UserIdentitySettings | None, base: Path, environment: Mapping[str, str] = os.environ
) -> ReadIdentity:
    """Reads the configured identity whenever it is called; raises `ConfigError` when it cannot be had."""
    if settings is None:
        return nobody
    return lambda: _read(settings, base, environment)


def _read(settings: UserIdentitySettings, base: Path, environment: Mapping[str, str]) -> UserIdentity:
    if settings.token_file:
        primary, secondary = _secret(base / settings.token_file, "token_file"), b""
    else:
        primary, secondary = settings.username.encode(), _passcode(settings, base, environment)
    if max(len(primary), len(secondary)) > LONGEST:
        raise ConfigError(
            Sentence(
                f"archive.user_identity: DICOM takes at most {LONGEST} bytes.",
                f"archive.user_identity: DICOM staat hoogstens {LONGEST} bytes toe.",
            )
        )
    return UserIdentity(
        type=settings.type, primary=primary, secondary=secondary, positive_response=settings.positive_response
    )


def _passcode(settings: UserIdentitySettings, base: Path, environment: Mapping[str, str]) -> bytes:
    if settings.passcode_file:
        return _secret(base / settings.passcode_file, "passcode_file")
    if not settings.passcode_env:
        return b""
    try:
        return environment[settings.passcode_env].encode()
    except KeyError:
        raise ConfigError(
            Sentence(
                f"archive.user_identity.passcode_env: the environment has no {settings.passcode_env}.",
                f"archive.user_identity.passcode_env: de omgeving heeft geen {settings.passcode_env}.",
            )
        ) from None


def _secret(path: Path, key: str) -> bytes:
    """A file that only we can read, without the line's end that editors add."""
    try:
        with path.open("rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise ConfigError(
                    Sentence(
                        f"archive.user_identity.{key}: others can read it.",
                        f"archive.user_identity.{key}: anderen kunnen het lezen.",
                    ),
                    advice=Sentence(f"Run: chmod 600 {path}", f"Voer uit: chmod 600 {path}"),
                )
            content = file.read(LONGEST + 3).rstrip(b"\r\n")
    except OSError as error:
        raise ConfigError(
            Sentence(
                f"archive.user_identity.{key} cannot be read: {error.strerror}.",
                f"archive.user_identity.{key} kan niet worden gelezen: {strerror_nl(error)}.",
            )
        ) from None
    if not content:
        raise ConfigError(Sentence(f"archive.user_identity.{key} is empty.", f"archive.user_identity.{key} is leeg."))
    return content
