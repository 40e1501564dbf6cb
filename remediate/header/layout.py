"""A data set with its top-level elements found: the one value that reading, correcting and proving share.

Deflated data sets are inflated here; everything else is a view on the caller's bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import lt

from remediate.header.buffers import Buffer, view_of
from remediate.header.deflate import inflated, inflated_header
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.scanner import Element, Item, items_in, scan
from remediate.header.syntax import Encoding, Syntax, syntax_of
from remediate.header.tags import ORIGINAL_ATTRIBUTES_SEQUENCE, SPECIFIC_CHARACTER_SET, tag_text
from remediate.header.texts import decoded, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the top-level elements of one data set stand."""

    syntax: Syntax
    view: memoryview = field(repr=False)  # the data set, inflated
    elements: tuple[Element, ...]  # in the order in which they stand
    by_tag: dict[int, Element] = field(repr=False)  # the last one where a tag stands twice
    is_ascending: bool  # every tag is greater than the one before: no duplicates either
    character_set: tuple[str, ...] = field(repr=False)  # terms of (0008,0005)

    @property
    def encoding(self) -> Encoding:
        return self.syntax.encoding

    def find(self, tag: int) -> Element | None:
        """The one element with this tag. Raises Refused when it stands there twice."""
        element = self.by_tag.get(tag)
        if element is not None and not self.is_ascending and sum(other.tag == tag for other in self.elements) > 1:
            refuse(HeaderReason.DUPLICATE_ELEMENT, tag_text(tag))
        return element

    def raw(self, tag: int) -> bytes:
        """The whole encoded element; b"" when it is absent."""
        element = self.find(tag)
        return b"" if element is None else bytes(self.view[element.start : element.end])

    def value(self, tag: int) -> bytes:
        """The value field; b"" when the element is absent or empty."""
        element = self.find(tag)
        return b"" if element is None else bytes(self.view[element.value : element.value_end])

    def text(self, tag: int, *, is_name: bool = False) -> str:
        """The decoded value with padding stripped; "" when the element is absent or empty."""
        return decoded(self.value(tag), self.character_set, is_name=is_name)

    def items(self, tag: int) -> tuple[tuple[Item, ...], Encoding]:
        """The items of a top-level sequence and the encoding inside; none when it is absent."""
        element = self.find(tag)
        return ((), self.encoding) if element is None else items_in(self.view, element, self.encoding)

    def place_of(self, tag: int) -> int:
        """The index in `elements` where this tag stands or would be put.

        Raises Refused unless every element before has a lower tag and every one after a higher one: only then do
        insertion and removal lead back to the same bytes.
        """
        if self.is_ascending:
            return bisect_left(self.elements, tag, key=lambda element: element.tag)
        self.find(tag)
        index = sum(element.tag < tag for element in self.elements)
        rest = self.elements[index + (tag in self.by_tag) :]
        if any(element.tag >= tag for element in self.elements[:index]) or any(element.tag <= tag for element in rest):
            refuse(HeaderReason.OUT_OF_ORDER, tag_text(tag))
        return index

    def offset_of(self, tag: int) -> int:
        """The byte at which this tag stands or would be put. Raises Refused as `place_of`."""
        index = self.place_of(tag)
        if index < len(self.elements):
            return self.elements[index].start
        return self.elements[-1].end if self.elements else 0


def layout_of(
    dataset: Buffer, transfer_syntax_uid: str, *, last_tag: int | None = ORIGINAL_ATTRIBUTES_SEQUENCE
) -> Layout:
    """Find the top-level elements up to `last_tag`, or all of them when it is None. Raises Refused."""
    syntax = syntax_of(transfer_syntax_uid)
    view = view_of(dataset)
    return _found(inflated(view, syntax.encoding) if syntax.deflated else view, syntax, last_tag)


def header_layout_of(
    dataset: Buffer, transfer_syntax_uid: str, *, last_tag: int | None = ORIGINAL_ATTRIBUTES_SEQUENCE
) -> Layout:
    """The same for who reads values only: of a deflated data set the long ones, such as pixel data, may be empty in it.
    Raises Refused."""
    syntax = syntax_of(transfer_syntax_uid)
    view = view_of(dataset)
    return _found(inflated_header(view, syntax.encoding) if syntax.deflated else view, syntax, last_tag)


def _found(view: memoryview, syntax: Syntax, last_tag: int | None) -> Layout:
    layout = layout_in(view, syntax, last_tag=last_tag)
    if not layout.elements and last_tag is None:
        refuse(HeaderReason.NOT_A_DATA_SET)
    return layout


def layout_in(view: memoryview, syntax: Syntax, *, last_tag: int | None = ORIGINAL_ATTRIBUTES_SEQUENCE) -> Layout:
    """The same for bytes that are already inflated. Raises Refused."""
    elements = scan(view, syntax.encoding, last_tag=last_tag)
    tags = [element[0] for element in elements]
    by_tag = dict(zip(tags, elements, strict=True))
    charset = by_tag.get(SPECIFIC_CHARACTER_SET)
    return Layout(
        syntax=syntax,
        view=view,
        elements=elements,
        by_tag=by_tag,
        is_ascending=all(map(lt, tags, tags[1:])),
        character_set=terms_of(bytes(view[charset.value : charset.value_end]) if charset else b""),
    )
