"""A data set without its long values says, corrects, hashes and compares as the whole one does: on every file here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from pydicom.data import get_testdata_files

from remediate.demo.hospital import build_hospital
from remediate.header import skeleton
from remediate.header.compare import SAME_BYTES, SAME_CONTENT, Different, compare
from remediate.header.correction import Correction, Parts, apply, plan_correction
from remediate.header.dataset import HeldDataSet, LongParts, compare_held, condensed, corrected, held_in_memory
from remediate.header.evidence_reader import EvidenceSettings, read_evidence
from remediate.header.part10 import Part10, split_part10
from remediate.header.profiles import OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID, Profile
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal, Refused
from remediate.header.syntax import syntax_of
from tests.header.header_samples import BSN, EXPLICIT, PROVENANCE

LONGEST = 80
PROFILES = (OTHER_PATIENT_IDS_SEQUENCE, PATIENT_ID)


@pytest.fixture(autouse=True)
def short_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nearly every value counts as long, and sequences have to be looked for in growing windows."""
    monkeypatch.setattr(skeleton, "LONGEST_VALUE", LONGEST)
    monkeypatch.setattr(skeleton, "_WINDOW", 64)


@cache
def data_sets() -> tuple[tuple[str, bytes, str], ...]:
    """Name, bytes and transfer syntax of all that is not deflated, which is never held without its long values."""
    return tuple((name, data, syntax) for name, data, syntax in _everything() if _is_plain(syntax))


def _everything() -> Iterator[tuple[str, bytes, str]]:
    for name in sorted(get_testdata_files("**/*")):
        path = Path(name)
        if path.is_file():
            parts = split_part10(path.read_bytes())
            if isinstance(parts, Part10):
                yield path.name, bytes(parts.dataset), parts.transfer_syntax_uid
    for study in build_hospital(24).studies:
        for item in study.objects():
            yield item.sop_instance_uid, item.dataset_bytes, item.transfer_syntax_uid


def _is_plain(syntax: str) -> bool:
    try:
        return not syntax_of(syntax).deflated
    except Refused:
        return False


def long_of(data: bytes, syntax: str) -> HeldDataSet:
    held = condensed(held_in_memory(data, syntax))
    assert held.read is not None
    return held


def planned(data: memoryview | bytes, syntax: str, profile: Profile) -> Correction | Refusal:
    return plan_correction(data, syntax, bsn=BSN, profile=profile, provenance=PROVENANCE)


def test_the_header_says_what_the_whole_says() -> None:
    settings = EvidenceSettings()
    shortened = 0
    for name, data, syntax in data_sets():
        held = long_of(data, syntax)
        whole, brief = read_evidence(data, syntax, settings), read_evidence(held.header, syntax, settings)
        if isinstance(whole, Refusal):
            assert isinstance(brief, Refusal), name
        else:
            assert brief == whole, name
        shortened += bool(held.gaps)
    assert shortened > 150


def test_the_gaps_are_what_is_missing() -> None:
    for name, data, syntax in data_sets():
        held = long_of(data, syntax)
        made, at = bytearray(), 0
        for gap in held.gaps:
            made += held.header[at : gap.condensed_start]
            assert held.offset(gap.condensed_start) == gap.start, name
            assert gap.value_end - gap.value + (gap.end - gap.value_end) > LONGEST
            made += data[gap.start : gap.end]
            at = gap.condensed_end
        assert bytes(made + held.header[at:]) == data[: len(made) + len(held.header) - at], name


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_correction_of_the_header_is_the_correction_of_the_whole(profile: Profile) -> None:
    done = 0
    for name, data, syntax in data_sets():
        held = long_of(data, syntax)
        whole, brief = planned(data, syntax, profile), planned(held.header, syntax, profile)
        if isinstance(whole, Refusal):
            assert isinstance(brief, Refusal), name
            continue
        assert brief == whole, name
        expected, made = apply(whole, data), corrected(whole, held)
        assert isinstance(expected, Parts)
        assert isinstance(made, LongParts)
        assert b"".join(made) == expected.join(), name
        assert (made.nbytes, made.sha256()) == (expected.nbytes, expected.sha256()), name
        done += not whole.is_empty
    assert done > 100


def test_what_is_held_compares_as_the_whole_does() -> None:
    for name, data, syntax in data_sets():
        correction = planned(data, syntax, OTHER_PATIENT_IDS_SEQUENCE)
        if isinstance(correction, Refusal):
            continue
        held = long_of(data, syntax)
        expected = corrected(correction, held)
        if isinstance(expected, Refusal):
            continue
        sent = b"".join(expected)
        assert compare_held(correction, held, long_of(sent, syntax)) is SAME_BYTES, name
        assert compare_held(correction, held, held_in_memory(sent, syntax)) is SAME_BYTES, name
        other = replace(long_of(sent, syntax), transfer_syntax_uid=f"{syntax}.1")
        assert compare_held(correction, held, other) == Different(HeaderReason.TRANSCODED)
        for wrong in (sent[:-2], sent[:-1] + bytes([sent[-1] ^ 1]), sent[: len(sent) // 2]):
            found = compare_held(correction, held, long_of(wrong, syntax))
            assert isinstance(found, Different) is isinstance(compare(sent, wrong, syntax, syntax), Different), name


def test_a_long_value_that_differs_is_found_and_lengths_that_are_written_otherwise_are_not() -> None:
    explicit = (item for item in build_hospital(2).studies[1].objects() if item.transfer_syntax_uid == EXPLICIT)
    data, syntax = next(explicit).dataset_bytes, EXPLICIT
    nothing = Correction(transfer_syntax_uid=syntax)
    held = long_of(data, syntax)
    pixels = held.gaps[-1]
    wrong = bytearray(data)
    wrong[pixels.value + 5] ^= 1
    found = compare_held(nothing, held, long_of(bytes(wrong), syntax))
    assert found == Different(HeaderReason.PIXEL_DATA_DIFFERS, ("(7FE0,0010)",))
    padded = data + b"\xfc\xff\xfc\xffOB\0\0\4\0\0\0\0\0\0\0"  # Data Set Trailing Padding (FFFC,FFFC)
    assert compare_held(nothing, held, long_of(padded, syntax)) is SAME_CONTENT
    assert compare_held(nothing, held, held_in_memory(padded, syntax)) is SAME_CONTENT
