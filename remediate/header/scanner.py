"""Finds where each element of a data set begins and ends, without decoding a value; changes nothing.

Source: DICOM PS3.5 section 7 (elements, sequences, items) and annex A.4 (fragments of encapsulated pixel data).

A value of defined length is stepped over whatever it holds, so that the cost depends on the number of elements and
not on their size. A value of undefined length has to be walked to find its end; encapsulated pixel data is a walk
over the headers of its fragments. Whatever does not fit exactly is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from pydicom.valuerep import VR

from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refused, refuse
from remediate.header.syntax import IMPLICIT_LE, Encoding
from remediate.header.tags import (
    ITEM,
    ITEM_DELIMITATION_ITEM,
    ORIGINAL_ATTRIBUTES_SEQUENCE,
    PIXEL_DATA,
    SEQUENCE_DELIMITATION_ITEM,
    tag_text,
)

UNDEFINED = 0xFFFFFFFF
MAX_DEPTH = 32
"""Deeper nesting than in any structured report, and far below Python's own limit."""

LONG_FORM = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
"""Value representations whose length takes four bytes (PS3.5 table 7.1-1)."""

_VRS = {vr.value.encode(): (vr.value, vr in LONG_FORM) for vr in VR if len(vr) == 2}
_NOT_IN_A_DATA_SET = (0x0000, 0x0002, 0x0004, 0x0006)  # commands, file meta information, directories
_HIGHEST_TAG = 0xFFFFFFFF
_LOWEST_PLAIN_TAG, _HIGHEST_PLAIN_TAG = 0x00080000, 0xFFFDFFFF  # below: no data set; above: items and delimiters
_ZERO_CHUNK = 1 << 16
_new = tuple.__new__  # a NamedTuple without the cost of its keyword arguments


class Element(NamedTuple):
    """Where one element stands: offsets into the buffer that was scanned."""

    tag: int
    vr: str  # as written; "" in implicit VR
    start: int  # of the tag
    value: int  # first byte of the value field
    value_end: int  # first byte after the value, before a sequence delimiter
    end: int  # first byte after the element

    @property
    def has_undefined_length(self) -> bool:
        """Whether a sequence delimiter closes the value."""
        return self.end != self.value_end


class Head(NamedTuple):
    """What stands before the value of an element."""

    tag: int
    vr: str  # as written; "" in implicit VR
    length: int  # of the value; `UNDEFINED` when a delimiter closes it
    size: int  # in bytes, of the head itself


class Item(NamedTuple):
    """Where one item of a sequence stands, and the elements in it."""

    start: int
    end: int
    elements: tuple[Element, ...]


def scan(
    view: memoryview, encoding: Encoding, *, last_tag: int | None = ORIGINAL_ATTRIBUTES_SEQUENCE
) -> tuple[Element, ...]:
    """The top-level elements up to and including `last_tag`; all of them when it is None.

    Zero bytes after the last element are padding and allowed. Raises Refused.
    """
    elements: list[Element] = []
    at, end = 0, len(view)
    limit = _HIGHEST_TAG if last_tag is None else last_tag
    while (at := _plain_run(view, at, end, encoding, limit, elements)) < end:
        if end - at < 8 or bytes(view[at : at + 4]) == bytes(4):
            _check_padding(view, at, has_elements=bool(elements))
            break
        group, number, _ = encoding.tag_and_length.unpack_from(view, at)
        if group << 16 | number > limit:
            break
        element = _element_at(view, at, end, encoding, 0)
        if element.tag >> 16 in _NOT_IN_A_DATA_SET:
            _refuse_low_group(element)
        elements.append(element)
        at = element.end
    return tuple(elements)


def elements_in(view: memoryview, start: int, end: int, encoding: Encoding, depth: int = 0) -> tuple[Element, ...]:
    """The elements that fill the bytes from `start` to `end` exactly. Raises Refused."""
    elements: list[Element] = []
    while (start := _plain_run(view, start, end, encoding, _HIGHEST_TAG, elements)) < end:
        element = _element_at(view, start, end, encoding, depth)
        elements.append(element)
        start = element.end
    return tuple(elements)


def leading_elements(view: memoryview, start: int, encoding: Encoding, count: int) -> tuple[Element, ...]:
    """At most `count` elements from `start`, fewer where the bytes stop making sense: to find out an encoding."""
    elements: list[Element] = []
    with suppress(Refused):
        while len(elements) < count and start < len(view):
            elements.append(_element_at(view, start, len(view), encoding, 0))
            start = elements[-1].end
    return tuple(elements)


