"""Finds numbers in running text that may be a BSN; what may surround one differs by use, so each names its bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from remediate.identity.bsn import Bsn, parse_bsn

if TYPE_CHECKING:
    from mmap import mmap

_SEPARATORS = str.maketrans("", "", " .-")
_SHORTEST = 8


class Bounds(Enum):
    """Where a number may begin and end; the digits themselves are the first group of each pattern."""

    STANDING_ALONE = (r"(?<![0-9A-Za-z_])([0-9]{9})(?![0-9A-Za-z_])",)
    """Nine digits that no letter, digit or underscore touches: in what leaves, others are parts of identifiers."""

    WITHIN_RUN = (r"(?=([0-9]{9}))", r"(?=([0-9]{8}))")
    """Anywhere in a longer run, also without its leading zero: for what is concealed rather once too often."""

    TYPED = (
        r"(?<![0-9])(?=([0-9](?:[ .\-]?[0-9]){8})(?![0-9]))",
        r"(?=([0-9]{9}))",
        r"(?<![0-9])([0-9]{8})(?![0-9])",
    )
    """As people type: spaced out, glued to other digits, or without its leading zero."""


_IN_TEXT = {bounds: tuple(re.compile(pattern) for pattern in bounds.value) for bounds in Bounds}
_IN_BYTES = {bounds: tuple(re.compile(pattern.encode()) for pattern in bounds.value) for bounds in Bounds}


class Candidate(NamedTuple):
    """Digits that stand where a BSN could; whether they are one is not said."""

    start: int  # of all that would be masked, leading zeros included
    end: int
    digits: str


def candidates(text: str, bounds: Bounds) -> Iterator[Candidate]:
    """Every number within these bounds, pattern by pattern; the same digits may come twice."""
    for pattern in _IN_TEXT[bounds]:
        for match in pattern.finditer(text):
            yield Candidate(match.start(), max(match.end(), match.end(1)), match[1].translate(_SEPARATORS))


def candidates_in_bytes(content: bytes | mmap, bounds: Bounds) -> Iterator[Candidate]:
    """The same in ASCII text that is not decoded, since it may be as large as an export."""
    for pattern in _IN_BYTES[bounds]:
        for match in pattern.finditer(content):
            yield Candidate(match.start(), max(match.end(), match.end(1)), match[1].decode().translate(_SEPARATORS))


def bsns_in(text: str, bounds: Bounds) -> Iterator[tuple[Candidate, Bsn]]:
    """The candidates that pass for a BSN (eleven-test, no placeholder), eight digits with a zero before them."""
    for candidate in candidates(text, bounds):
        parsed = parse_bsn(candidate.digits)
        if isinstance(parsed, Bsn):
            yield candidate, parsed


def may_hold_bsn(text: str) -> bool:
    """Whether a number that passes for a BSN stands anywhere in a text, also without its leading zero."""
    return len(text) >= _SHORTEST and any(bsns_in(text, Bounds.WITHIN_RUN))
