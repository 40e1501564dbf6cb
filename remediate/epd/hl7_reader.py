"""Reads the segments that tell who a patient is (MSH, EVN, PID, MRG) from HL7 v2; gives them no meaning.

A reader of our own because general parsers manage some hundred messages a second. What cannot be read exactly is
rejected with its line; the message after it is always found. Source: HL7 v2 chapter 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from remediate.epd.hl7_charsets import ASCII, UTF_8, codec_of, is_named_utf_8
from remediate.epd.hl7_framing import BlockKind, FramedBlock, cut_messages
from remediate.epd.hl7_text import Delimiters, parse_delimiters
from remediate.epd.reasons import RejectedRecord, RejectReason
from remediate.tables.encodings import is_utf8

_WANTED = frozenset({"EVN", "PID", "MRG"})
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
    """One ADT message, so far as it tells who the patient is. A tuple because millions are made; never print it."""

    line: int  # of MSH
    delimiters: Delimiters
    encoding: str  # Python codec of the text
    header: Segment
    segments: tuple[Segment, ...]  # EVN, PID and MRG in their order
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
    """A message of another type than ADT: it says nothing about who a patient is, and is passed over."""

    line: int


class _RefusedError(Exception):
    def __init__(self, reason: RejectReason, line: int) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.line = line


Found = AdtMessage | OtherMessage | RejectedRecord


def read_messages(
    stream: BinaryIO, *, file: str, encoding: str, explain: Callable[[bytes], str] = lambda _: ""
) -> Iterator[Found]:
    """Every message of a stream in order. `encoding` is the character set where MSH-18 names none.

    `explain` is asked about each message that cannot be read. Raises OSError when the stream cannot be read; nothing
    else, whatever the bytes are.
    """
    for block in cut_messages(stream):
        if block.kind is BlockKind.MESSAGE:
            try:
                found, mixed_at = _read(block, encoding)
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


def _read(block: FramedBlock, encoding: str) -> tuple[AdtMessage | OtherMessage, int]:
    """The message, and the line at which another message's segments begin (0 when none do)."""
    lines = _lines(block.content)
    header, delimiters, codec, relabelled = _read_header(lines[0], block, encoding, alone=len(lines) == 1)
    if header.text(9).partition(delimiters.component)[0] not in ("ADT", ""):
        return OtherMessage(line=block.line), 0
    segments, mixed_at = _wanted_segments(lines, block, delimiters, codec)
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
    lines: list[str], block: FramedBlock, delimiters: Delimiters, codec: str
) -> tuple[list[Segment], int]:
    """EVN, PID and MRG, and the line at which another message's segments begin (0 when none do)."""
    separator, damaged_header = delimiters.separator, delimiters.header
    segments: list[Segment] = []
    previous_wanted = True  # MSH
    has_event = False
    last = len(lines) - 1
    for at, line in enumerate(lines[1:], start=1):
        name = _segment_name(line[:4], separator)
        if name in _WANTED:
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
def _segment_name(beginning: str, separator: str) -> str:
    """The name of the segment that begins so; "" where no segment does."""
    name = beginning[:3]
    if name in _WANTED and beginning[3:] in ("", separator):
        return name
    is_segment = beginning[3:] == separator and name.isascii() and name.isalnum() and name.isupper()
    return name if is_segment and name not in _WANTED else ""


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
