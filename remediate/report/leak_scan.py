"""Finds numbers that may be a BSN in text that is about to leave; pure, and never repeats what it found.

A nine-digit number that passes the eleven-test is a leak unless it stands in a field that is known to be safe: `SAFE`
lists these, each with why. Text that is wrapped in base64 (audit messages have such fields) is unwrapped and looked at.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple

from remediate.identity.bsn import passes_eleven_test
from remediate.identity.bsn_scan import Bounds, candidates_in_bytes

_BASE64 = re.compile(
    rb"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{4}){3,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![A-Za-z0-9+/=])"
)
_AROUND = 64
"""So many bytes before and after a number are looked at to tell what field it stands in: a UID is no longer."""


class SafeField(NamedTuple):
    """A field in which nine digits in a row are no person's number."""

    name: str
    pattern: re.Pattern[bytes]  # matches the field with its value
    why: str


SAFE = (
    SafeField(
        "Study Instance UID and other UIDs",
        re.compile(rb"(?<![0-9A-Za-z.])[0-2](?:\.(?:0|[1-9][0-9]*)){3,}(?![0-9.])"),
        "PS3.5 section 9.1: components are numbers of makers, machines and moments; the archive made them",
    ),
    SafeField(
        "bytes",
        re.compile(rb"""["']{0,2}\bbytes["']{0,2}(?:=|: ?)[0-9]+"""),
        "how many bytes a batch or study had",
    ),
)
"""Known-safe fields. A number elsewhere that happens to pass the test stops an export: a person must look."""


class FoundNumber(NamedTuple):
    """Where a number stands that may be a BSN."""

    at: int  # offset in bytes
    line: int  # from 1


def numbers_in(content: bytes | mmap) -> Iterator[FoundNumber]:
    """Every number that may be a BSN, in order of their kind: those in clear, then those inside base64."""
    for number in candidates_in_bytes(content, Bounds.STANDING_ALONE):
        if passes_eleven_test(number.digits) and not _is_safe(content, number.start):
            yield _found(content, number.start)
    for match in _BASE64.finditer(content):
        inside = _unwrapped(match.group())
        if inside and next(numbers_in(inside), None):
            yield _found(content, match.start())


def _is_safe(content: bytes | mmap, at: int) -> bool:
    begin = max(0, at - _AROUND)
    around = bytes(content[begin : at + 9 + _AROUND])
    place = at - begin
    return any(
        found.start() <= place and place + 9 <= found.end()
        for field in SAFE
        for found in field.pattern.finditer(around)
    )


def _unwrapped(wrapped: bytes) -> bytes:
    try:
        return b64decode(wrapped, validate=True)
    except Base64Error:
        return b""


def _found(content: bytes | mmap, at: int) -> FoundNumber:
    return FoundNumber(at=at, line=bytes(content[:at]).count(b"\n") + 1)