def head_at(data: bytes, encoding: Encoding) -> Head | None:
    """The tag, VR and length that stand at the start of `data`, of which 12 bytes are enough; None when none can be."""
    if len(data) < 8:
        return None
    if encoding.implicit:
        group, number, length = encoding.tag_and_length.unpack_from(data)
        return Head(group << 16 | number, "", length, 8)
    group, number, written, length = encoding.tag_vr_length.unpack_from(data)
    vr, is_long = _VRS.get(written, ("", False))
    if not vr or (is_long and len(data) < 12):
        return None
    return Head(group << 16 | number, vr, *((encoding.length.unpack_from(data, 8)[0], 12) if is_long else (length, 8)))


def end_of_element(view: memoryview, encoding: Encoding) -> int:
    """Where the element ends that stands at the start of `view`. Raises Refused, also when it does not end in it."""
    return _element_at(view, 0, len(view), encoding, 0).end


def items_in(
    view: memoryview, element: Element, encoding: Encoding, depth: int = 0
) -> tuple[tuple[Item, ...], Encoding]:
    """The items of a sequence element, and the encoding of what is in them. Raises Refused.

    A sequence of VR UN is implicit little endian inside (PS3.5 6.2.2 note 2); some writers left it in the data
    set's own encoding, which is tried when the first does not fit.
    """
    if element.vr != "UN":
        return tuple(_items(view, element.value, element.value_end, encoding, depth)), encoding
    try:
        return tuple(_items(view, element.value, element.value_end, IMPLICIT_LE, depth)), IMPLICIT_LE
    except Refused:
        return tuple(_items(view, element.value, element.value_end, encoding, depth)), encoding


def _plain_run(view: memoryview, at: int, end: int, encoding: Encoding, limit: int, elements: list[Element]) -> int:
    """Step over elements of defined length for as long as nothing about them is special; where it stopped.

    This is `_element_at` without its refusals, kept in one loop because nearly all of the time goes here.
    """
    implicit, long_length = encoding.implicit, encoding.length.unpack_from
    unpack = encoding.tag_and_length.unpack_from if implicit else encoding.tag_vr_length.unpack_from
    append = elements.append
    vr, is_long, last, ceiling = "", False, end - 12, min(limit, _HIGHEST_PLAIN_TAG)
    while at <= last:
        value = at + 8
        if implicit:
            group, number, length = unpack(view, at)
        else:
            group, number, written, length = unpack(view, at)
            known = _VRS.get(written)
            if known is None:
                break
            vr, is_long = known
            if is_long:
                (length,) = long_length(view, value)
                value = at + 12
        tag, value_end = group << 16 | number, value + length
        if value_end > end or not _LOWEST_PLAIN_TAG <= tag <= ceiling:
            break
        append(_new(Element, (tag, vr, at, value, value_end, value_end)))
        at = value_end
    return at


def _refuse_low_group(element: Element) -> None:
    if element.tag >> 16 == 0x0004:
        refuse(HeaderReason.MEDIA_DIRECTORY, tag_text(element.tag))
    refuse(HeaderReason.NOT_A_DATA_SET, f"{tag_text(element.tag)} at {element.start}")


def _check_padding(view: memoryview, at: int, *, has_elements: bool) -> None:
    """Only zero bytes may follow the last element."""
    reason = HeaderReason.TRAILING_BYTES if has_elements else HeaderReason.NOT_A_DATA_SET
    for start in range(at, len(view), _ZERO_CHUNK):
        chunk = bytes(view[start : start + _ZERO_CHUNK])
        if chunk.count(0) != len(chunk):
            refuse(reason, f"at {at}")


def _element_at(view: memoryview, at: int, end: int, encoding: Encoding, depth: int) -> Element:
    """The element whose tag stands at `at`, which must end by `end`."""
    if end - at < 8:
        refuse(HeaderReason.CUT_OFF, f"at {at}")
    if encoding.implicit:
        group, number, length = encoding.tag_and_length.unpack_from(view, at)
        vr, value = "", at + 8
    else:
        group, number, written, length = encoding.tag_vr_length.unpack_from(view, at)
        vr, is_long = _VRS.get(written, ("", False))
        value = at + 8
        if is_long:
            if end - at < 12:
                refuse(HeaderReason.CUT_OFF, f"at {at}")
            (length,) = encoding.length.unpack_from(view, value)
            value = at + 12
    tag: int = group << 16 | number
    if group == 0xFFFE:
        refuse(HeaderReason.STRUCTURE_BROKEN, f"{tag_text(tag)} at {at}")
    if not vr and not encoding.implicit:
        refuse(HeaderReason.VR_UNKNOWN, f"{tag_text(tag)} at {at}")
    if length == UNDEFINED:
        value_end = _end_of_undefined(view, tag, vr, value, end, encoding, depth)
        return Element(tag, vr, at, value, value_end, value_end + 8)
    value_end = value + length
    if value_end > end:
        refuse(HeaderReason.CUT_OFF, f"{tag_text(tag)} at {at}")
    return Element(tag, vr, at, value, value_end, value_end)


