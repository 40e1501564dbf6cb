"""The scanner finds every element's bounds in every encoding, and refuses what does not fit exactly."""

from __future__ import annotations

import struct

import pytest

from remediate.header.layout import Layout, layout_of
from remediate.header.reasons import SENTENCES, HeaderReason
from remediate.header.refusal import Refusal, refusals
from remediate.header.scanner import MAX_DEPTH
from remediate.header.tags import ORIGINAL_ATTRIBUTES_SEQUENCE
from tests.header.header_samples import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    SYNTAXES,
    Fragments,
    Leaf,
    Seq,
    encoded,
    patient,
    text,
)

read = refusals(layout_of)


def layout(data: bytes, syntax: str = EXPLICIT, *, last_tag: int | None = None) -> Layout:
    found = read(data, syntax, last_tag=last_tag)
    assert isinstance(found, Layout), found
    return found


def reason(data: bytes, syntax: str = EXPLICIT) -> HeaderReason:
    found = read(data, syntax, last_tag=None)
    assert isinstance(found, Refusal)
    return found.reason


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("undefined", [False, True])
def test_elements_fill_the_data_set_in_every_syntax(syntax: str, undefined: bool) -> None:
    inner = Seq(0x00081199, ((text(0x00080018, "UI", "1.2"),), ()), undefined=undefined, undefined_items=True)
    outer = Seq(0x00081140, ((inner,), (text(0x00081150, "UI", "1.2.3"),)), "SQ", undefined, undefined)
    pixels = Fragments((b"abcd", b"")) if syntax == JPEG else Leaf(0x7FE00010, "OW", b"xy")
    nodes = patient(outer, pixels, Leaf(0x00091001, "UN", b"odd"))
    found = layout(encoded(nodes, syntax), syntax)
    assert [element.tag for element in found.elements] == [node.tag for node in nodes]
    assert found.elements[-1].end == len(found.view)
    assert all(a.end == b.start for a, b in zip(found.elements, found.elements[1:], strict=False))
    items, _ = found.items(0x00081140)
    assert [[element.tag for element in item.elements] for item in items] == [[0x00081199], [0x00081150]]


@pytest.mark.parametrize("undefined", [False, True])
def test_un_holds_implicit_items_whatever_the_syntax(undefined: bool) -> None:
    for syntax in (EXPLICIT, BIG_ENDIAN):
        sequence = Seq(0x00101002, ((text(0x00100020, "LO", "H1"),),), "UN", undefined, undefined)
        found = layout(encoded(patient(sequence), syntax), syntax)
        items, encoding = found.items(0x00101002)
        assert encoding.implicit
        assert [element.tag for element in items[0].elements] == [0x00100020]


def test_un_of_undefined_length_may_hold_explicit_items_of_careless_writers() -> None:
    item = encoded([text(0x00100020, "LO", "H1")], EXPLICIT)
    content = struct.pack("<HHL", 0xFFFE, 0xE000, len(item)) + item + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    data = encoded([text(0x00080060, "CS", "CT")], EXPLICIT) + b"\x10\x00\x02\x10UN\0\0\xff\xff\xff\xff" + content
    items, encoding = layout(data).items(0x00101002)
    assert not encoding.implicit
    assert items[0].elements[0].vr == "LO"


def test_reading_stops_at_the_last_element_that_matters() -> None:
    broken_after = encoded(patient(), EXPLICIT)[:-10]
    found = layout(broken_after, last_tag=ORIGINAL_ATTRIBUTES_SEQUENCE)
    assert found.elements[-1].tag == 0x0020000E
    assert reason(broken_after) is HeaderReason.CUT_OFF


def test_zero_padding_after_the_last_element_is_allowed() -> None:
    data = encoded(patient(), EXPLICIT)
    assert layout(data + bytes(300)).elements == layout(data).elements
    assert layout(data + b"\0").elements == layout(data).elements
    assert reason(data + bytes(7) + b"\1") is HeaderReason.TRAILING_BYTES


def nested(depth: int) -> Seq:
    return Seq(0x00081199, ((nested(depth - 1),),) if depth else (), undefined=True, undefined_items=True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", HeaderReason.NOT_A_DATA_SET),
        (bytes(64), HeaderReason.NOT_A_DATA_SET),
        (b"\x08\x00\x16\x00", HeaderReason.NOT_A_DATA_SET),
        (encoded([text(0x00020010, "UI", "1.2")], EXPLICIT), HeaderReason.NOT_A_DATA_SET),
        (encoded([text(0x00041130, "CS", "DIR")], EXPLICIT), HeaderReason.MEDIA_DIRECTORY),
        (b"\x08\x00\x16\x00ZZ\x02\x00AB", HeaderReason.VR_UNKNOWN),
        (b"\x08\x00\x16\x00UI\xff\x00AB\0\0", HeaderReason.CUT_OFF),
        (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\x08\x00\x16\x00\0\0\0\0", HeaderReason.STRUCTURE_BROKEN),
        (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\2\0\0\0", HeaderReason.STRUCTURE_BROKEN),
        (b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff", HeaderReason.CUT_OFF),
        (b"\x08\x00\x40\x11UT\0\0\xff\xff\xff\xff\xfe\xff\xdd\xe0\0\0\0\0", HeaderReason.STRUCTURE_BROKEN),
        (b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\x04\0\0\0", HeaderReason.CUT_OFF),
        (encoded([nested(MAX_DEPTH + 1)], EXPLICIT), HeaderReason.NESTED_TOO_DEEP),
    ],
)
def test_what_does_not_fit_is_refused(data: bytes, expected: HeaderReason) -> None:
    assert reason(data) is expected


def test_syntaxes_that_dicom_does_not_know_are_refused() -> None:
    for uid in ("", "1.2.3", "1.2.840.10008.5.1.4.1.1.2", "no uid"):
        assert reason(encoded(patient(), EXPLICIT), uid) is HeaderReason.TRANSFER_SYNTAX_UNKNOWN


def test_explicit_bytes_under_an_implicit_syntax_are_refused_and_the_other_way_round() -> None:
    assert reason(encoded(patient(), EXPLICIT), IMPLICIT) is HeaderReason.CUT_OFF
    assert reason(encoded(patient(), IMPLICIT), EXPLICIT) is HeaderReason.VR_UNKNOWN
    assert isinstance(read(encoded(patient(), BIG_ENDIAN), EXPLICIT, last_tag=None), Refusal)


def test_damaged_deflate_streams_are_refused() -> None:
    data = encoded(patient(), DEFLATED)
    assert layout(data, DEFLATED).elements == layout(encoded(patient(), EXPLICIT)).elements
    assert reason(data[:-8], DEFLATED) is HeaderReason.INFLATE_FAILED
    assert reason(b"\xff" + data, DEFLATED) is HeaderReason.INFLATE_FAILED
    assert reason(data + b"rest", DEFLATED) is HeaderReason.INFLATE_FAILED


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert SENTENCES.keys() == set(HeaderReason)
    assert all(sentence.en and sentence.nl for sentence in SENTENCES.values())
