"""Which elements differ between two data sets, as a correction; the inverse view of `apply`. Judges nothing."""

from __future__ import annotations

from remediate.header.buffers import Buffer
from remediate.header.changes import Correction, ElementChange
from remediate.header.compare import same_pieces
from remediate.header.layout import Layout, layout_of
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refusals, refuse


@refusals
def diff(before: Buffer, after: Buffer, transfer_syntax_uid: str) -> Correction:
    """The correction that makes `after` out of `before`. Copies only what differs.

    Refused when either cannot be read exactly, or when the difference is not one of whole elements in their order.
    """
    old = layout_of(before, transfer_syntax_uid, last_tag=None)
    new = layout_of(after, transfer_syntax_uid, last_tag=None)
    changes = []
    for tag in sorted(old.by_tag.keys() | new.by_tag.keys()):
        if not same_pieces(_elements(old, tag), _elements(new, tag)):
            old.place_of(tag)
            new.place_of(tag)
            changes.append(ElementChange(tag=tag, before=old.raw(tag), after=new.raw(tag)))
    changed = {change.tag for change in changes}
    if [e.tag for e in old.elements if e.tag not in changed] != [e.tag for e in new.elements if e.tag not in changed]:
        refuse(HeaderReason.OUT_OF_ORDER)
    if not same_pieces((old.view[_end(old) :],), (new.view[_end(new) :],)):
        refuse(HeaderReason.TRAILING_BYTES)
    return Correction(transfer_syntax_uid=transfer_syntax_uid, changes=tuple(changes))


def _elements(layout: Layout, tag: int) -> list[memoryview]:
    """Every element with this tag: doubled ones are no matter as long as they are the same on both sides."""
    if tag not in layout.by_tag:
        return []
    found = [layout.by_tag[tag]] if layout.is_ascending else [e for e in layout.elements if e.tag == tag]
    return [layout.view[element.start : element.end] for element in found]


def _end(layout: Layout) -> int:
    return layout.elements[-1].end
