"""Takes a correction back on an object that an archive may have re-encoded since; see `compare`."""

from __future__ import annotations

from remediate.header.buffers import Buffer
from remediate.header.changes import Correction, ElementChange
from remediate.header.compare import Placed, differing
from remediate.header.layout import Layout, header_layout_of
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refusals, refuse
from remediate.header.scanner import scan
from remediate.header.splice import changes_to, with_group_lengths
from remediate.header.tags import is_group_length, tag_text


@refusals
def reversal(correction: Correction, dataset: Buffer) -> Correction:
    """The correction that brings back the elements from before, expecting those after as they now stand in `dataset`.

    The corrected elements may have been re-encoded (lengths only), and group lengths dropped or recalculated.
    Refused when an element has another content than the correction gave it.
    """
    if correction.is_empty:
        return correction
    last_tag = max(change.tag for change in correction.changes)  # and the rest of its group, for the group length
    layout = header_layout_of(dataset, correction.transfer_syntax_uid, last_tag=last_tag | 0xFFFF)
    elements = [change for change in correction.changes if not is_group_length(change.tag)]
    for change in elements:
        if not _is_there(layout, change):
            refuse(HeaderReason.EXPECTATION, tag_text(change.tag))
    planned = with_group_lengths(layout, {change.tag: change.before for change in elements})
    for change in correction.changes:
        if is_group_length(change.tag) and layout.raw(change.tag) == change.after:
            planned[change.tag] = change.before
    return Correction(transfer_syntax_uid=correction.transfer_syntax_uid, changes=changes_to(layout, planned))


def _is_there(layout: Layout, change: ElementChange) -> bool:
    """Whether the element stands in the object as the correction left it, perhaps with other lengths."""
    held = layout.find(change.tag)
    if held is None or not change.after:
        return held is None and not change.after
    if layout.raw(change.tag) == change.after:
        return True
    view = memoryview(change.after)
    (made,) = scan(view, layout.encoding, last_tag=None)
    return differing(Placed(view, made, layout.encoding), Placed(layout.view, held, layout.encoding)) is None
