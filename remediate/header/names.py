"""Names of elements as the configuration writes them, and where such an element stands in an object.

Public elements by keyword (`PatientComments`) or tag (`(0010,4000)`), private ones by tag with their creator
(`(0011,xx01,ACME)`, PS3.5 7.8.1), or by plain tag where the block is known.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword

from remediate.header.layout import Layout

_TAG = re.compile(r"\(?([0-9A-Fa-f]{4}),\s*([0-9A-Fa-f]{4})\)?")
_PRIVATE = re.compile(r"\(?([0-9A-Fa-f]{3}[13579BDFbdf]),\s*xx([0-9A-Fa-f]{2}),\s*([ -~]{1,64}?)\s*\)?")
_BLOCKS = range(0x10, 0x100)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementName:
    """One element by name. With a creator, `tag` holds 00 where an object's block number goes."""

    tag: int
    creator: str = ""  # private creator; "" for a tag as it stands


def element_name(text: str) -> ElementName | None:
    """Read a name; None when it is neither keyword nor tag."""
    if found := _PRIVATE.fullmatch(text.strip()):
        return ElementName(tag=int(found[1], 16) << 16 | int(found[2], 16), creator=found[3])
    if found := _TAG.fullmatch(text.strip()):
        return ElementName(tag=int(found[1], 16) << 16 | int(found[2], 16))
    tag = tag_for_keyword(text.strip())
    return None if tag is None else ElementName(tag=tag)


def creator_tag(layout: Layout, name: ElementName) -> int | None:
    """The private creator element that reserves this name's block in an object; None when none does."""
    group = name.tag & 0xFFFF0000
    tags = (group | block for block in _BLOCKS)
    return next((tag for tag in tags if tag in layout.by_tag and layout.text(tag) == name.creator), None)


def free_creator_tag(layout: Layout, name: ElementName, reserved: Collection[int]) -> int | None:
    """The first private creator element of the group that neither an object nor `reserved` uses; None when all are."""
    group = name.tag & 0xFFFF0000
    present = {tag for tag in (*layout.by_tag, *reserved) if tag & 0xFFFF0000 == group}
    in_use = {tag & 0xFF if tag & 0xFF00 == 0 else tag >> 8 & 0xFF for tag in present}
    return next((group | block for block in _BLOCKS if block not in in_use), None)


def tag_in(layout: Layout, name: ElementName) -> int | None:
    """The tag that a name has in an object; None when the private block is not there."""
    if not name.creator:
        return name.tag
    creator = creator_tag(layout, name)
    return None if creator is None else in_block(name, creator)


def in_block(name: ElementName, creator: int) -> int:
    """The tag that a name has in the block that a private creator element reserves."""
    return name.tag | (creator & 0xFF) << 8