def _end_of_undefined(view: memoryview, tag: int, vr: str, at: int, end: int, encoding: Encoding, depth: int) -> int:
    """The offset of the sequence delimiter that closes a value of undefined length."""
    if tag == PIXEL_DATA or vr in ("OB", "OW"):
        return _end_of_fragments(view, at, end, encoding)
    if vr == "UN":
        try:
            return _end_of_sequence(view, at, end, IMPLICIT_LE, depth)
        except Refused:
            return _end_of_sequence(view, at, end, encoding, depth)
    if vr in ("", "SQ"):
        return _end_of_sequence(view, at, end, encoding, depth)
    return refuse(HeaderReason.STRUCTURE_BROKEN, f"{tag_text(tag)} at {at}")


def _marker_at(view: memoryview, at: int, end: int, encoding: Encoding) -> tuple[int, int]:
    """Tag and length of an item or delimiter; these have no VR in any encoding (PS3.5 7.5)."""
    if end - at < 8:
        refuse(HeaderReason.CUT_OFF, f"at {at}")
    group, number, length = encoding.tag_and_length.unpack_from(view, at)
    tag = group << 16 | number
    if tag in (SEQUENCE_DELIMITATION_ITEM, ITEM_DELIMITATION_ITEM) and length:
        refuse(HeaderReason.STRUCTURE_BROKEN, f"{tag_text(tag)} at {at}")
    return tag, length


def _end_of_fragments(view: memoryview, at: int, end: int, encoding: Encoding) -> int:
    unpack, last = encoding.tag_and_length.unpack_from, end - 8
    while at <= last:
        group, number, length = unpack(view, at)
        if group != 0xFFFE:
            break
        if number == 0xE000 and length != UNDEFINED:
            at += 8 + length
        elif number == 0xE0DD and not length:
            return at
        else:
            break
    return refuse(HeaderReason.CUT_OFF if at > last else HeaderReason.STRUCTURE_BROKEN, f"fragment at {at}")


def _end_of_sequence(view: memoryview, at: int, end: int, encoding: Encoding, depth: int) -> int:
    if depth >= MAX_DEPTH:
        refuse(HeaderReason.NESTED_TOO_DEEP, f"at {at}")
    while True:
        tag, length = _marker_at(view, at, end, encoding)
        if tag == SEQUENCE_DELIMITATION_ITEM:
            return at
        if tag != ITEM:
            refuse(HeaderReason.STRUCTURE_BROKEN, f"{tag_text(tag)} at {at}")
        at = _end_of_item(view, at + 8, length, end, encoding, depth + 1)


def _end_of_item(view: memoryview, at: int, length: int, end: int, encoding: Encoding, depth: int) -> int:
    """The first byte after an item whose content begins at `at`."""
    if length != UNDEFINED:
        if at + length > end:
            refuse(HeaderReason.CUT_OFF, f"item at {at - 8}")
        return at + length
    passed: list[Element] = []
    while True:
        at = _plain_run(view, at, end, encoding, _HIGHEST_TAG, passed)
        if _is_marker(view, at, encoding) and _marker_at(view, at, end, encoding)[0] == ITEM_DELIMITATION_ITEM:
            return at + 8
        at = _element_at(view, at, end, encoding, depth).end


def _is_marker(view: memoryview, at: int, encoding: Encoding) -> bool:
    return bytes(view[at : at + 2]) == (b"\xff\xfe" if encoding.big_endian else b"\xfe\xff")


def _items(view: memoryview, at: int, end: int, encoding: Encoding, depth: int) -> Iterator[Item]:
    if depth >= MAX_DEPTH:
        refuse(HeaderReason.NESTED_TOO_DEEP, f"at {at}")
    while at < end:
        tag, length = _marker_at(view, at, end, encoding)
        if tag != ITEM:
            refuse(HeaderReason.STRUCTURE_BROKEN, f"{tag_text(tag)} at {at}")
        item_end = _end_of_item(view, at + 8, length, end, encoding, depth + 1)
        content_end = item_end - 8 if length == UNDEFINED else item_end
        yield Item(at, item_end, elements_in(view, at + 8, content_end, encoding, depth + 1))
        at = item_end


def may_hold_items(view: memoryview, element: Element) -> bool:
    """Whether a value is a sequence by its VR, or begins as one where the VR does not tell."""
    vr = element.vr
    if vr and vr != "UN":
        return vr == "SQ"
    return bytes(view[element.value : element.value + 4]) in (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
