"""Whether what an archive handed back is what was sent: the same bytes, the same content, or different.

Some archives (those built on DCMTK, for instance) re-encode a data set when they hand it out. The same content means
that only the encoding of lengths differs: defined or undefined, group lengths, padding to even length, data set
trailing padding, sequences written as UN. All values are equal byte for byte. Never calls different content the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from remediate.header.buffers import Buffer, view_of
from remediate.header.deflate import inflated
from remediate.header.encode import vr_of
from remediate.header.pieces import Parts
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refused
from remediate.header.scanner import Element, items_in, may_hold_items, scan
from remediate.header.syntax import Encoding, Syntax, syntax_of
from remediate.header.tags import DATA_SET_TRAILING_PADDING, PIXEL_ELEMENTS, is_group_length, tag_text

_CHUNK = 1 << 20
_BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
"""Padded with zero only; texts with a space, and by some writers with zero."""


class Sameness(StrEnum):
    """How two data sets are the same."""

    SAME_BYTES = "same-bytes"
    SAME_CONTENT = "same-content"


SAME_BYTES = Sameness.SAME_BYTES
SAME_CONTENT = Sameness.SAME_CONTENT


@dataclass(frozen=True, slots=True)
class Different:
    """Not the same: the gravest reason, and the top-level tags that differ (none when it cannot be read)."""

    reason: HeaderReason
    tags: tuple[str, ...] = ()


Comparison: TypeAlias = Sameness | Different


class Placed(NamedTuple):
    """An element with the bytes and the encoding that it stands in."""

    view: memoryview
    element: Element
    encoding: Encoding

    @property
    def value(self) -> memoryview:
        return self.view[self.element.value : self.element.value_end]

    @property
    def raw(self) -> memoryview:
        return self.view[self.element.start : self.element.end]


def compare(
    expected: Parts | Buffer,
    actual: Buffer,
    transfer_syntax_uid_expected: str,
    transfer_syntax_uid_actual: str,
) -> Comparison:
    """Compare what was sent with what came back, as data sets without file meta information."""
    if transfer_syntax_uid_expected.rstrip(" \0") != transfer_syntax_uid_actual.rstrip(" \0"):
        return Different(HeaderReason.TRANSCODED)
    sent = expected.parts if isinstance(expected, Parts) else (expected,)
    if same_pieces(sent, (actual,)):
        return SAME_BYTES
    try:
        syntax = syntax_of(transfer_syntax_uid_expected)
        wanted: tuple[Buffer, ...] = sent
        if syntax.deflated:
            actual = inflated(view_of(actual), syntax.encoding)
            if isinstance(expected, Parts):
                wanted = expected.dataset
            else:
                wanted = (inflated(view_of(expected), syntax.encoding),)
            if same_pieces(wanted, (actual,)):
                return SAME_CONTENT
        return _compare_content(wanted, actual, syntax)
    except Refused as refused:
        return Different(refused.refusal.reason)


def same_pieces(one: Iterable[Buffer], other: Iterable[Buffer]) -> bool:
    """Whether two rows of pieces hold the same bytes, however they are cut; copies a little at a time."""
    ones, others = [view_of(piece) for piece in one], [view_of(piece) for piece in other]
    if sum(view.nbytes for view in ones) != sum(view.nbytes for view in others):
        return False
    return all(mine == theirs for mine, theirs in _aligned(ones, others))


def differing(one: Placed, other: Placed) -> HeaderReason | None:
    """Why two elements of one tag are not the same content; None when they are. Raises Refused."""
    if one.encoding is other.encoding and same_pieces((one.raw,), (other.raw,)):
        return None
    if one.element.tag in PIXEL_ELEMENTS:
        is_same = (
            one.element.vr == other.element.vr
            and one.element.has_undefined_length == other.element.has_undefined_length
            and same_pieces((one.value,), (other.value,))
        )
        return None if is_same else HeaderReason.PIXEL_DATA_DIFFERS
    if _is_sequence(one) and _is_sequence(other):
        return _differing_items(one, other)
    return _differing_leaf(one, other)


def _compare_content(expected: Iterable[Buffer], actual: Buffer, syntax: Syntax) -> Comparison:
    sent = [placed for piece in expected for placed in _placed(view_of(piece), syntax.encoding)]
    held = list(_placed(view_of(actual), syntax.encoding))
    differences = list(_differences(sent, held))
    if not differences:
        return SAME_CONTENT
    reasons = [reason for reason, _ in differences]
    pixel_data = HeaderReason.PIXEL_DATA_DIFFERS
    gravest = pixel_data if pixel_data in reasons else reasons[0]
    return Different(gravest, tuple(sorted({tag_text(tag) for _, tag in differences})))


def _placed(view: memoryview, encoding: Encoding) -> Iterator[Placed]:
    """The elements that are content: group lengths and trailing padding are not."""
    for element in scan(view, encoding, last_tag=None):
        if not is_group_length(element.tag) and element.tag != DATA_SET_TRAILING_PADDING:
            yield Placed(view, element, encoding)


def _differences(sent: list[Placed], held: list[Placed]) -> Iterator[tuple[HeaderReason, int]]:
    tags_sent = [placed.element.tag for placed in sent]
    tags_held = [placed.element.tag for placed in held]
    if tags_sent == tags_held:
        for one, other in zip(sent, held, strict=True):
            reason = differing(one, other)
            if reason is not None:
                yield reason, one.element.tag
        return
    missing, added = Counter(tags_sent) - Counter(tags_held), Counter(tags_held) - Counter(tags_sent)
    yield from ((HeaderReason.ELEMENT_MISSING, tag) for tag in missing)
    yield from ((HeaderReason.ELEMENT_ADDED, tag) for tag in added)
    if not missing and not added:
        moved = (tag for tag, other in zip(tags_sent, tags_held, strict=True) if tag != other)
        yield from ((HeaderReason.OUT_OF_ORDER, tag) for tag in moved)
        return
    others = {placed.element.tag: placed for placed in held}
    for one in sent:
        reason = differing(one, others[one.element.tag]) if one.element.tag in others else None
        if reason is not None:
            yield reason, one.element.tag


def _is_sequence(placed: Placed) -> bool:
    element = placed.element
    if element.vr == "" and vr_of(element.tag) not in ("SQ", "UN"):
        return False
    is_empty = element.value == element.value_end and element.vr in ("", "UN")
    return is_empty or may_hold_items(placed.view, element)


def _differing_items(one: Placed, other: Placed) -> HeaderReason | None:
    try:
        items, inner = items_in(one.view, one.element, one.encoding)
        others, other_inner = items_in(other.view, other.element, other.encoding)
    except Refused:
        return _differing_leaf(one, other)
    if len(items) != len(others):
        return HeaderReason.VALUE_DIFFERS
    for item, other_item in zip(items, others, strict=True):
        mine = [Placed(one.view, e, inner) for e in item.elements if not is_group_length(e.tag)]
        theirs = [Placed(other.view, e, other_inner) for e in other_item.elements if not is_group_length(e.tag)]
        if any(True for _ in _differences(mine, theirs)):
            return HeaderReason.VALUE_DIFFERS
    return None


def _differing_leaf(one: Placed, other: Placed) -> HeaderReason | None:
    """Leaves are equal in VR and in every byte, but for one pad byte that makes an odd length even (PS3.5 7.1.1)."""
    if one.encoding is other.encoding and one.element.vr != other.element.vr:
        return HeaderReason.VR_DIFFERS
    if one.encoding is not other.encoding and one.encoding.big_endian != other.encoding.big_endian:
        return HeaderReason.VR_DIFFERS
    if one.element.has_undefined_length != other.element.has_undefined_length:
        return HeaderReason.VALUE_DIFFERS
    if same_pieces((one.value,), (other.value,)):
        return None
    shorter, longer = sorted((one.value, other.value), key=len)
    pads = (b"\0",) if one.element.vr in _BINARY_VRS else (b" ", b"\0")
    is_padded = len(shorter) % 2 == 1 and len(longer) == len(shorter) + 1 and bytes(longer[-1:]) in pads
    return None if is_padded and same_pieces((shorter,), (longer[:-1],)) else HeaderReason.VALUE_DIFFERS


def _aligned(ones: list[memoryview], others: list[memoryview]) -> Iterator[tuple[bytes, bytes]]:
    """Equal lengths of both rows, as bytes: comparing memory views element by element is far slower."""
    here, there = [view for view in ones if view.nbytes], [view for view in others if view.nbytes]
    i = j = start = offset = 0
    while i < len(here) and j < len(there):
        size = min(len(here[i]) - start, len(there[j]) - offset, _CHUNK)
        yield bytes(here[i][start : start + size]), bytes(there[j][offset : offset + size])
        start, offset = start + size, offset + size
        if start == len(here[i]):
            i, start = i + 1, 0
        if offset == len(there[j]):
            j, offset = j + 1, 0
