"""Files come apart and go together: with and without preamble, meta information and transfer syntax."""

from __future__ import annotations

import io

import pydicom
import pytest

from remediate.header.part10 import IMPLEMENTATION_CLASS_UID, Part10, build_meta, split_part10
from remediate.header.reasons import HeaderReason
from remediate.header.refusal import Refusal
from tests.header.header_samples import BIG_ENDIAN, EXPLICIT, IMPLICIT, JPEG, encoded, patient, text


def split(data: bytes) -> Part10:
    part = split_part10(data)
    assert isinstance(part, Part10), part
    return part


def test_our_meta_information_is_read_by_pydicom_and_by_us() -> None:
    dataset = encoded(patient(), EXPLICIT)
    data = build_meta("1.2.840.10008.5.1.4.1.1.7", "1.2.3", JPEG) + dataset
    meta = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).file_meta
    assert (meta.TransferSyntaxUID, meta.MediaStorageSOPInstanceUID) == (JPEG, "1.2.3")
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    part = split(data)
    assert (part.transfer_syntax_uid, part.sop_instance_uid) == (JPEG, "1.2.3")
    assert part.sop_class_uid == "1.2.840.10008.5.1.4.1.1.7"
    assert bytes(part.dataset) == dataset
    assert bytes(part.meta) + bytes(part.dataset) == data


def test_components_of_our_uids_cannot_be_taken_for_a_bsn() -> None:
    assert all(len(component) <= 8 for component in IMPLEMENTATION_CLASS_UID.split("."))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_a_bare_data_set_shows_its_own_syntax(syntax: str) -> None:
    data = encoded(patient(), syntax)
    part = split(data)
    assert part.transfer_syntax_uid == syntax
    assert not part.meta
    assert bytes(part.dataset) == data


def test_group_2_without_preamble_and_with_a_wrong_group_length() -> None:
    group = encoded([text(0x00020003, "UI", "1.2.3"), text(0x00020010, "UI", IMPLICIT)], EXPLICIT)
    wrong_length = b"\x02\x00\x00\x00UL\x04\x00\x02\x00\x00\x00"
    part = split(wrong_length + group + encoded(patient(), IMPLICIT))
    assert part.transfer_syntax_uid == IMPLICIT
    assert bytes(part.dataset) == encoded(patient(), IMPLICIT)


def test_meta_information_without_a_transfer_syntax() -> None:
    group = encoded([text(0x00020003, "UI", "1.2.3")], EXPLICIT)
    assert split(bytes(128) + b"DICM" + group + encoded(patient(), BIG_ENDIAN)).transfer_syntax_uid == BIG_ENDIAN


@pytest.mark.parametrize("data", [b"", b"plain text, nothing of DICOM", bytes(200), b"\xff" * 64])
def test_what_is_no_dicom_is_refused(data: bytes) -> None:
    part = split_part10(data)
    assert isinstance(part, Refusal)
    assert part.reason is HeaderReason.NOT_A_DATA_SET


def test_broken_meta_information_is_refused() -> None:
    part = split_part10(bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\xff\x00")
    assert isinstance(part, Refusal)
    assert part.reason is HeaderReason.FILE_META_UNREADABLE


def test_nothing_is_copied() -> None:
    data = bytearray(build_meta("1.2", "1.2.3", EXPLICIT) + encoded(patient(), EXPLICIT))
    part = split_part10(data)
    assert isinstance(part, Part10)
    data[-1] = 0xEE
    assert part.dataset[-1] == 0xEE
