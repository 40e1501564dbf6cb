"""Takes the long values out of a data set that is too long for memory, so that the rest can be read as any other.

A condensed data set has the same elements in the same order; long values of leaf elements, which are pixel data as a
rule, are empty in it, and `Gap` tells where they stand. Everything that identity and correction look at is in full.
Of what it cannot step over it leaves the beginning in, for the scanner to refuse; it refuses nothing itself but a
header beyond the ceilings that the caller sets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refused, refuse
from remediate.header.scanner import UNDEFINED, Head, end_of_element, head_at
from remediate.header.syntax import Encoding
from remediate.header.tags import ITEM, PIXEL_DATA, SEQUENCE_DELIMITATION_ITEM

ReadBytes = Callable[[int, int], bytes]
"""The bytes from one offset to another; fewer at the end of the data set."""

LONGEST_VALUE = 1 << 20
"""Bytes of a value that stays in."""
_WINDOW = 1 << 16
_HEAD = 12
_BYTES = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
_PATIENT_GROUP = 0x0010


class Gap(NamedTuple):
    """One element whose value was left out."""

    condensed_start: int  # the element in the condensed data set
    condensed_end: int
    start: int  # the element in the data set
    value: int  # first byte of its value
    value_end: int
    end: int


class Condensed(NamedTuple):
    """The data set without its long values."""

    header: bytes
    gaps: tuple[Gap, ...]


def condense(
    read: ReadBytes,
    nbytes: int,
    encoding: Encoding,
    *,
    most_bytes: int | None = None,
    most_elements: int | None = None,
) -> Condensed:
    """Walk over the top-level elements, reading little more than what stays in, and going back no further than the
    start of a value that stays in. Raises Refused when more stays in than `most_bytes`, or for more elements than
    `most_elements`."""
    made, gaps, at, count = bytearray(), [], 0, 0
    while at < nbytes:
        start = read(at, at + _HEAD + 4)
        head = head_at(start[:_HEAD], encoding)
        if head is None:
            break
        end = _end_of(read, nbytes, at, head, encoding)
        if end is None:
            break
        count += 1
        if most_elements is not None and count > most_elements:
            refuse(HeaderReason.HEADER_TOO_LONG)
        if end - at - head.size > LONGEST_VALUE and _is_leaf(start, head):
            element = _emptied(start, head, encoding)
            delimiter = 8 if head.length == UNDEFINED else 0
            gaps.append(Gap(len(made), len(made) + len(element), at, at + head.size, end - delimiter, end))
            made += element
        else:
            if most_bytes is not None and len(made) + end - at > most_bytes:
                refuse(HeaderReason.HEADER_TOO_LONG)
            made += read(at, end)
        at = end
    made += read(at, min(nbytes, at + _WINDOW))
    return Condensed(bytes(made), tuple(gaps))


def _is_leaf(start: bytes, head: Head) -> bool:
    """Whether nobody looks into the value: bytes, or what has no VR and holds no items. Texts stay in, however long."""
    if head.tag == PIXEL_DATA or head.vr in _BYTES:
        return True
    if head.vr not in ("", "UN") or head.length == UNDEFINED or head.tag >> 16 == _PATIENT_GROUP:
        return False
    return start[head.size : head.size + 4] not in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")


def _emptied(start: bytes, head: Head, encoding: Encoding) -> bytes:
    """The element without a value: of length zero, or with a delimiter right behind it."""
    if head.length == UNDEFINED:
        group, number = SEQUENCE_DELIMITATION_ITEM >> 16, SEQUENCE_DELIMITATION_ITEM & 0xFFFF
        return start[: head.size] + encoding.tag_and_length.pack(group, number, 0)
    return start[: head.size - 4] + bytes(4)


def _end_of(read: ReadBytes, nbytes: int, at: int, head: Head, encoding: Encoding) -> int | None:
    """The first byte after the element; None when it cannot be told."""
    value = at + head.size
    if head.length != UNDEFINED:
        end = value + head.length
        return end if end <= nbytes else None
    if head.tag == PIXEL_DATA or head.vr in ("OB", "OW"):
        return _end_of_fragments(read, nbytes, value, encoding)
    window = _WINDOW
    while True:
        data = read(at, min(at + window, nbytes))
        try:
            return at + end_of_element(memoryview(data), encoding)
        except Refused:
            if at + window >= nbytes:
                return None
            window *= 4


def _end_of_fragments(read: ReadBytes, nbytes: int, at: int, encoding: Encoding) -> int | None:
    while at + 8 <= nbytes:
        group, number, length = encoding.tag_and_length.unpack(read(at, at + 8))
        tag = group << 16 | number
        if tag == SEQUENCE_DELIMITATION_ITEM and not length:
            return at + 8
        if tag != ITEM or length == UNDEFINED:
            return None
        at += 8 + length
    return None
