"""What a transfer syntax says about reading elements; knows nothing of pixel data compression.

Source: DICOM PS3.5 section 10 and annex A.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from struct import Struct

from pydicom.config import IGNORE
from pydicom.uid import UID

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
"""Syntaxes that deflate the whole data set: Deflated Explicit VR, and the two JPIP Referenced Deflate."""

_PRIVATE_IMPLICIT = frozenset({"1.2.840.113619.5.2"})
"""GE's private syntax: implicit little endian but for the bytes inside its pixel data, which we never read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How one element's tag, VR and length are written (PS3.5 7.1)."""

    implicit: bool
    big_endian: bool
    tag_and_length: Struct  # implicit VR, and items and delimiters in every encoding
    tag_vr_length: Struct  # explicit VR, short form
    length: Struct  # the 32-bit length of the long form


IMPLICIT_LE = Encoding(
    implicit=True, big_endian=False, tag_and_length=Struct("<HHL"), tag_vr_length=Struct("<HH2sH"), length=Struct("<L")
)
EXPLICIT_LE = Encoding(
    implicit=False, big_endian=False, tag_and_length=Struct("<HHL"), tag_vr_length=Struct("<HH2sH"), length=Struct("<L")
)
EXPLICIT_BE = Encoding(
    implicit=False, big_endian=True, tag_and_length=Struct(">HHL"), tag_vr_length=Struct(">HH2sH"), length=Struct(">L")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """A transfer syntax as far as reading the header needs it."""

    uid: str
    encoding: Encoding
    deflated: bool = False  # the whole data set is a raw deflate stream (PS3.5 A.5)


@lru_cache(maxsize=256)
def syntax_of(transfer_syntax_uid: str) -> Syntax:
    """How a data set in this transfer syntax is read. Refuses syntaxes that DICOM does not register."""
    uid = UID(transfer_syntax_uid.rstrip(" \0"), validation_mode=IGNORE)
    if uid == IMPLICIT_VR_LITTLE_ENDIAN or uid in _PRIVATE_IMPLICIT:
        return Syntax(uid=str(uid), encoding=IMPLICIT_LE)
    if uid == EXPLICIT_VR_BIG_ENDIAN:
        return Syntax(uid=str(uid), encoding=EXPLICIT_BE)
    if uid.is_private or uid.type != "Transfer Syntax":
        refuse(HeaderReason.TRANSFER_SYNTAX_UNKNOWN)
    return Syntax(uid=str(uid), encoding=EXPLICIT_LE, deflated=uid in _DEFLATED)
