"""Puts changed elements between views on the bytes that stay; decides nothing about what changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from remediate.header.buffers import Buffer, view_of
from remediate.header.changes import Correction, ElementChange
from remediate.header.deflate import deflated, inflated
from remediate.header.encode import encode_element
from remediate.header.layout import Layout, layout_of
from remediate.header.pieces import Parts
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal, refusals, refuse
from remediate.header.syntax import syntax_of
from remediate.header.tags import tag_text


@refusals
def apply(correction: Correction, dataset: Buffer) -> Parts:
    """The corrected data set. Applying twice equals applying once; an empty correction returns what came in.

    Refused when the object does not hold what the correction expects. Reads no further than the last changed
    element. A deflated data set is inflated, spliced and deflated again: its compressed bytes differ more than the
    planned elements do, the data set inside does not.
    """
    if correction.is_empty:
        return _unchanged(dataset, correction.transfer_syntax_uid)
    last_tag = max(change.tag for change in correction.changes)
    layout = layout_of(dataset, correction.transfer_syntax_uid, last_tag=last_tag)
    if not cuts_of(correction, layout):
        return _unchanged(dataset, correction.transfer_syntax_uid)
    pieces = spliced(layout, correction.changes)
    if layout.syntax.deflated:
        return Parts(parts=(deflated(pieces),), inflated=pieces)
    return Parts(parts=pieces)


class Cut(NamedTuple):
    """So many bytes at an offset make way for others."""

    offset: int
    length: int
    after: bytes


def cuts_of(correction: Correction, layout: Layout) -> tuple[Cut, ...]:
    """Where the data set is cut, in order; nowhere when it holds the changes already.

    Raises Refused when it holds neither what the correction expects nor what it makes of it.
    """
    present = {change.tag: layout.raw(change.tag) for change in correction.changes}
    if all(present[change.tag] == change.after for change in correction.changes):
        return ()
    for change in correction.changes:
        if present[change.tag] != change.before:
            refuse(HeaderReason.EXPECTATION, tag_text(change.tag))
    changes = sorted(correction.changes, key=lambda change: change.tag)
    return tuple(Cut(layout.offset_of(change.tag), len(change.before), change.after) for change in changes)


def undo(correction: Correction, dataset: Buffer) -> Parts | Refusal:
    """What was there before the correction, byte for byte (of a deflated data set: its inflated bytes).

    Refused when the object does not hold what the correction made of it.
    """
    return apply(correction.inverse(), dataset)


def spliced(layout: Layout, changes: Iterable[ElementChange]) -> tuple[memoryview | bytes, ...]:
    """The pieces of the changed data set, each a whole number of elements. Raises Refused where order is uncertain."""
    pieces: list[memoryview | bytes] = []
    cursor = 0
    for change in sorted(changes, key=lambda change: change.tag):
        offset = layout.offset_of(change.tag)
        pieces += [layout.view[cursor:offset], change.after]
        cursor = offset + len(change.before)
    pieces.append(layout.view[cursor:])
    return tuple(piece for piece in pieces if len(piece))


def with_group_lengths(layout: Layout, planned: Mapping[int, bytes]) -> dict[int, bytes]:
    """The planned elements, and the group lengths (gggg,0000) that the object has, recalculated. Raises Refused."""
    result = dict(planned)
    for tag in {tag & 0xFFFF0000 for tag in planned} & layout.by_tag.keys():
        sizes = {e.tag: e.end - e.start for e in layout.elements if e.tag & 0xFFFF0000 == tag and e.tag != tag}
        sizes |= {other: len(element) for other, element in planned.items() if other & 0xFFFF0000 == tag}
        length = layout.find(tag)
        if length is None or length.value_end - length.value != 4:
            refuse(HeaderReason.STRUCTURE_BROKEN, tag_text(tag))
        total = sum(sizes.values())
        value = layout.encoding.length.pack(total)
        result[tag] = encode_element(tag, length.vr or "UL", value, layout.encoding) if total else b""
    return result


def changes_to(layout: Layout, planned: Mapping[int, bytes]) -> tuple[ElementChange, ...]:
    """Planned elements with what stands there now, in order, leaving out what would not change.

    Raises Refused where elements are out of order around one of them.
    """
    for tag in planned:
        layout.place_of(tag)
    changes = (ElementChange(tag=tag, before=layout.raw(tag), after=planned[tag]) for tag in sorted(planned))
    return tuple(change for change in changes if change.before != change.after)


def _unchanged(dataset: Buffer, transfer_syntax_uid: str) -> Parts:
    view, syntax = view_of(dataset), syntax_of(transfer_syntax_uid)
    return Parts(parts=(view,), inflated=(inflated(view, syntax.encoding),) if syntax.deflated else None)
