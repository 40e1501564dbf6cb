"""Cuts HL7 v2 into messages and reads the segments that are wanted, of patients as a rule; gives none a meaning.

A reader of our own because general parsers manage some hundred messages a second. Messages stand one after the other,
ended by CR, LF or CRLF, in MLLP frames (0x0B ... 0x1C 0x0D) or in batches (FHS, BHS ... BTS, FTS; HL7 v2 chapter 2,
section 2.10.3). Where a message was cut off in the middle of a line, the next one begins in that line; it is found
there too. What cannot be read exactly is rejected with its line. Character sets are those of MSH-18 (table 0211).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from remediate.epd.hl7.text import Delimiters, parse_delimiters
from remediate.epd.reasons import RejectedRecord, RejectReason
from remediate.tables.encodings import is_utf8

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


ASCII = "ascii"
UTF_8 = "utf-8"

_ISO_8859 = re.compile(r"(?:ISO)?[ _-]?8859[/ _-](\d{1,2})")
_BY_NAME: Mapping[str, str] = {
    "ASCII": ASCII,
    "ISO IR6": ASCII,
    "ISO_IR 6": ASCII,
    "ISO_IR 100": "iso8859-1",
    "ISO_IR 192": "utf-8",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}


@lru_cache(maxsize=64)
def is_named_utf_8(codec: str | None) -> bool:
    """Whether a codec is UTF-8, under whichever of its names."""
    return codec is not None and codecs.lookup(codec).name == UTF_8


@lru_cache(maxsize=64)
def codec_of(name: str) -> str | None:
    """The codec for a value of MSH-18; None when the name is not known. Numbers of ISO 8859 without a codec too.

    Only sets in which the signs of ASCII are those of ASCII: segments are found before they are decoded.
    """
    known = _BY_NAME.get(name.upper())
    if known is not None:
        return known
    match = _ISO_8859.fullmatch(name.upper())
    if match is None:
        return None
    codec = f"iso8859-{int(match[1])}"
    try:
        codecs.lookup(codec)
    except LookupError:
        return None
    return codec


class Wanted(NamedTuple):
    """Which messages are read, and which of their segments besides MSH."""

    types: frozenset[str]  # MSH-9.1; "" where it is absent
    segments: frozenset[str]


PATIENTS = Wanted(frozenset({"ADT", ""}), frozenset({"EVN", "PID", "MRG"}))
"""What tells who a patient is."""

_SILENT = re.compile(r"[ \t\x00\x1a]*")  # padding; 0x1A ends files of old systems


class Segment(NamedTuple):
    """One segment. `fields[n]` is field n as HL7 numbers it, still escaped."""

    name: str
    line: int
    fields: list[str]
    complete: bool  # False when the file or the message was cut within this segment

    def text(self, number: int) -> str:
        """Field `number`; "" when the segment ends before it."""
        return self.fields[number] if number < len(self.fields) else ""


class AdtMessage(NamedTuple):
    """One message, of ADT as a rule, so far as it was wanted. A tuple because millions are made; never print it."""

    line: int  # of MSH
    delimiters: Delimiters
    encoding: str  # Python codec of the text
    header: Segment
    segments: tuple[Segment, ...]  # the wanted ones in their order
    content: bytes  # as it stands in the file
    relabelled: bool = False  # it is in UTF-8, though it names another character set or none

    def __repr__(self) -> str:
        return f"Message(line={self.line})"

    def first(self, name: str) -> Segment | None:
        """The first segment of that name."""
        for segment in self.segments:
            if segment.name == name:
                return segment
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMessage:
    """A message of another type than is wanted, which is passed over: it says nothing about who a patient is."""

    line: int


class _RefusedError(Exception):
    def __init__(self, reason: RejectReason, line: int) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.line = line


Found = AdtMessage | OtherMessage | RejectedRecord


def read_messages(
    stream: BinaryIO,
    *,
    file: str,
    encoding: str,
    explain: Callable[[bytes], str] = lambda _: "",
    wanted: Wanted = PATIENTS,
) -> Iterator[Found]:
    """Every message of a stream in order. `encoding` is the character set where MSH-18 names none.

    `explain` is asked about each message that cannot be read. Raises OSError when the stream cannot be read; nothing
    else, whatever the bytes are.
    """
    for block in cut_messages(stream):
        if block.kind is BlockKind.MESSAGE:
            try:
                found, mixed_at = _read(block, encoding, wanted)
            except _RefusedError as refused:
                told = explain(block.content)
                yield RejectedRecord(file=file, line=refused.line, reason=refused.reason, explanation=told)
                continue
            yield found
            if mixed_at:
                yield RejectedRecord(file=file, line=mixed_at, reason=RejectReason.SEGMENTS_MIXED)
        else:
            stray = block.kind is BlockKind.STRAY
            reason = RejectReason.OUTSIDE_MESSAGE if stray else RejectReason.MESSAGE_TOO_LONG
            yield RejectedRecord(file=file, line=block.line, reason=reason)


def _read(block: FramedBlock, encoding: str, wanted: Wanted) -> tuple[AdtMessage | OtherMessage, int]:
    """The message, and the line at which another message's segments begin (0 when none do)."""
    lines = _lines(block.content)
    header, delimiters, codec, relabelled = _read_header(lines[0], block, encoding, alone=len(lines) == 1)
    if header.text(9).partition(delimiters.component)[0] not in wanted.types:
        return OtherMessage(line=block.line), 0
    segments, mixed_at = _wanted_segments(lines, block, delimiters, codec, wanted.segments)
    return AdtMessage(block.line, delimiters, codec, header, tuple(segments), block.content, relabelled), mixed_at


