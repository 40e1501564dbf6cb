"""What else stands in an object that bears on correcting it: signatures, documents, texts with numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from remediate.header.layout import Layout
from remediate.header.nested import has_signature, nested_items
from remediate.header.scanner import Element
from remediate.header.tags import CONTENT_SEQUENCE, ENCAPSULATED_DOCUMENT, TEXT_VALUE, is_private
from remediate.identity.bsn import problem_of
from remediate.identity.evidence import Flag

NUMBER_IN_TEXT = re.compile(r"(?<![\d.])\d{9}(?!\d|\.\d)", re.ASCII)
"""Nine digits that stand alone: not part of a longer number, nor a component of a UID."""

_NUMBER_IN_BYTES = re.compile(NUMBER_IN_TEXT.pattern.encode())
_UNTYPED_VRS = frozenset({"", "UN", "SQ"})
_DIGITS = 9
_TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UT", "UC", "PN"})
_LONGEST_UNTYPED_TEXT = 10240
"""Values without a VR are read as text up to the length of an LT; longer ones are a manufacturer's own data."""


def flags_of(layout: Layout, sequences: Sequence[Element]) -> frozenset[Flag]:
    """Flags of a layout that reaches to the end of the data set, given the elements in it that may hold items.

    Raises Refused.
    """
    flags = set()
    if has_signature(layout, sequences):
        flags.add(Flag.SIGNED)
    if ENCAPSULATED_DOCUMENT in layout.by_tag:
        flags.add(Flag.ENCAPSULATED_DOCUMENT)
    if _report_has_number(layout) or _private_has_number(layout):
        flags.add(Flag.TEXT_WITH_NUMBER)
    return frozenset(flags)


def _report_has_number(layout: Layout) -> bool:
    """Whether a Text Value of a structured report holds an eleven-test number. Codes and UIDs do not count."""
    content = layout.by_tag.get(CONTENT_SEQUENCE)
    if content is None or not _has_number(layout.view, content):
        return False
    return any(
        problem_of(number) is None
        for item in nested_items(layout, content)
        for number in NUMBER_IN_TEXT.findall(item.text(TEXT_VALUE))
    )


def _private_has_number(layout: Layout) -> bool:
    texts = (
        element
        for element in layout.elements
        if is_private(element.tag)
        and (element.vr in _TEXT_VRS or (element.vr in _UNTYPED_VRS and _is_short(element)))
        and element.value_end - element.value >= _DIGITS
    )
    return any(_has_number(layout.view, element) for element in texts)


def _is_short(element: Element) -> bool:
    return element.value_end - element.value <= _LONGEST_UNTYPED_TEXT


def _has_number(view: memoryview, element: Element) -> bool:
    found = _NUMBER_IN_BYTES.finditer(view[element.value : element.value_end])
    return any(problem_of(match[0].decode("ascii")) is None for match in found)
