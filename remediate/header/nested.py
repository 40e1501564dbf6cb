"""Looks into the sequences of an object for identities and signatures; knows nothing of the top level's claims.

Sequences are only walked when a search over their bytes finds a tag that matters, so that the thousands of items of a
multi-frame object cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from remediate.header.identifiers import Identifier, identifier_in
from remediate.header.layout import Layout
from remediate.header.refusal import Refused
from remediate.header.scanner import Element, Item, items_in, may_hold_items
from remediate.header.syntax import Encoding
from remediate.header.tags import (
    DIGITAL_SIGNATURES_SEQUENCE,
    GROUP_OF_PATIENTS_IDENTIFICATION_SEQUENCE,
    ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE,
    MAC_PARAMETERS_SEQUENCE,
    ORIGINAL_ATTRIBUTES_SEQUENCE,
    OTHER_PATIENT_IDS_SEQUENCE,
    SOURCE_PATIENT_GROUP_IDENTIFICATION_SEQUENCE,
    SPECIFIC_CHARACTER_SET,
    tag_text,
)
from remediate.header.texts import decoded, terms_of

SIGNATURE_TAGS = frozenset({DIGITAL_SIGNATURES_SEQUENCE, MAC_PARAMETERS_SEQUENCE})

_NOT_THIS_PATIENT = frozenset(
    {
        ORIGINAL_ATTRIBUTES_SEQUENCE,  # what was true before, by definition
        SOURCE_PATIENT_GROUP_IDENTIFICATION_SEQUENCE,
        GROUP_OF_PATIENTS_IDENTIFICATION_SEQUENCE,
    }
)
_VRS_WITH_ITEMS = frozenset({"", "SQ", "UN"})
_READ_ELSEWHERE = frozenset({OTHER_PATIENT_IDS_SEQUENCE, ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE})
_SIGNATURE_BYTES = (
    re.compile(rb"\xfa\xff\xfa\xff"),
    re.compile(rb"\xfe\x4f\x01\x00"),
    re.compile(rb"\xff\xfa\xff\xfa"),
    re.compile(rb"\x4f\xfe\x00\x01"),
)
_IDENTITY_BYTES = (
    re.compile(rb"\x10\x00(?:[\x10\x20\x21\x30]\x00|[\x00\x02]\x10)"),
    re.compile(rb"\x00\x10(?:\x00[\x10\x20\x21\x30]|\x10[\x00\x02])"),
)
_OTHER_IDS_BYTES = (re.compile(rb"\x10\x00[\x00\x02]\x10"), re.compile(rb"\x00\x10\x10[\x00\x02]"))
"""The tags that matter as bytes, little endian first; each begins with a literal, for which `re` searches fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NestedItem:
    """One item anywhere inside a top-level sequence."""

    path: str  # e.g. "(0040,0275)[0]"
    view: memoryview = field(repr=False)
    elements: tuple[Element, ...]
    encoding: Encoding
    character_set: tuple[str, ...]  # the item's own, or that of what holds it (PS3.5 7.5.3)
    depth: int

    def value(self, tag: int) -> bytes:
        """The value field; b"" when the element is absent or empty. The first one counts where a tag is doubled."""
        found = next((element for element in self.elements if element.tag == tag), None)
        return b"" if found is None else bytes(self.view[found.value : found.value_end])

    def text(self, tag: int, *, is_name: bool = False) -> str:
        """The decoded value with padding stripped."""
        return decoded(self.value(tag), self.character_set, is_name=is_name)

    def identifier(self) -> Identifier:
        """The patient identifier in this item. Raises Refused."""
        return identifier_in(self.view, self.elements, self.encoding, self.character_set, self.depth)


def sequences_in(layout: Layout) -> list[Element]:
    """The top-level elements that may hold items; of those in this patient's name."""
    return [
        element
        for element in layout.elements
        if element.vr in _VRS_WITH_ITEMS
        and element.tag not in _NOT_THIS_PATIENT
        and may_hold_items(layout.view, element)
    ]


def has_signature(layout: Layout, sequences: Sequence[Element]) -> bool:
    """Whether a digital signature or its parameters stand at top level or in any item (PS3.3 C.12.1.1.3).

    The layout must reach to the end of the data set: (FFFA,FFFA) stands after the pixel data.
    """
    if SIGNATURE_TAGS & layout.by_tag.keys():
        return True
    return any(
        element.tag in SIGNATURE_TAGS
        for sequence in _holding(layout, sequences, _SIGNATURE_BYTES)
        for item in nested_items(layout, sequence)
        for element in item.elements
    )


def identity_items(layout: Layout, sequences: Sequence[Element]) -> Iterator[NestedItem]:
    """Every item of every sequence that may speak of this patient's identity. Raises Refused."""
    for sequence in _holding(layout, sequences, _IDENTITY_BYTES):
        if sequence.tag not in _READ_ELSEWHERE:
            yield from nested_items(layout, sequence)


def items_of_other_ids(layout: Layout) -> Iterator[NestedItem]:
    """Every item in Other Patient IDs Sequence where more than numbers with their issuers is packed. Raises Refused.

    Other Patient IDs, in its old or new form, has no place in there; systems that copy a whole patient put it there.
    """
    element = layout.find(OTHER_PATIENT_IDS_SEQUENCE)
    for found in _holding(layout, [element], _OTHER_IDS_BYTES) if element is not None else ():
        yield from nested_items(layout, found)


def nested_items(layout: Layout, sequence: Element) -> Iterator[NestedItem]:
    """The items of one top-level sequence and all items in them. Raises Refused."""
    return _walk(layout.view, sequence, layout.encoding, layout.character_set, tag_text(sequence.tag), 0)


def _holding(layout: Layout, sequences: Sequence[Element], wanted: Sequence[re.Pattern[bytes]]) -> Iterator[Element]:
    """The sequences in whose bytes a wanted tag occurs: little endian patterns stand first."""
    if not layout.encoding.big_endian:
        wanted = wanted[: len(wanted) // 2]
    for element in sequences:
        if any(pattern.search(layout.view, element.value, element.value_end) for pattern in wanted):
            yield element


def _walk(
    view: memoryview, sequence: Element, encoding: Encoding, character_set: tuple[str, ...], path: str, depth: int
) -> Iterator[NestedItem]:
    for index, item in enumerate(_items_or_leaf(view, sequence, encoding, depth)):
        contents, inner = item
        own = next((e for e in contents.elements if e.tag == SPECIFIC_CHARACTER_SET), None)
        charset = terms_of(bytes(view[own.value : own.value_end])) if own else character_set
        found = NestedItem(
            path=f"{path}[{index}]",
            view=view,
            elements=contents.elements,
            encoding=inner,
            character_set=charset,
            depth=depth + 1,
        )
        yield found
        for element in contents.elements:
            if element.tag not in _NOT_THIS_PATIENT and may_hold_items(view, element):
                yield from _walk(view, element, inner, charset, f"{found.path}.{tag_text(element.tag)}", depth + 1)


def _items_or_leaf(view: memoryview, element: Element, encoding: Encoding, depth: int) -> list[tuple[Item, Encoding]]:
    """Items of a sequence; none for a value that only happens to begin like one."""
    try:
        items, inner = items_in(view, element, encoding, depth)
    except Refused:
        if element.vr == "SQ" or element.has_undefined_length:
            raise
        return []
    return [(item, inner) for item in items]
