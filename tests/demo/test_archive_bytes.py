"""The embedded archive keeps and sends data sets byte for byte, for every syntax and odd encoding."""

from __future__ import annotations

import struct
import threading
from dataclasses import replace
from pathlib import Path

import pynetdicom
import pytest

from remediate.demo.archive import EmbeddedArchive
from remediate.demo.hospital import Hospital
from remediate.demo.part10 import DicomObject
from remediate.demo.shapes import TRANSFER_SYNTAXES
from tests.demo.demo_scu import connected, receiving

EXPLICIT = "1.2.840.10008.1.2.1"


def oddly_encoded(item: DicomObject) -> DicomObject:
    """Legal, but nothing that an encoder of today would write: each part changes when it is encoded anew."""
    assert item.transfer_syntax_uid == EXPLICIT
    uid = item.sop_instance_uid.encode()
    odd = b"".join(
        (
            struct.pack("<HH2sHL", 0x0071, 0x0010, b"LO", 6, 0x20444F20)[:6] + struct.pack("<H", 4) + b"ODD ",
            struct.pack("<HH2sHL", 0x0071, 0x1001, b"UN", 0, 0xFFFFFFFF),  # UN of undefined length: implicit inside
            struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF),
            struct.pack("<HHL", 0x0008, 0x0018, len(uid) + len(uid) % 2) + uid + b" " * (len(uid) % 2),
            struct.pack("<HHL", 0xFFFE, 0xE00D, 0),
            struct.pack("<HHL", 0xFFFE, 0xE0DD, 0),
            struct.pack("<HH2sHL", 0xFFFC, 0xFFFC, b"OB", 0, 4) + bytes(4),  # Data Set Trailing Padding
        )
    )
    return replace(item, dataset_bytes=item.dataset_bytes + odd)


@pytest.fixture(scope="module")
def one_of_each(all_objects: tuple[DicomObject, ...]) -> tuple[DicomObject, ...]:
    kinds = {(item.sop_class_uid, item.transfer_syntax_uid, item.sop_instance_uid[-2:]): item for item in all_objects}
    return tuple(kinds.values())


def test_pynetdicom_is_the_version_that_the_raw_service_knows() -> None:
    assert pynetdicom.__version__.startswith("3.0.")


def test_get_returns_every_study_as_stored(
    full_archive: EmbeddedArchive, hospital: Hospital, all_objects: tuple[DicomObject, ...]
) -> None:
    with connected(full_archive, all_objects) as client:
        for study in hospital.studies:
            final = client.get(StudyInstanceUID=study.study_instance_uid)
            assert (final.Status, final.get("NumberOfFailedSuboperations")) == (0x0000, 0)
    assert sorted(client.received, key=lambda one: one.sop_instance_uid) == sorted(
        all_objects, key=lambda one: one.sop_instance_uid
    )
    assert {item.transfer_syntax_uid for item in client.received} == set(TRANSFER_SYNTAXES)


def test_store_keeps_what_arrived_and_a_new_start_reads_it_back(
    archive_of: object, tmp_path: Path, one_of_each: tuple[DicomObject, ...], hospital: Hospital
) -> None:
    archive = archive_of()
    with connected(archive, one_of_each) as client:
        assert {client.store(item) for item in one_of_each} == {0x0000}
    kept = {item.sop_instance_uid: item for uid in archive.study_uids() for item in archive.objects(uid)}
    assert kept == {item.sop_instance_uid: item for item in one_of_each}
    again = EmbeddedArchive(tmp_path / "archive-0")
    assert again.study_uids() == archive.study_uids()


def test_odd_encodings_survive_store_and_get(archive_of: object, all_objects: tuple[DicomObject, ...]) -> None:
    item = oddly_encoded(next(one for one in all_objects if one.transfer_syntax_uid == EXPLICIT))
    archive = archive_of()
    with connected(archive, [item]) as client:
        assert client.store(item) == 0x0000
        (study,) = archive.study_uids()
        assert client.get(StudyInstanceUID=study).Status == 0x0000
    assert client.received == [item] == list(archive.objects(study))


def test_move_delivers_as_stored_to_a_known_destination_only(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    with receiving(full_archive) as received, connected(full_archive) as client:
        expected = []
        for study in hospital.studies[:12]:
            final = client.move("RECEIVER", StudyInstanceUID=study.study_instance_uid)
            assert (final.Status, final.NumberOfFailedSuboperations) == (0x0000, 0)
            expected += list(study.objects())
        assert client.move("STRANGER", StudyInstanceUID=study.study_instance_uid).Status == 0xA801
    assert received == expected


def test_move_to_a_destination_that_is_down_fails(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    full_archive.known_destinations["DOWN"] = ("127.0.0.1", 9)
    with connected(full_archive) as client:
        assert client.move("DOWN", StudyInstanceUID=hospital.studies[0].study_instance_uid).Status == 0xA702


def test_a_syntax_that_was_not_offered_is_decompressed_or_refused(
    full_archive: EmbeddedArchive, hospital: Hospital
) -> None:
    rle = next(s for s in hospital.studies if next(o.transfer_syntax_uid for o in s.objects()).endswith(".5"))
    jpeg = next(s for s in hospital.studies if next(o.transfer_syntax_uid for o in s.objects()).endswith(".50"))
    uncompressed = [replace(item, transfer_syntax_uid=EXPLICIT) for s in (rle, jpeg) for item in s.objects()]
    with connected(full_archive, uncompressed) as client:
        assert client.get(StudyInstanceUID=rle.study_instance_uid).Status == 0x0000
        assert {item.transfer_syntax_uid for item in client.received} == {EXPLICIT}
        final = client.get(StudyInstanceUID=jpeg.study_instance_uid)
        assert final.Status == 0xB000
        assert final.NumberOfFailedSuboperations > 0


def test_series_and_image_level_retrieve(full_archive: EmbeddedArchive, hospital: Hospital) -> None:
    study = hospital.studies[0]
    objects = list(study.objects())
    with connected(full_archive, objects) as client:
        client.get(
            level="IMAGE",
            StudyInstanceUID=study.study_instance_uid,
            SeriesInstanceUID=f"{study.study_instance_uid}.1",
            SOPInstanceUID=[objects[0].sop_instance_uid, objects[1].sop_instance_uid],
        )
        assert client.received == objects[:2]
        client.get(
            level="SERIES",
            StudyInstanceUID=study.study_instance_uid,
            SeriesInstanceUID=f"{study.study_instance_uid}.2",
        )
        assert client.uids()[2:] == [f"{study.study_instance_uid}.2.1"]


def test_only_loopback_and_no_thread_is_left(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loopback"):
        EmbeddedArchive(tmp_path, host="0.0.0.0")
    before = set(threading.enumerate())
    archive = EmbeddedArchive(tmp_path)
    with archive:
        assert archive.url == f"dicom://ARCHIVE@127.0.0.1:{archive.port}"
        with connected(archive) as client:
            assert client.association.send_c_echo().Status == 0x0000
    assert set(threading.enumerate()) <= before


def test_an_object_without_study_is_refused(archive_of: object, all_objects: tuple[DicomObject, ...]) -> None:
    nothing = replace(all_objects[0], dataset_bytes=b"")
    archive = archive_of()
    with connected(archive, [nothing]) as client:
        assert client.store(replace(nothing, dataset_bytes=struct.pack("<HHL", 0x0008, 0x0060, 2) + b"CT")) == 0xC000
    assert archive.study_uids() == ()
