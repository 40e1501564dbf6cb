"""The reader finds every message, whatever stands around it, and says on which line it could not read one."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from remediate.epd.hl7.reader import AdtMessage, BlockKind, OtherMessage, cut_messages
from remediate.epd.reasons import RejectedRecord, RejectReason
from tests.epd.epd_samples import BSN, adt, bsn, merge, number, pid, read, update

ONE, TWO, THREE = (update(f"2024010{day}120000", str(day)) for day in (1, 2, 3))


def _times(content: bytes | str) -> list[str]:
    return [found.header.text(7) for found in read(content) if isinstance(found, AdtMessage)]


def _reasons(content: bytes | str) -> list[tuple[int, RejectReason]]:
    return [(found.line, found.reason) for found in read(content) if isinstance(found, RejectedRecord)]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("between", ["", "\r", "\n\n", "\r\n\r\n"])
def test_any_line_end_gives_the_same_messages(end: str, between: str) -> None:
    content = (ONE + between + TWO).replace("\r", end)
    first, second = (found for found in read(content) if isinstance(found, AdtMessage))
    assert [segment.name for segment in first.segments] == ["EVN", "PID"]
    assert first.segments[1].text(3) == number("1")
    assert second.segments[1].text(3) == number("2")
    assert not _reasons(content)
    assert first.line == 1
    lines = content[: content.rindex("MSH")].replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert second.line == lines + 1


@pytest.mark.parametrize(
    "content",
    [
        f"\x0b{ONE}\x1c\r\x0b{TWO}\x1c\r",
        f"\x0b{ONE[:-1]}\x1c\r\x0b{TWO[:-1]}\x1c",
        f"FHS|^~\\&|A\rBHS|^~\\&|B\r{ONE}{TWO}BTS|2\rFTS|1\r",
        f"FHS|^~\\&|A\nBHS|^~\\&|B\n{ONE}BTS|1\nBHS|^~\\&|C\n{TWO}BTS|1\nFTS|2\n",
        f"\ufeff{ONE}{TWO}".encode().decode("latin-1"),
        f"{ONE}{TWO}\x1a",
        f"{ONE}{TWO[:-1]}",
    ],
    ids=["mllp", "mllp-without-last-cr", "batch", "two-batches", "bom", "ctrl-z", "no-last-line-end"],
)
def test_framing_is_no_part_of_a_message(content: str) -> None:
    assert _times(content) == ["20240101120000", "20240102120000"]
    assert _reasons(content) == []


def test_segment_after_a_frame_or_batch_is_not_the_message_before() -> None:
    stray = f"{pid(number('9'), bsn(BSN))}\r"
    for content in (f"\x0b{ONE}\x1c\r{stray}", f"BHS|^~\\&\r{ONE}BTS|1\r{stray}"):
        (message,) = (found for found in read(content) if isinstance(found, AdtMessage))
        assert [segment.text(3) for segment in message.segments if segment.name == "PID"] == [number("1")]
        assert [reason for _, reason in _reasons(content)] == [RejectReason.OUTSIDE_MESSAGE]


def test_text_before_the_first_message_is_named_with_its_line() -> None:
    assert _reasons(f"\r\rhello\rworld\r{ONE}") == [(3, RejectReason.OUTSIDE_MESSAGE)]
    assert _times(f"\r\rhello\rworld\r{ONE}") == ["20240101120000"]


def test_a_file_without_messages_is_named_not_passed_over() -> None:
    assert _reasons("patient;bsn\r\n1;2\r\n") == [(1, RejectReason.OUTSIDE_MESSAGE)]
    assert read(b"") == []


@pytest.mark.parametrize("cut", range(5, len(ONE)))
def test_a_message_cut_anywhere_never_takes_the_next_one_along(cut: int) -> None:
    found = [item for item in read(ONE[:cut] + TWO) if isinstance(item, AdtMessage)]
    assert found[-1].header.text(7) == "20240102120000"
    assert [segment.text(3) for segment in found[-1].segments if segment.name == "PID"] == [number("2")]
    assert all(len([s for s in item.segments if s.name == "PID"]) <= 1 for item in found)


def test_a_damaged_header_does_not_pour_its_segments_into_the_message_before() -> None:
    for damaged in ("XSH|^~\\&|", "msh|^~\\&|", "MS|^~\\&|", "|^~\\&|"):
        second = TWO.replace("MSH|^~\\&|", damaged, 1)
        found = read(ONE + second + THREE)
        messages = [item for item in found if isinstance(item, AdtMessage)]
        assert [item.header.text(7) for item in messages][-1] == "20240103120000"
        for item in messages:
            assert len([s for s in item.segments if s.name == "PID"]) <= 1
        assert any(isinstance(item, RejectedRecord) for item in found)


def test_line_break_inside_a_segment_that_is_read_is_refused() -> None:
    broken = update("20240101120000", "1", name="Jan\rsen^Jan")
    assert _reasons(broken + TWO) == [(1, RejectReason.SEGMENT_BROKEN)]
    assert _times(broken + TWO) == ["20240102120000"]


def test_line_break_inside_another_segment_does_no_harm() -> None:
    note = adt("A08", "20240101120000", pid(number("1")), "OBX|1|TX|||a report\rwith lines|\rand more")
    assert _reasons(note) == []
    assert _times(note) == ["20240101120000"]


@pytest.mark.parametrize("signs", ["^~\\", "^^\\&", "^~A&", "", "|~\\&", "^~\\&#~x"])
def test_delimiters_that_cannot_be_are_refused(signs: str) -> None:
    content = ONE.replace("^~\\&", signs, 1)
    assert [reason for _, reason in _reasons(content + TWO)] == [RejectReason.HEADER_MALFORMED]
    assert _times(content + TWO) == ["20240102120000"]


def test_truncation_character_of_version_2_7() -> None:
    assert _times(ONE.replace("^~\\&", "^~\\&#", 1)) == ["20240101120000"]


def test_other_message_types_are_passed_over() -> None:
    result = ONE.replace("ADT^A08", "ORU^R01")
    assert [type(found) for found in read(result + TWO)] == [OtherMessage, AdtMessage]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("8859/1", "iso8859-1"), ("8859/15", "iso8859-15"), ("UNICODE UTF-8", "utf-8"), ("UTF-8", "utf-8"),
        ("", "cp1252"), ("ASCII", "cp1252"), ("ISO IR100", None), ("8859/1~UNICODE UTF-8", "iso8859-1"),
    ],
)  # fmt: skip
def test_character_sets(charset: str, codec: str | None) -> None:
    text = update("20240101120000", "1", name="Çelik^Renée").replace("8859/1", charset)
    content = text.encode(codec or "latin-1")
    (found,) = read(content, encoding="cp1252")
    if codec is None:
        assert isinstance(found, RejectedRecord)
        assert found.reason is RejectReason.CHARACTER_SET_UNKNOWN
    else:
        assert isinstance(found, AdtMessage)
        assert found.segments[1].text(5) == "Çelik^Renée"


def test_unknown_character_set_does_not_matter_for_ascii() -> None:
    assert _times(ONE.replace("8859/1", "KLINGON")) == ["20240101120000"]


def test_text_that_is_not_in_its_character_set_is_refused() -> None:
    text = update("20240101120000", "1", name="Çelik^Renée").replace("8859/1", "UNICODE UTF-8").encode("latin-1")
    assert _reasons(text + TWO.encode()) == [(1, RejectReason.CHARACTER_SET_WRONG)]
    assert _times(text + TWO.encode()) == ["20240102120000"]


def test_a_message_beyond_the_limit_is_named_and_passed_over() -> None:
    long = adt("A08", "20240101120000", pid(number("1")), "OBX|1|ED|" + "A" * 3_000_000)
    blocks = list(cut_messages(io.BytesIO((ONE + long + TWO).encode()), limit=2_000_000))
    assert [block.kind for block in blocks] == [BlockKind.MESSAGE, BlockKind.TOO_LONG, BlockKind.MESSAGE]
    assert [block.line for block in blocks] == [1, 4, 8]
    assert blocks[2].content == TWO.encode()


def test_messages_over_the_edges_of_the_reading_window() -> None:
    count = 9_000
    content = b"".join(update(f"2024010112{i % 60:02d}00", str(i)).encode() for i in range(count))
    assert len(content) > 1 << 20
    found = read(content)
    assert [item.segments[1].text(3) for item in found if isinstance(item, AdtMessage)] == [
        number(str(i)) for i in range(count)
    ]
    assert [item.line for item in found] == [1 + 3 * i for i in range(count)]


MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(ONE) - 1), st.sampled_from(["cut", "drop", "put"]), st.binary(max_size=6)), max_size=6
)


@settings(max_examples=400, deadline=None)
@given(MUTATIONS)
@example([(0, "drop", b"")])
def test_no_damage_crashes_the_reader_or_loses_the_message_after(mutations: list[tuple[int, str, bytes]]) -> None:
    damaged = bytearray(ONE.encode())
    for position, action, content in mutations:
        at = min(position, len(damaged))
        if action == "cut":
            del damaged[at:]
        elif action == "drop":
            del damaged[at : at + 1 + len(content)]
        else:
            damaged[at:at] = content
    found = [item for item in read(bytes(damaged) + b"\r" + TWO.encode()) if isinstance(item, AdtMessage)]
    assert found
    assert found[-1].content.decode() == TWO
    assert found[-1].segments[1].text(3) == number("2")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_at_all(content: bytes) -> None:
    found = read(content + b"\r" + merge("20240101120000", "1", "2").encode())
    assert isinstance(found[-1], AdtMessage)
    assert [segment.name for segment in found[-1].segments] == ["EVN", "PID", "MRG"]
