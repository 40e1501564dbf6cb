"""Writes elements, items and sequences of our own in an object's encoding; never re-encodes what stands there.

Source: DICOM PS3.5 section 7. Our texts are ASCII, which every Specific Character Set holds unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydicom.datadict import dictionary_VR

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.scanner import LONG_FORM
from remediate.header.syntax import Encoding
from remediate.header.tags import ITEM, tag_text

MAX_LENGTH: Mapping[str, int] = {
    "AE": 16, "CS": 16, "DA": 8, "DS": 16, "DT": 26, "IS": 12, "LO": 64, "LT": 10240, "PN": 64, "SH": 16, "ST": 1024,
    "TM": 14, "UI": 64, "UC": 65536, "UR": 65536, "UT": 65536,
}  # fmt: skip
"""Longest single value in characters by VR (PS3.5 table 6.2-1); ours are bounded where DICOM's are not."""


def vr_of(tag: int) -> str:
    """The VR that the DICOM dictionary gives a public tag; "UN" when it does not know it or leaves a choice."""
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        return "UN"
    return vr if len(vr) == 2 else "UN"


def encode_element(tag: int, vr: str, value: bytes, encoding: Encoding) -> bytes:
    """One element of defined length. Raises Refused when the value is too long for the VR's length field."""
    group, number = tag >> 16, tag & 0xFFFF
    if encoding.implicit:
        return encoding.tag_and_length.pack(group, number, len(value)) + value
    if vr in LONG_FORM:
        return encoding.tag_vr_length.pack(group, number, vr.encode(), 0) + encoding.length.pack(len(value)) + value
    if len(value) > 0xFFFF:
        refuse(HeaderReason.VALUE_DOES_NOT_FIT, tag_text(tag))
    return encoding.tag_vr_length.pack(group, number, vr.encode(), len(value)) + value


def encode_text(tag: int, vr: str, text: str, encoding: Encoding) -> bytes:
    """One ASCII value, padded to even length with the VR's pad character (PS3.5 6.2).

    Raises Refused when the text is not printable ASCII, holds a backslash or is longer than the VR allows.
    """
    if len(text) > MAX_LENGTH[vr] or not (text.isascii() and text.isprintable()) or "\\" in text:
        refuse(HeaderReason.VALUE_DOES_NOT_FIT, tag_text(tag))
    return encode_element(tag, vr, padded(text.encode("ascii"), vr), encoding)


def padded(value: bytes, vr: str) -> bytes:
    """The value with even length (PS3.5 7.1.1)."""
    if len(value) % 2 == 0:
        return value
    return value + (b"\0" if vr in ("UI", "OB", "UN") else b" ")


def encode_item(content: bytes, encoding: Encoding) -> bytes:
    """An item of defined length around elements that are already encoded."""
    return encoding.tag_and_length.pack(ITEM >> 16, ITEM & 0xFFFF, len(content)) + content


def encode_sequence(tag: int, items: Iterable[bytes], encoding: Encoding) -> bytes:
    """A sequence of defined length around items that are already encoded."""
    return encode_element(tag, "SQ", b"".join(items), encoding)
