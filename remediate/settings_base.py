"""What every section of the configuration stands on: frozen models, ports, TLS and checks of values."""

from __future__ import annotations

import difflib
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class TlsSettings(Settings):
    """TLS as BCP 195 asks (for DICOM: PS3.15 B.9 and later). Paths are relative to the configuration file."""

    ca_file: str
    certificate_file: str = ""
    key_file: str = ""
    check_hostname: bool = True


def known_encoding(value: str) -> str:
    """A name that Python knows. Raises ValueError."""
    try:
        "".encode(value)
    except LookupError:
        raise ValueError(f"unknown encoding {value!r}") from None
    return value


def known_zone(value: str) -> str:
    """A name of the time zone database. Raises ValueError."""
    if value not in available_timezones():
        raise ValueError(f"unknown time zone {value!r}")
    return value


def unknown_key(key: str, known: tuple[str, ...]) -> str:
    """What to say of a key that is none of `known`: the one that was probably meant, or all of them."""
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}" if known else "not known here"
    return f"unknown {key!r}; {hint}"
