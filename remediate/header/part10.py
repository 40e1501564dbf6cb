"""Takes a DICOM file apart into file meta information and data set, and writes new meta information; pure bytes.

Source: DICOM PS3.10 section 7.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from remediate.header.buffers import Buffer, view_of
from remediate.header.encode import encode_element, encode_text
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refusals, refuse
from remediate.header.scanner import Element, leading_elements
from remediate.header.syntax import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LE,
    IMPLICIT_VR_LITTLE_ENDIAN,
    Encoding,
)

IMPLEMENTATION_CLASS_UID = "1.2.826.0.1.3680043.8.498.72.1"
IMPLEMENTATION_VERSION_NAME = "REMEDIATE"

_MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
_MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003
_TRANSFER_SYNTAX_UID = 0x00020010


@dataclass(frozen=True, slots=True, kw_only=True)
class Part10:
    """The two halves of a file. UIDs are "" where the meta information lacks them."""

    transfer_syntax_uid: str  # (0002,0010); where it is missing, what the first bytes of the data set show
    sop_class_uid: str = ""  # (0002,0002)
    sop_instance_uid: str = ""  # (0002,0003)
    meta: memoryview = field(repr=False)  # preamble, "DICM" and group 0002, as it stands; empty when missing
    dataset: memoryview = field(repr=False)


@refusals
def split_part10(data: Buffer) -> Part10:
    """Split a file into meta information and data set, without a copy.

    Files without preamble, without group 0002 or without a Transfer Syntax UID occur; then the encoding of the first
    elements tells which uncompressed syntax this is. Refused when even that is uncertain.
    """
    view = view_of(data)
    start = 132 if bytes(view[128:132]) == b"DICM" else 0
    elements, end = _group_2(view, start)
    uids = {element.tag: _uid(view, element) for element in elements if element.vr == "UI"}
    dataset = view[end:]
    return Part10(
        transfer_syntax_uid=uids.get(_TRANSFER_SYNTAX_UID) or _guessed_syntax(dataset),
        sop_class_uid=uids.get(_MEDIA_STORAGE_SOP_CLASS_UID, ""),
        sop_instance_uid=uids.get(_MEDIA_STORAGE_SOP_INSTANCE_UID, ""),
        meta=view[:end],
        dataset=dataset,
    )


def build_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """Preamble, "DICM" and the least group 0002 that PS3.10 table 7.1-1 asks for."""
    group = b"".join(
        (
            encode_element(0x00020001, "OB", b"\0\1", EXPLICIT_LE),
            encode_text(_MEDIA_STORAGE_SOP_CLASS_UID, "UI", sop_class_uid, EXPLICIT_LE),
            encode_text(_MEDIA_STORAGE_SOP_INSTANCE_UID, "UI", sop_instance_uid, EXPLICIT_LE),
            encode_text(_TRANSFER_SYNTAX_UID, "UI", transfer_syntax_uid, EXPLICIT_LE),
            encode_text(0x00020012, "UI", IMPLEMENTATION_CLASS_UID, EXPLICIT_LE),
            encode_text(0x00020013, "SH", IMPLEMENTATION_VERSION_NAME, EXPLICIT_LE),
        )
    )
    length = encode_element(0x00020000, "UL", len(group).to_bytes(4, "little"), EXPLICIT_LE)
    return bytes(128) + b"DICM" + length + group


def _group_2(view: memoryview, start: int) -> tuple[list[Element], int]:
    """The elements of group 0002, whatever its group length says, and where they end."""
    elements: list[Element] = []
    at = start
    while bytes(view[at : at + 2]) == b"\x02\x00":
        leading = leading_elements(view, at, EXPLICIT_LE, 1)
        if not leading:
            refuse(HeaderReason.FILE_META_UNREADABLE, f"at {at}")
        elements.extend(leading)
        at = elements[-1].end
    return elements, at


def _uid(view: memoryview, element: Element) -> str:
    return bytes(view[element.value : element.value_end]).decode("ascii", "replace").strip(" \0")


def _guessed_syntax(dataset: memoryview) -> str:
    """The one uncompressed syntax in which the data set begins with plausible elements in ascending order."""
    candidates = {
        EXPLICIT_VR_LITTLE_ENDIAN: EXPLICIT_LE,
        IMPLICIT_VR_LITTLE_ENDIAN: IMPLICIT_LE,
        EXPLICIT_VR_BIG_ENDIAN: EXPLICIT_BE,
    }
    fitting = [uid for uid, encoding in candidates.items() if _begins_in(dataset, encoding)]
    if len(fitting) != 1:
        refuse(HeaderReason.NOT_A_DATA_SET)
    return fitting[0]


def _begins_in(dataset: memoryview, encoding: Encoding) -> bool:
    tags = [element.tag for element in leading_elements(dataset, 0, encoding, 3)]
    return bool(tags) and 0x0002 < tags[0] >> 16 <= 0x0010 and all(a < b for a, b in pairwise(tags))
