"""Character sets of HL7 v2 (MSH-18, table 0211) as Python codecs; decodes nothing itself."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from functools import lru_cache

ASCII = "ascii"
UTF_8 = "utf-8"

_ISO_8859 = re.compile(r"(?:ISO)?[ _-]?8859[/ _-](\d{1,2})")
_BY_NAME: Mapping[str, str] = {
    "ASCII": ASCII,
    "ISO IR6": ASCII,
    "ISO_IR 6": ASCII,
    "ISO_IR 100": "iso8859-1",
    "ISO_IR 192": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}


@lru_cache(maxsize=64)
def is_named_utf_8(codec: str | None) -> bool:
    """Whether a codec is UTF-8, under whichever of its names."""
    return codec is not None and codecs.lookup(codec).name == UTF_8


@lru_cache(maxsize=64)
def codec_of(name: str) -> str | None:
    """The codec for a value of MSH-18; None when the name is not known. Numbers of ISO 8859 without a codec too.

    Only sets in which the signs of ASCII are those of ASCII: segments are found before they are decoded.
    """
    known = _BY_NAME.get(name.upper())
    if known is not None:
        return known
    match = _ISO_8859.fullmatch(name.upper())
    if match is None:
        return None
    codec = f"iso8859-{int(match[1])}"
    try:
        codecs.lookup(codec)
    except LookupError:
        return None
    return codec
