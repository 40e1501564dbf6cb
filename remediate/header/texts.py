"""Decodes texts by an object's Specific Character Set; judges nothing that they say.

Source: DICOM PS3.5 6.1 and 6.2, PS3.3 C.12.1.1.2.
"""

from __future__ import annotations

import warnings

from pydicom.charset import decode_bytes, python_encoding

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse

_PN_DELIMITERS = {0x5C, 0x5E, 0x3D}
_TEXT_DELIMITERS = {0x5C, 0x0A, 0x0C, 0x0D, 0x09}
_BACKSLASH_MAY_BE_HALF = frozenset(
    {"GB18030", "GBK", "ISO_IR 13", "ISO 2022 GBK", "ISO 2022 58"}
    | {f"ISO 2022 IR {number}" for number in (13, 58, 87, 149, 159)}
)
_BACKSLASH_IS_A_BYTE = frozenset(python_encoding) - _BACKSLASH_MAY_BE_HALF
"""Character sets in which a byte 5C is never half of another character."""


def terms_of(specific_character_set: bytes) -> tuple[str, ...]:
    """The defined terms of (0008,0005); ("",) stands for the default repertoire."""
    text = specific_character_set.decode("ascii", "replace")
    return tuple(term.strip(" \0") for term in text.split("\\"))


def decoded(value: bytes, terms: tuple[str, ...], *, is_name: bool = False) -> str:
    """The text with padding stripped; what cannot be decoded becomes a replacement character, never an error."""
    if not value:
        return ""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip(" \0")
    codecs = [python_encoding.get(term, "iso8859") for term in terms]
    if b"\x1b" not in value:
        return value.decode(codecs[0], "replace").strip(" \0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return decode_bytes(value, codecs, _PN_DELIMITERS if is_name else _TEXT_DELIMITERS).strip(" \0")


def split_values(value: bytes, terms: tuple[str, ...]) -> list[bytes]:
    """The single values of a multi-valued element, as bytes with their padding.

    Raises Refused where a backslash might be half of a character.
    """
    is_plain = value.isascii() and b"\x1b" not in value
    if not is_plain and any(term not in _BACKSLASH_IS_A_BYTE for term in terms):
        refuse(HeaderReason.CHARACTER_SET)
    return value.split(b"\\") if value.strip(b" \0") else []
