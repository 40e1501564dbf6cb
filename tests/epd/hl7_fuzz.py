"""Files of HL7 v2 messages of which some are damaged, and what must hold of them; used by a test and by the soak."""

from __future__ import annotations

import io
from typing import NamedTuple

from hypothesis import strategies as st

from remediate.epd.changes import Change
from remediate.epd.hl7.messages import Interpreter, RefusedError
from remediate.epd.hl7.reader import AdtMessage, read_messages
from remediate.epd.hl7.time import wall_clock
from tests.epd.epd_samples import BSN, HOSPITAL, NOW, SETTINGS

TEXT = st.text("abcÇé .-'", max_size=6)
SIGNS = st.sampled_from(["^~\\&", "^~\\&", "^_\\&", "$~!%", "^~\\&#"])
EVENTS = st.sampled_from(["A01", "A08", "A28", "A31", "A40", "A34", "A18", "A47", "A29", "A24", "A43", "A99"])
INSERTS = st.one_of(
    st.binary(max_size=5),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\x0b", b"\x1c\r", b"|", b"\\"]),
    st.sampled_from([b"MSH", b"MSH|", b"\rMSH|^~", b"\rFHS|", b"\rPID|", b"\rEVN|A40|"]),
)


class Piece(NamedTuple):
    """One message as it stands in the file."""

    number: str  # hospital number and birth date that no other message holds
    birth_date: str
    content: bytes
    whole: bool  # undamaged


@st.composite
def pieces(draw: st.DrawFn, at: int) -> Piece:
    """A message about a number of its own, perhaps damaged."""
    number, birth_date = f"7{at:06d}", f"19{70 + at}0215"
    content = _message(draw, number, birth_date)
    if draw(st.booleans()):
        return Piece(number, birth_date, content, whole=True)
    damaged = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(damaged)))
        kind = draw(st.sampled_from(["cut", "drop", "put", "put"]))
        if kind == "cut":
            del damaged[start:]
        elif kind == "drop":
            del damaged[start : start + draw(st.integers(1, 12))]
        else:
            damaged[start:start] = draw(INSERTS)
    return Piece(number, birth_date, bytes(damaged), whole=False)


def _message(draw: st.DrawFn, number: str, birth_date: str) -> bytes:
    signs, event, end = draw(SIGNS), draw(EVENTS), draw(st.sampled_from(["\r", "\n", "\r\n"]))
    component, repetition = signs[0], signs[1]
    separator = "|"
    cx = f"{number}{component * 3}{HOSPITAL}{component}PI"
    bsn = f"{BSN}{component * 3}NLMINBIZA{component}NNNLD"
    header = ["MSH", signs, "EPD", HOSPITAL, "", "", "20240101120000", "", f"ADT{component}{event}", "1", "P", "2.4"]
    header += [""] * 5 + [draw(st.sampled_from(["8859/1", "UNICODE UTF-8", "", "KLINGON"]))]
    codec = "utf-8" if header[-1].startswith("UNI") else "latin-1"
    name = f"{draw(TEXT)}{component}{draw(TEXT)}"
    segments = [header, ["EVN", event, "20240101120000"]]
    segments.append(["PID", "1", "", repetition.join(draw(st.permutations([cx, bsn]))), "", name, "", birth_date, "M"])
    if draw(st.booleans()):
        segments.append(["PV1", "1", "O", draw(TEXT)])
    if event in ("A40", "A34", "A18", "A47", "A43"):
        segments.append(["MRG", f"9{number}{component * 3}{HOSPITAL}{component}PI", ""])
    return "".join(separator.join(fields) + end for fields in segments).encode(codec)


@st.composite
def files(draw: st.DrawFn) -> list[Piece]:
    """Some messages, the last one whole: it is the one that the damage before may not take along."""
    count = draw(st.integers(1, 5))
    found = [draw(pieces(at)) for at in range(count)]
    return [*found, Piece("7999999", "19990215", _message(draw, "7999999", "19990215"), whole=True)]


def check(pieces: list[Piece]) -> None:
    """Nothing crashes; every whole message is found as it stands; no number is taken for another message's."""
    content = b"".join(piece.content for piece in pieces)
    found = list(read_messages(io.BytesIO(content), file="fuzz", encoding="latin-1"))
    read = {item.content.strip(b"\r\n\x0b\x1c") for item in found if isinstance(item, AdtMessage)}
    for at, piece in enumerate(pieces):
        unknown_set = b"KLINGON" in piece.content and not piece.content.isascii()
        if piece.whole and not unknown_set and (at + 1 == len(pieces) or pieces[at + 1].whole):
            assert piece.content.strip(b"\r\n") in read
    interpreter = Interpreter(SETTINGS, now=wall_clock(NOW))
    for item in found:
        assert 1 <= item.line <= content.count(b"\r") + content.count(b"\n") + 1
        if isinstance(item, AdtMessage):
            for change in _meaning(interpreter, item):
                _check_one_message(change, pieces)


def _meaning(interpreter: Interpreter, message: AdtMessage) -> tuple[Change, ...]:
    try:
        return interpreter.changes(message)
    except RefusedError as refused:
        return interpreter.doubts(message, refused.reason)


def _check_one_message(change: Change, pieces: list[Piece]) -> None:
    """All that a change says stands in one message; two that are damaged side by side may look like one."""
    values = {value.removeprefix("9") for _, value in (*change.numbers, *change.prior)}
    said = [piece for piece in pieces if piece.number in values or piece.birth_date == change.news.birth_date]
    assert len(said) < 2 or not any(piece.whole for piece in said)
