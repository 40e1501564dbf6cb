"""Digests that show that nothing but the planned elements differs; both sides are scanned by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remediate.header.buffers import Buffer, view_of
from remediate.header.changes import Correction
from remediate.header.deflate import inflated
from remediate.header.pieces import Parts, sha256_of
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refusals, refuse
from remediate.header.scanner import scan
from remediate.header.syntax import Encoding, Syntax, syntax_of
from remediate.header.tags import PIXEL_ELEMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class UntouchedProof:
    """Equal digests, in hex, of everything outside the planned elements before and after."""

    untouched_sha256_before: str
    untouched_sha256_after: str
    pixel_data_sha256: str  # of the value of group 7FE0's pixel elements without delimiter; "" when there are none


@refusals
def proof(correction: Correction, before: Buffer, after: Parts | Buffer) -> UntouchedProof:
    """Show that `after` differs from `before` in the correction's elements only. Refused when it does not.

    Of a deflated data set the inflated bytes are meant. Reads every byte of both sides, without a copy.
    """
    syntax = syntax_of(correction.transfer_syntax_uid)
    touched = frozenset(change.tag for change in correction.changes)
    pieces_before = _pieces(before, syntax)
    digest_before = sha256_of(_untouched(pieces_before, syntax.encoding, touched))
    digest_after = sha256_of(_untouched(_pieces(after, syntax), syntax.encoding, touched))
    if digest_before != digest_after:
        refuse(HeaderReason.UNTOUCHED_BYTES_DIFFER)
    return UntouchedProof(
        untouched_sha256_before=digest_before,
        untouched_sha256_after=digest_after,
        pixel_data_sha256=_pixel_digest(pieces_before, syntax.encoding),
    )


def _pieces(data: Parts | Buffer, syntax: Syntax) -> tuple[memoryview, ...]:
    """The data set as pieces of whole elements."""
    if isinstance(data, Parts):
        return tuple(view_of(piece) for piece in data.dataset)
    view = view_of(data)
    return (inflated(view, syntax.encoding) if syntax.deflated else view,)


def _untouched(pieces: Iterable[memoryview], encoding: Encoding, touched: frozenset[int]) -> Iterator[memoryview]:
    last_tag = max(touched, default=0)
    for piece in pieces:
        cursor = 0
        for element in scan(piece, encoding, last_tag=last_tag):
            if element.tag in touched:
                yield piece[cursor : element.start]
                cursor = element.end
        yield piece[cursor:]


def _pixel_digest(pieces: Iterable[memoryview], encoding: Encoding) -> str:
    values = [
        piece[element.value : element.value_end]
        for piece in pieces
        for element in scan(piece, encoding, last_tag=None)
        if element.tag in PIXEL_ELEMENTS
    ]
    return sha256_of(values) if values else ""
