"""A DICOM object as the bytes of its data set, and as a Part 10 file; never decodes the data set."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

_PREAMBLE = bytes(128) + b"DICM"
_IMPLEMENTATION_CLASS_UID = "1.2.826.0.1.3680043.8.498.1.1"
_LONG_LENGTH_VRS = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UN", b"UR", b"UT"})
_UID = re.compile(r"[0-9.]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomObject:
    """One SOP Instance: what its C-STORE names, and the data set exactly as it goes over the wire."""

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    dataset_bytes: bytes = field(repr=False)  # encoded in transfer_syntax_uid (deflated when that says so)


def is_uid(text: str) -> bool:
    """Whether `text` can be a UID; also keeps separators and `..` names out of paths made from UIDs."""
    return _UID.fullmatch(text) is not None and not text.startswith(".")


def to_part10(item: DicomObject) -> bytes:
    """Preamble, File Meta Information and the unchanged data set (PS3.10 section 7.1)."""
    elements = b"".join(
        (
            _element(0x0001, b"OB", b"\x00\x01"),
            _element(0x0002, b"UI", item.sop_class_uid.encode()),
            _element(0x0003, b"UI", item.sop_instance_uid.encode()),
            _element(0x0010, b"UI", item.transfer_syntax_uid.encode()),
            _element(0x0012, b"UI", _IMPLEMENTATION_CLASS_UID.encode()),
        )
    )
    return b"".join(
        (_PREAMBLE, _element(0x0000, b"UL", struct.pack("<L", len(elements))), elements, item.dataset_bytes)
    )


def from_part10(content: bytes) -> DicomObject:
    """The object in a Part 10 file. `ValueError` when the file is none."""
    if content[:132][-4:] != b"DICM":
        raise ValueError("not a Part 10 file")
    meta: dict[int, bytes] = {}
    position = 132
    while content[position : position + 2] == b"\x02\x00":
        number, vr = struct.unpack_from("<H2s", content, position + 2)
        if vr in _LONG_LENGTH_VRS:
            (length,) = struct.unpack_from("<L", content, position + 8)
            start = position + 12
        else:
            (length,) = struct.unpack_from("<H", content, position + 6)
            start = position + 8
        meta[number] = content[start : start + length]
        position = start + length
    if not {0x0002, 0x0003, 0x0010} <= meta.keys():
        raise ValueError("File Meta Information is incomplete")
    return DicomObject(
        sop_class_uid=_uid(meta[0x0002]),
        sop_instance_uid=_uid(meta[0x0003]),
        transfer_syntax_uid=_uid(meta[0x0010]),
        dataset_bytes=content[position:],
    )


def _element(number: int, vr: bytes, value: bytes) -> bytes:
    """One element of group 0002, explicit VR little endian, padded to even length."""
    value += b"\0" * (len(value) % 2)
    if vr in _LONG_LENGTH_VRS:
        return struct.pack("<HH2sHL", 0x0002, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", 0x0002, number, vr, len(value)) + value


def _uid(value: bytes) -> str:
    return value.rstrip(b"\0 ").decode("ascii")
