"""Records in the object itself what a correction replaced: one new item of Original Attributes Sequence.

Source: DICOM PS3.3 C.12.1 (SOP Common Module) and its Original Attributes Macro.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from remediate.header import tags
from remediate.header.encode import encode_element, encode_sequence, encode_text, padded, vr_of
from remediate.header.items import item_of, items_of
from remediate.header.layout import Layout

REASON = "CORRECT"
"""Reason for the Attribute Modification (0400,0565): values were wrong, not merely different elsewhere."""

_GO_WITH_PATIENT_ID = (tags.ISSUER_OF_PATIENT_ID, tags.ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE)
_PRIVATE_BLOCK = 0x1000  # private elements begin at (gggg,1000); below stand the creators


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who changes an object, when, and where its values came from."""

    modified_at: datetime  # aware; goes into (0400,0562) with its offset from UTC
    modifying_system: str  # (0400,0563), LO: ASCII, at most 64 characters
    source_of_previous_values: str = ""  # (0400,0564), LO; may be empty (type 2)
    suppress_values: bool = False  # list the changed attributes without their old values
    issuer_for_others: str = (
        ""  # for values of (0010,1000), which then move into (0010,1002), and for a moving Patient ID
    )

    def __post_init__(self) -> None:
        if self.modified_at.utcoffset() is None:
            raise ValueError("modified_at has no time zone")


def with_original_attributes(layout: Layout, planned: Mapping[int, bytes], provenance: Provenance) -> bytes:
    """The whole Original Attributes Sequence (0400,0561): existing items, then one for this change. Raises Refused."""
    encoding = layout.encoding
    modified = item_of(_previous(layout, planned, suppress=provenance.suppress_values), encoding)
    at = provenance.modified_at.strftime("%Y%m%d%H%M%S.%f%z")
    item = {
        tags.MODIFIED_ATTRIBUTES_SEQUENCE: encode_sequence(tags.MODIFIED_ATTRIBUTES_SEQUENCE, [modified.raw], encoding),
        tags.ATTRIBUTE_MODIFICATION_DATETIME: encode_text(tags.ATTRIBUTE_MODIFICATION_DATETIME, "DT", at, encoding),
        tags.MODIFYING_SYSTEM: encode_text(tags.MODIFYING_SYSTEM, "LO", provenance.modifying_system, encoding),
        tags.SOURCE_OF_PREVIOUS_VALUES: encode_text(
            tags.SOURCE_OF_PREVIOUS_VALUES, "LO", provenance.source_of_previous_values, encoding
        ),
        tags.REASON_FOR_THE_ATTRIBUTE_MODIFICATION: encode_text(
            tags.REASON_FOR_THE_ATTRIBUTE_MODIFICATION, "CS", REASON, encoding
        ),
    }
    sequence = tags.ORIGINAL_ATTRIBUTES_SEQUENCE
    items = [*items_of(layout, sequence), item_of(item, encoding)]
    return encode_sequence(sequence, [item.raw for item in items], encoding)


def _previous(layout: Layout, planned: Mapping[int, bytes], *, suppress: bool) -> dict[int, bytes]:
    """The old elements, sequences whole; zero length where there was none or values are suppressed."""
    previous = {tag: _listed(layout, tag, suppress=suppress) for tag in planned if not _is_creator(tag)}
    if tags.PATIENT_ID in planned:
        for tag in _GO_WITH_PATIENT_ID:
            if tag in layout.by_tag:
                previous.setdefault(tag, _listed(layout, tag, suppress=suppress))
    for tag in list(previous):
        if tags.is_private(tag):
            creator = tag & 0xFFFF0000 | tag >> 8 & 0xFF
            previous[creator] = planned.get(creator) or layout.raw(creator)
    return previous


def _is_creator(tag: int) -> bool:
    return tags.is_private(tag) and tag & 0xFFFF < _PRIVATE_BLOCK


def _listed(layout: Layout, tag: int, *, suppress: bool) -> bytes:
    element = layout.find(tag)
    if element is None or suppress:
        vr = "LO" if tags.is_private(tag) else vr_of(tag)
        return encode_element(tag, vr, b"", layout.encoding)
    length = element.value_end - element.value
    if element.has_undefined_length or element.vr == "SQ" or length % 2 == 0:
        return layout.raw(tag)
    vr = element.vr or vr_of(tag)
    return encode_element(tag, vr, padded(layout.value(tag), vr), layout.encoding)
