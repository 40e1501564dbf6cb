"""A data set that is held somewhere: whole in memory when it is short, else read in stretches when they are needed.

Reading, correcting, hashing and comparing are the same for both, and take no more memory for 4 GB than for 4 MB. Reads
no files itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import zip_longest
from typing import Protocol

from remediate.header.buffers import Buffer, view_of
from remediate.header.changes import Correction
from remediate.header.compare import SAME_BYTES, SAME_CONTENT, Comparison, Different, compare
from remediate.header.layout import layout_of
from remediate.header.pieces import Parts
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal, refusals
from remediate.header.skeleton import Gap, condense
from remediate.header.splice import apply, cuts_of
from remediate.header.syntax import syntax_of
from remediate.header.tags import PIXEL_DATA, tag_text

ReadStretch = Callable[[int, int], Iterable[Buffer]]
"""The bytes of a data set from one offset to another, piece by piece."""

_CHUNK = 1 << 20


class Content(Protocol):
    """A data set as it goes out: iterate over it as often as needed."""

    def __iter__(self) -> Iterator[Buffer]: ...

    @property
    def nbytes(self) -> int:
        """Length in bytes."""

    def sha256(self) -> str:
        """Digest of the data set, hex; of a deflated one that of the inflated bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDataSet:
    """A data set with its header at hand."""

    transfer_syntax_uid: str
    nbytes: int
    header: memoryview = field(repr=False)  # all of it, but for the long values that `gaps` names
    gaps: tuple[Gap, ...] = ()
    read: ReadStretch | None = field(default=None, repr=False)  # None when the header is everything

    def stretch(self, start: int, end: int) -> Iterable[Buffer]:
        """The bytes from one offset of the data set to another."""
        return (self.header[start:end],) if self.read is None else self.read(start, end)

    def offset(self, condensed: int) -> int:
        """Where the start of an element of the header stands in the data set."""
        return condensed + sum(
            (gap.end - gap.start) - (gap.condensed_end - gap.condensed_start)
            for gap in self.gaps
            if gap.condensed_end <= condensed
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LongParts:
    """New elements between stretches of a held data set; nothing is in memory but the new elements."""

    held: HeldDataSet
    pieces: tuple[bytes | tuple[int, int], ...] = field(repr=False)  # new bytes, or from where to where

    def __iter__(self) -> Iterator[Buffer]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from self.held.stretch(*piece)

    @property
    def nbytes(self) -> int:
        """Length in bytes."""
        return sum(len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in self.pieces)

    def sha256(self) -> str:
        """See `Content`; what is deflated is never long."""
        digest = sha256()
        for piece in self:
            digest.update(view_of(piece))
        return digest.hexdigest()


def corrected(correction: Correction, held: HeldDataSet) -> Parts | LongParts | Refusal:
    """What `apply` makes of the data set. Refused as there."""
    if held.read is None:
        return apply(correction, held.header)
    return _corrected_long(correction, held)


@refusals
def _corrected_long(correction: Correction, held: HeldDataSet) -> LongParts:
    pieces: list[bytes | tuple[int, int]] = []
    at = 0
    if not correction.is_empty:
        last_tag = max(change.tag for change in correction.changes)
        layout = layout_of(held.header, correction.transfer_syntax_uid, last_tag=last_tag)
        for cut in cuts_of(correction, layout):
            start = held.offset(cut.offset)
            pieces += [(at, start), cut.after]
            at = start + cut.length
    return LongParts(held=held, pieces=(*pieces, (at, held.nbytes)))


def compare_held(correction: Correction, before: HeldDataSet, actual: HeldDataSet) -> Comparison | Refusal:
    """Whether `actual` is what the correction makes of `before`; see `compare`. A Refusal when it makes nothing."""
    expected = corrected(correction, before)
    if isinstance(expected, Refusal):
        return expected
    syntaxes = before.transfer_syntax_uid, actual.transfer_syntax_uid
    if isinstance(expected, Parts) and actual.read is None:
        return compare(expected, actual.header, *syntaxes)
    if syntaxes[0].rstrip(" \0") != syntaxes[1].rstrip(" \0"):
        return Different(HeaderReason.TRANSCODED)
    if expected.nbytes == actual.nbytes and same_stream(expected, actual.stretch(0, actual.nbytes)):
        return SAME_BYTES
    return _compare_condensed(correction, condensed(before), condensed(actual))


def _compare_condensed(correction: Correction, before: HeldDataSet, actual: HeldDataSet) -> Comparison | Refusal:
    """First everything but the long values, then those, one beside the other."""
    rest = apply(correction, before.header)
    if isinstance(rest, Refusal):
        return rest
    found = compare(rest, actual.header, before.transfer_syntax_uid, actual.transfer_syntax_uid)
    if isinstance(found, Different):
        return found
    for mine, theirs in zip_longest(_content_gaps(before), _content_gaps(actual)):
        if mine is None or theirs is None:
            return _OTHER_PIXELS
        values = before.stretch(mine.value, mine.value_end), actual.stretch(theirs.value, theirs.value_end)
        if mine.value_end - mine.value != theirs.value_end - theirs.value or not same_stream(*values):
            return _OTHER_PIXELS
    return SAME_CONTENT


def _content_gaps(held: HeldDataSet) -> list[Gap]:
    """Long values that are content: Data Set Trailing Padding is not."""
    paddings = (b"\xfc\xff\xfc\xff", b"\xff\xfc\xff\xfc")
    return [gap for gap in held.gaps if held.header[gap.condensed_start :][:4] not in paddings]


_OTHER_PIXELS = Different(HeaderReason.PIXEL_DATA_DIFFERS, (tag_text(PIXEL_DATA),))


def condensed(held: HeldDataSet) -> HeldDataSet:
    """The same data set with its long values left out of the header, wherever it is held."""
    if held.read is not None:
        return held
    encoding = syntax_of(held.transfer_syntax_uid).encoding
    header, gaps = condense(lambda start, end: bytes(held.header[start:end]), held.nbytes, encoding)
    return replace(held, header=memoryview(header), gaps=gaps, read=lambda start, end: (held.header[start:end],))


def held_in_memory(data: Buffer, transfer_syntax_uid: str) -> HeldDataSet:
    """A data set that is at hand whole."""
    view = view_of(data)
    return HeldDataSet(transfer_syntax_uid=transfer_syntax_uid, nbytes=len(view), header=view)


def same_stream(one: Iterable[Buffer], other: Iterable[Buffer]) -> bool:
    """Whether two streams hold the same bytes, however they are cut."""
    mine, theirs = _pieces(one), _pieces(other)
    here, there = next(mine, None), next(theirs, None)
    while here is not None and there is not None:
        count = min(len(here), len(there), _CHUNK)
        if bytes(here[:count]) != bytes(there[:count]):
            return False
        here = here[count:] if len(here) > count else next(mine, None)
        there = there[count:] if len(there) > count else next(theirs, None)
    return here is None and there is None


def _pieces(stream: Iterable[Buffer]) -> Iterator[memoryview]:
    return (view for piece in stream if len(view := view_of(piece)))
