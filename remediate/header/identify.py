"""Which study and which instance a data set says it is, from its first bytes; reads nothing else."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from remediate.header.refusal import Refused
from remediate.header.scanner import leading_elements, scan
from remediate.header.syntax import syntax_of

SOP_INSTANCE_UID = 0x00080018
STUDY_INSTANCE_UID = 0x0020000D
STEPS = (1 << 14, 1 << 18, 1 << 22, 1 << 26)
"""How much of the data set is read before giving up; the first is nearly always enough."""
MOST_INFLATED = 1 << 20
"""Bytes of a deflated data set in which its UIDs must stand: a small stream may hold a thousand times its length."""
MOST_ELEMENTS = 1000
"""More than any module puts before (0020,000D)."""


def peek_identity(start: Callable[[int], bytes], transfer_syntax_uid: str) -> tuple[str, str]:
    """Study Instance UID and SOP Instance UID; "" for what is not there or cannot be read.

    `start(n)` gives the first n bytes of the data set.
    """
    found: dict[int, str] = {}
    for step in STEPS:
        data = start(step)
        found = _read(data, transfer_syntax_uid)
        if STUDY_INSTANCE_UID in found or len(data) < step:
            break
    return found.get(STUDY_INSTANCE_UID, ""), found.get(SOP_INSTANCE_UID, "")


def _read(data: bytes, transfer_syntax_uid: str) -> dict[int, str]:
    try:
        syntax = syntax_of(transfer_syntax_uid)
        if syntax.deflated:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, MOST_INFLATED)
    except (Refused, zlib.error):
        return {}
    view = memoryview(data)
    try:
        elements = scan(view, syntax.encoding, last_tag=STUDY_INSTANCE_UID)
    except Refused:  # the bytes end in the middle of an element, or are broken: what stands before that still counts
        elements = leading_elements(view, 0, syntax.encoding, MOST_ELEMENTS)
    return {
        element.tag: data[element.value : element.value_end].decode("ascii", "replace").strip(" \0")
        for element in elements
        if element.tag in (SOP_INSTANCE_UID, STUDY_INSTANCE_UID)
    }