def _lines(content: bytes) -> list[str]:
    """The segments, each byte as one sign: what is read of them is decoded later, the rest need not be decodable."""
    if b"\n" in content:
        content = content.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    return content.decode("latin-1").split("\r")


def _read_header(line: str, block: FramedBlock, encoding: str, *, alone: bool) -> tuple[Segment, Delimiters, str, bool]:
    delimiters = _delimiters_of(line[: line.find(line[3:4], 4) + 1])
    if delimiters is None:
        raise _RefusedError(RejectReason.HEADER_MALFORMED, block.line)
    separator = delimiters.separator
    fields = line.split(separator)
    name = fields[17].partition(delimiters.repetition)[0].strip() if len(fields) > 17 else ""
    codec = codec_of(name) if name else encoding
    relabelled = False
    if not block.content.isascii():  # where every byte is ASCII, a set that is unknown or wrong does not matter
        relabelled = not is_named_utf_8(codec) and is_utf8(block.content)
        codec = UTF_8 if relabelled else codec
        if codec is None:
            raise _RefusedError(RejectReason.CHARACTER_SET_UNKNOWN, block.line)
        codec = encoding if codec == ASCII else codec
        fields = _decoded(line, codec, block.line).split(separator)
    fields.insert(1, separator)  # MSH-1 is the separator itself
    header = Segment("MSH", block.line, fields, not (alone and block.ends_in_line))
    return header, delimiters, codec or encoding, relabelled


_delimiters_of = lru_cache(maxsize=64)(parse_delimiters)


def _wanted_segments(
    lines: list[str], block: FramedBlock, delimiters: Delimiters, codec: str, wanted: frozenset[str]
) -> tuple[list[Segment], int]:
    """The wanted ones, and the line at which another message's segments begin (0 when none do)."""
    separator, damaged_header = delimiters.separator, delimiters.header
    segments: list[Segment] = []
    previous_wanted = True  # MSH
    has_event = False
    last = len(lines) - 1
    for at, line in enumerate(lines[1:], start=1):
        name = _segment_name(line[:4], separator, wanted)
        if name in wanted:
            if name == "EVN":
                if has_event:
                    return segments, block.line + at
                has_event = True
            fields = _decoded(line, codec, block.line).split(separator)
            segments.append(Segment(name, block.line + at, fields, at < last or not block.ends_in_line))
            previous_wanted = True
        elif name:
            if line.startswith(damaged_header, 3):
                return segments, block.line + at
            previous_wanted = False
        elif line and not _is_harmless(line, after_wanted=previous_wanted, cut=at == last and block.ends_in_line):
            raise _RefusedError(RejectReason.SEGMENT_BROKEN, block.line)
    return segments, 0


@lru_cache(maxsize=1 << 10)
def _segment_name(beginning: str, separator: str, wanted: frozenset[str]) -> str:
    """The name of the segment that begins so; "" where no segment does."""
    name = beginning[:3]
    if name in wanted and beginning[3:] in ("", separator):
        return name
    is_segment = beginning[3:] == separator and name.isascii() and name.isalnum() and name.isupper()
    return name if is_segment and name not in wanted else ""


def _is_harmless(line: str, *, after_wanted: bool, cut: bool) -> bool:
    """Whether a line that is no segment takes nothing away from a segment that is read."""
    return not after_wanted or _SILENT.fullmatch(line) is not None or (cut and len(line) <= 3)


def _decoded(line: str, codec: str, at: int) -> str:
    if line.isascii():
        return line
    try:
        return line.encode("latin-1").decode(codec)
    except (UnicodeDecodeError, LookupError):
        raise _RefusedError(RejectReason.CHARACTER_SET_WRONG, at) from None
