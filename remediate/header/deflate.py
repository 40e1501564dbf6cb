"""Raw deflate streams (PS3.5 A.5): inflated in pieces, so that memory stays flat however much a stream holds.

A stream of one megabyte can hold a thousand. What is read of one is its header, without the long values; what is kept
whole has a ceiling. Reads no element by itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from remediate.header.buffers import Buffer
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import refuse
from remediate.header.skeleton import condense
from remediate.header.syntax import Encoding

MOST_WHOLE = 1 << 26
"""Bytes that a data set may inflate to where all of it is needed: to correct it, and to compare it."""
LEAST_HEADER = 1 << 22
"""Bytes that a header may have whatever the stream's length, and that are read without looking for long values."""
HEADER_PER_BYTE = 4
"""So many more for each byte of the stream: texts and sequences deflate to a quarter, a thousandth is no header."""
MOST_ELEMENTS = 20_000
"""Top-level elements of a header; an object has some hundreds."""
_PIECE = 1 << 18
_KEPT_BEHIND = 1 << 21
"""Bytes that stay at hand behind the furthest that was read: more than `condense` goes back."""
_BEST_RATIO = 1032
"""Deflate makes nothing smaller than this (zlib's technical notes)."""


def inflated(view: memoryview, encoding: Encoding) -> memoryview:
    """The whole data set in a stream. Raises Refused, also where it or its header would be absurdly long."""
    if len(view) * _BEST_RATIO > LEAST_HEADER:
        _condensed(view, _length_of(view, at_most=MOST_WHOLE), encoding)
    data = b"".join(_pieces(view))
    return memoryview(data)


def inflated_header(view: memoryview, encoding: Encoding) -> memoryview:
    """The data set in a stream, its long values empty where it is long: all that identity looks at. Raises Refused."""
    nbytes = _length_of(view)
    return memoryview(b"".join(_pieces(view))) if nbytes <= LEAST_HEADER else _condensed(view, nbytes, encoding)


def deflated(parts: tuple[Buffer, ...]) -> bytes:
    """A raw deflate stream of even length around a data set. Its bytes depend on the zlib that runs."""
    stream = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = b"".join([*(stream.compress(part) for part in parts), stream.flush()])
    return data + b"\0" * (len(data) % 2)


def _condensed(view: memoryview, nbytes: int, encoding: Encoding) -> memoryview:
    ceiling = min(MOST_WHOLE, LEAST_HEADER + HEADER_PER_BYTE * len(view))
    window = _Window(view, ceiling)
    header, _ = condense(window.read, nbytes, encoding, most_bytes=ceiling, most_elements=MOST_ELEMENTS)
    return memoryview(header)


def _length_of(view: memoryview, *, at_most: int | None = None) -> int:
    """How many bytes the stream holds. Raises Refused unless it is whole, and when it holds more than `at_most`."""
    nbytes = 0
    for piece in _pieces(view):
        nbytes += len(piece)
        if at_most is not None and nbytes > at_most:
            refuse(HeaderReason.INFLATES_TOO_LONG)
    return nbytes


def _pieces(view: memoryview) -> Iterator[bytes]:
    """What the stream holds, a little at a time. Raises Refused when it is damaged.

    Padding may follow, or the checksum and length that gzip puts there; other bytes mean damage.
    """
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    checksum = nbytes = at = 0
    rest = b""
    while not stream.eof:
        given = rest or bytes(view[at : at + _PIECE])
        at += 0 if rest else len(given)
        try:
            piece = stream.decompress(given, _PIECE)
        except zlib.error:
            refuse(HeaderReason.INFLATE_FAILED)
        rest = stream.unconsumed_tail
        if not (piece or rest or stream.eof) and at >= len(view):
            refuse(HeaderReason.INFLATE_FAILED)
        checksum, nbytes = zlib.crc32(piece, checksum), nbytes + len(piece)
        if piece:
            yield piece
    trailer = checksum.to_bytes(4, "little") + (nbytes & 0xFFFFFFFF).to_bytes(4, "little")
    if (stream.unused_data + bytes(view[at:])).rstrip(b"\0") not in (b"", trailer.rstrip(b"\0")):
        refuse(HeaderReason.INFLATE_FAILED)


class _Window:
    """Reads an inflating stream forward, and a little way back."""

    def __init__(self, view: memoryview, longest: int) -> None:
        self._pieces = _pieces(view)
        self._longest = longest
        self._data = bytearray()
        self._start = 0  # where `_data` stands in the data set

    def read(self, start: int, end: int) -> bytes:
        """The bytes from one offset to another; fewer at the end. Raises Refused for a stretch that no header has."""
        if end - start > self._longest or start < self._start:
            refuse(HeaderReason.HEADER_TOO_LONG)
        while self._start + len(self._data) < end:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._data += piece
            self._let_go(min(start, self._start + len(self._data)))
        at = start - self._start
        return bytes(self._data[at : at + end - start]) if at >= 0 else b""

    def _let_go(self, start: int) -> None:
        """Forget what lies further behind `start` than anybody goes back."""
        behind = start - self._start - _KEPT_BEHIND
        if behind > _KEPT_BEHIND:
            del self._data[:behind]
            self._start += behind
