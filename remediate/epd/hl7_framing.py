"""Cuts a byte stream of any size into HL7 v2 messages; looks at their first and last bytes only, decodes nothing.

Messages stand one after the other, ended by CR, LF or CRLF, in MLLP frames (HL7 v2 "Minimal Lower Layer Protocol",
0x0B ... 0x1C 0x0D) or in batches (FHS, BHS ... BTS, FTS; chapter 2, section 2.10.3). Where a message was cut off in
the middle of a line, the next one begins in that line; it is found there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import BinaryIO, NamedTuple

READ_SIZE = 1 << 20
MESSAGE_LIMIT = 64 << 20
"""Longest message in bytes; what is longer is reported and passed over, so that memory stays bounded."""

_SIGN = rb"[!-/:-@\[-`{-~]"
# At the start of a line MSH and any sign will do. Within a line MSH-2 and the same MSH-1 must follow.
_START = re.compile(rb"MSH(?=(" + _SIGN + rb"))(?:(?<=[\r\n\x0b]MSH)|\1" + _SIGN + rb"{4,5}\1)")
_LONGEST_START = 11  # with the sign before it
# A frame's end or begin, or FHS, BHS, BTS or FTS; written so that the search begins with one set of bytes.
_END = re.compile(rb"[\x0b\x1cFB](?:(?<![FB])|(?<=[\r\n].)[HT]S(?=" + _SIGN + rb"|[\r\n]))")
_LINE_ENDS = b"\r\n"
_BATCH_LINE = re.compile(rb"(?:FHS|BHS|BTS|FTS)(?:" + _SIGN + rb"[^\r\n\x0b\x1c]*)?")
_BETWEEN = re.compile(rb"[\r\n\x0b\x1c]+")
_TEXT_IN_A_RUN = re.compile(rb"[^\r\n\x0b\x1c \t\x00\x1a]")
_BOM = b"\xef\xbb\xbf"


class BlockKind(Enum):
    """What a stretch of the file is."""

    MESSAGE = "from MSH to the end of the message"
    STRAY = "text that belongs to no message"
    TOO_LONG = "a message beyond the limit"
    PASSED = "the rest of a message beyond the limit"


class FramedBlock(NamedTuple):
    """One message, one too long, or stray text."""

    line: int  # where it begins
    kind: BlockKind
    content: bytes
    ends_in_line: bool = False  # the file or the message was cut before the end of a line


def cut_messages(stream: BinaryIO, *, limit: int = MESSAGE_LIMIT) -> Iterator[FramedBlock]:
    """Every message of the stream in order, and every stray text between them. Raises OSError only."""
    line = 0  # the line break that `_stretches` puts before the file makes it 1
    for content, kind, may_end in _stretches(stream, limit):
        if kind is BlockKind.MESSAGE:
            end = _END.search(content) if may_end else None
            body = content[: end.start()] if end else content
            yield FramedBlock(line, kind, body, end is None and body[-1] not in _LINE_ENDS)
            if end:
                yield from _stray(content[end.start() :], line + _line_ends(body))
        elif kind is BlockKind.STRAY:
            yield from _stray(content, line)
        elif kind is BlockKind.TOO_LONG:
            yield FramedBlock(line, kind, b"", True)
        line += _line_ends(content)


def _may_end(content: bytes) -> bool:
    """Whether `_END` can be found at all. In most files it cannot, and that is seen many times as fast."""
    signs = (b"\x1c", b"\x0b", b"\rB", b"\rF", b"\nB", b"\nF")
    return any(sign in content for sign in signs)


def _stretches(stream: BinaryIO, limit: int) -> Iterator[tuple[bytes, BlockKind, bool]]:
    """The stream cut before every MSH, and whether a message may end before the next one begins."""
    pending = b"\n" + stream.read(READ_SIZE).removeprefix(_BOM)  # so that the first byte starts a line too
    kind = BlockKind.STRAY
    searched = 0
    while True:
        start = 0
        may_end = _may_end(pending)
        for match in _START.finditer(pending, searched):
            yield pending[start : match.start()], kind, may_end
            start, kind = match.start(), BlockKind.MESSAGE
        pending = pending[start:]
        if len(pending) > limit:
            kind = BlockKind.TOO_LONG if kind is BlockKind.MESSAGE else kind
            yield pending[:-_LONGEST_START], kind, may_end
            pending = pending[-_LONGEST_START:]
            kind = BlockKind.PASSED if kind is BlockKind.TOO_LONG else kind
        more = stream.read(READ_SIZE)
        if not more:
            yield pending, kind, may_end
            return
        searched = max(len(pending) - _LONGEST_START, 1)
        pending += more


def _stray(content: bytes, line: int) -> Iterator[FramedBlock]:
    """Text outside messages as one block; nothing for framing, batch lines and blanks."""
    if not _TEXT_IN_A_RUN.search(content):
        return
    position = 0
    for run in _BETWEEN.split(content):
        if _TEXT_IN_A_RUN.search(run) and not _BATCH_LINE.fullmatch(run):
            position = content.index(run, position)
            yield FramedBlock(line + _line_ends(content[:position]), BlockKind.STRAY, content[position:])
            return
        position += len(run)


def _line_ends(content: bytes) -> int:
    ends = content.count(b"\r")
    if b"\n" in content:
        ends += content.count(b"\n") - content.count(b"\r\n")
    return ends
