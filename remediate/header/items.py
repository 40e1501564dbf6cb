"""Items of a sequence as bytes that can be kept, altered or dropped, in the object's own encoding."""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.header.encode import encode_element, encode_item, encode_sequence, vr_of
from remediate.header.identifiers import Identifier, identifier_in, unique
from remediate.header.layout import Layout
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.scanner import Element, Item, elements_in, items_in, may_hold_items
from remediate.header.syntax import Encoding
from remediate.header.tags import tag_text


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedItem:
    """One item, whole."""

    raw: bytes = field(repr=False)  # with its item tag and delimiter
    encoding: Encoding

    @property
    def view(self) -> memoryview:
        return memoryview(self.raw)

    def elements(self) -> dict[int, bytes]:
        """The encoded elements inside by tag. Raises Refused when a tag stands there twice."""
        return {element.tag: self.raw[element.start : element.end] for element in self._found().values()}

    def identifier(self, character_set: tuple[str, ...]) -> Identifier:
        """The patient identifier in this item. Raises Refused."""
        return identifier_in(self.view, tuple(self._found().values()), self.encoding, character_set)

    def inner_items(self, tag: int) -> list[EncodedItem]:
        """The items of a sequence in this item. Raises Refused."""
        element = self._found().get(tag)
        return [] if element is None else _encoded_items(self.view, element, self.encoding)

    def _found(self) -> dict[int, Element]:
        length = self.encoding.tag_and_length.unpack_from(self.raw)[2]
        end = len(self.raw) if length == len(self.raw) - 8 else len(self.raw) - 8
        return unique(elements_in(self.view, 8, end, self.encoding))


def items_of(layout: Layout, tag: int) -> list[EncodedItem]:
    """The items of a top-level sequence, those of an unknown VR turned into the object's encoding. Raises Refused."""
    element = layout.find(tag)
    return [] if element is None else _encoded_items(layout.view, element, layout.encoding)


def item_of(elements: dict[int, bytes], encoding: Encoding) -> EncodedItem:
    """A new item from encoded elements, in ascending order of tag."""
    content = b"".join(elements[tag] for tag in sorted(elements))
    return EncodedItem(raw=encode_item(content, encoding), encoding=encoding)


def sequence_of(tag: int, items: list[EncodedItem], encoding: Encoding) -> bytes:
    """A whole sequence element of defined length; b"" (no element) for no items."""
    return encode_sequence(tag, (item.raw for item in items), encoding) if items else b""


def _encoded_items(view: memoryview, element: Element, encoding: Encoding) -> list[EncodedItem]:
    if element.vr not in ("", "SQ", "UN"):
        refuse(HeaderReason.VR_DIFFERS, tag_text(element.tag))
    items, inner = items_in(view, element, encoding)
    if inner is encoding:
        return [EncodedItem(raw=bytes(view[item.start : item.end]), encoding=encoding) for item in items]
    if encoding.big_endian:
        refuse(HeaderReason.UN_IN_BIG_ENDIAN, tag_text(element.tag))
    return [EncodedItem(raw=_explicit_item(view, item, inner, encoding), encoding=encoding) for item in items]


def _explicit_item(view: memoryview, item: Item, inner: Encoding, encoding: Encoding) -> bytes:
    return encode_item(b"".join(_explicit(view, e, inner, encoding) for e in item.elements), encoding)


def _explicit(view: memoryview, element: Element, inner: Encoding, encoding: Encoding) -> bytes:
    """An implicit little endian element with its VR written out, the value's bytes as they are."""
    vr = vr_of(element.tag)
    if vr == "SQ" or (vr == "UN" and may_hold_items(view, element)):
        items, _ = items_in(view, element, inner)
        return encode_sequence(element.tag, (_explicit_item(view, item, inner, encoding) for item in items), encoding)
    value = bytes(view[element.value : element.value_end])
    return encode_element(element.tag, vr if len(value) <= 0xFFFF else "UN", value, encoding)
