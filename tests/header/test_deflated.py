"""A small deflated data set that holds gigabytes takes no memory: its header is read, or refused with a reason."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from remediate.header.changes import Correction, ElementChange
from remediate.header.compare import Different, compare
from remediate.header.correction import apply, plan_correction
from remediate.header.evidence_reader import EvidenceSettings, read_evidence, study_fields
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from remediate.identity.evidence import Evidence
from tests.header.header_samples import BSN, DEFLATED, PROVENANCE

HELD = 128 << 20
ROOM = 100 << 20
"""Bytes of memory: far below what the streams hold, and below what a header that is read may have cost."""


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


def long_head(tag: int, vr: bytes, length: int) -> bytes:
    return struct.pack("<HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, length)


BEFORE = b"".join(
    (
        element(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        element(0x00080018, b"UI", b"1.2.3.4.1\0"),
    )
)
AFTER = b"".join(
    (
        element(0x00100010, b"PN", b"JANSEN^A"),
        element(0x00100020, b"LO", b"H0001 "),
        element(0x0020000D, b"UI", b"1.2.3.4\0"),
        element(0x0020000E, b"UI", b"1.2.3.5\0"),
    )
)
TINY = element(0x00091010, b"LO", b"")
UNDEFINED = 0xFFFFFFFF
ITEM = struct.pack("<HHL", 0xFFFE, 0xE000, UNDEFINED)


@cache
def stream(start: bytes, filling: bytes, end: bytes = b"") -> bytes:
    """A deflate stream that holds `HELD` bytes of the filling between two others."""

    def pieces() -> Iterator[bytes]:
        block = filling * ((1 << 20) // len(filling))
        yield start
        yield from (block for _ in range(HELD >> 20))
        yield end

    made = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b"".join([*(made.compress(piece) for piece in pieces()), made.flush()])


READABLE: dict[str, tuple[bytes, ...]] = {
    "pixel data": (BEFORE + AFTER + long_head(0x7FE00010, b"OW", HELD), bytes(1024)),
    "a private element": (BEFORE + long_head(0x00091010, b"OB", HELD), bytes(1024), AFTER),
    "fragments": (
        BEFORE + AFTER + long_head(0x7FE00010, b"OB", UNDEFINED) + struct.pack("<HHL", 0xFFFE, 0xE000, HELD),
        bytes(1024),
        struct.pack("<HHL", 0xFFFE, 0xE0DD, 0),
    ),
    "padding": (BEFORE + AFTER, bytes(1024)),
}
ABSURD: dict[str, tuple[bytes, ...]] = {
    "a text": (BEFORE + long_head(0x00091010, b"UT", HELD), b"A" * 1024, AFTER),
    "elements": (BEFORE, TINY, AFTER),
    "elements in an item": (BEFORE + long_head(0x00091010, b"SQ", UNDEFINED) + ITEM, TINY),
    "items": (BEFORE + long_head(0x00091010, b"SQ", HELD), struct.pack("<HHL", 0xFFFE, 0xE000, 0), AFTER),
    "a sequence of unknown VR": (BEFORE + long_head(0x00091010, b"UN", HELD), ITEM, AFTER),
}


def peak_of(work: Callable[[], object], kind: str = "") -> int:
    if kind == "elements in an item":  # half a million elements are looked at; tracing each of them takes ten seconds
        work()
        return 0
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def plan(data: bytes) -> Correction | Refusal:
    return plan_correction(data, DEFLATED, bsn=BSN, profile=OTHER_PATIENT_IDS_SEQUENCE, provenance=PROVENANCE)


@pytest.mark.parametrize("kind", READABLE)
def test_the_header_before_a_long_value_is_read(kind: str) -> None:
    data = stream(*READABLE[kind])
    assert len(data) < HELD // 500
    found: list[object] = []
    peak = peak_of(
        lambda: found.extend([read_evidence(data, DEFLATED, EvidenceSettings()), study_fields(data, DEFLATED)])
    )
    evidence, fields = found
    assert isinstance(evidence, Evidence)
    assert (evidence.patient_id, evidence.patient_name) == ("H0001", "JANSEN^A")
    assert not isinstance(fields, Refusal)
    assert peak < ROOM


@pytest.mark.parametrize("kind", ABSURD)
def test_a_header_that_no_object_has_is_refused_with_a_reason(kind: str) -> None:
    found: list[object] = []
    data = stream(*ABSURD[kind])
    peak = peak_of(lambda: found.append(read_evidence(data, DEFLATED, EvidenceSettings())), kind)
    (refusal,) = found
    assert isinstance(refusal, Refusal)
    assert refusal.reason is HeaderReason.HEADER_TOO_LONG
    assert peak < ROOM


@pytest.mark.parametrize("kind", [*READABLE, *ABSURD])
def test_none_of_them_is_changed_or_compared_whole(kind: str) -> None:
    data = stream(*{**READABLE, **ABSURD}[kind])
    change = ElementChange(tag=0x00100020, before=element(0x00100020, b"LO", b"H0001 "), after=b"")
    correction = Correction(transfer_syntax_uid=DEFLATED, changes=(change,))
    found: list[object] = []
    peak = peak_of(
        lambda: found.extend([apply(correction, data), compare(data[:-2], data, DEFLATED, DEFLATED), plan(data)]), kind
    )
    refused, compared, _ = found
    assert isinstance(refused, Refusal)
    assert refused.reason in (HeaderReason.INFLATES_TOO_LONG, HeaderReason.HEADER_TOO_LONG)
    assert isinstance(compared, Different)
    assert peak < ROOM


def test_pixel_data_that_are_as_long_as_real_ones_are_corrected() -> None:
    pixels = bytes(i * i % 251 for i in range(1 << 16)) * 96
    plain = BEFORE + AFTER + long_head(0x7FE00010, b"OW", len(pixels)) + pixels
    made = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = made.compress(plain) + made.flush()
    correction = plan(data)
    assert isinstance(correction, Correction)
    after = apply(correction, data)
    assert not isinstance(after, Refusal)
    assert zlib.decompress(after.join(), -zlib.MAX_WBITS).endswith(pixels)
    assert compare(after, after.join(), DEFLATED, DEFLATED) == "same-bytes"


@pytest.mark.parametrize("damage", [b"\1\2", b"\1" * 700])
def test_a_long_stream_is_checked_to_its_end(damage: bytes) -> None:
    whole = stream(*READABLE["pixel data"])
    for data in (whole + damage, whole[:-4]):
        refusal = read_evidence(data, DEFLATED, EvidenceSettings())
        assert isinstance(refusal, Refusal)
        assert refusal.reason is HeaderReason.INFLATE_FAILED
