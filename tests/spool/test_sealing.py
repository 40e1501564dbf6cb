"""Sealed files of the spool: read as they were written, from anywhere, and never when anything was done to them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.dicom.associations import Association, DimseMessage
from remediate.dicom.client import DicomArchive
from remediate.errors import KeysError, SpoolError
from remediate.spool import files, sealing
from remediate.spool.files import SpoolFiles
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import (
    STUDY,
    archive_at,
    dataset,
    encoded,
    found,
    scripted_archive,
    send_object,
    uid_of,
)
from tests.dicom.archive_helpers import answer as answer_with

CHUNK = 64
KEYS = {"batch-0001": bytes(32), "batch-0002": bytes(31) + b"\1"}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few bytes make many chunks."""
    monkeypatch.setattr(sealing, "CHUNK", CHUNK)


def write(path: Path, pieces: list[bytes], name: str = "one") -> None:
    files = SpoolFiles(KEYS.__getitem__)
    files.assign(path.parent, "batch-0001")
    handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_RDWR)
    writer = files.writer(handle, path.parent, name)
    for piece in pieces:
        writer.write(memoryview(piece))
    assert writer.start(100) == b"".join(pieces)[:100]
    writer.finish()
    os.close(handle)


def read(path: Path, name: str = "one", files: SpoolFiles | None = None) -> bytes:
    with (files or SpoolFiles(KEYS.__getitem__)).open(path, name) as file:
        return b"".join(file.read(0, file.nbytes))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=3 * CHUNK), max_size=5), start=st.integers(0, 900), size=st.integers(0, 900))
def test_what_was_written_is_read_from_anywhere(tmp_path: Path, pieces: list[bytes], start: int, size: int) -> None:
    path, whole = tmp_path / "f.sealed", b"".join(pieces)
    write(path, pieces)
    with SpoolFiles(KEYS.__getitem__).open(path, "one") as file:
        assert file.nbytes == len(whole)
        assert b"".join(file.read(0, len(whole))) == whole
        assert b"".join(file.read(start, start + size)) == whole[start : start + size]
    assert len(whole) < 16 or whole not in path.read_bytes() or whole in b"REMEDIATE-SPOOL-1\n"


def damaged(content: bytes) -> Iterator[bytes]:
    """Everything that can be done to a file of three chunks."""
    size = CHUNK + sealing.TAG
    head = content[: len(content) - 2 * size - (CHUNK // 2 + sealing.TAG)]
    one, two, last = content[len(head) :][:size], content[len(head) :][size : 2 * size], content[len(head) + 2 * size :]
    yield from (content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :] for at in range(len(content)))
    yield from (content[:at] for at in range(len(content)))
    yield head + two + one + last
    yield head + one + one + last
    yield head + one + last
    yield head + one + two + two + last
    yield content + bytes(1)
    yield content + last


def test_whatever_is_done_to_a_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "f.sealed"
    data = os.urandom(CHUNK * 2 + CHUNK // 2)
    write(path, [data])
    content = path.read_bytes()
    for wrong in damaged(content):
        path.write_bytes(wrong)
        with pytest.raises((SpoolError, KeyError)):  # KeyError: the key's name was changed into one that nobody has
            read(path)


def test_another_name_or_key_does_not_open_it(tmp_path: Path) -> None:
    path = tmp_path / "f.sealed"
    write(path, [b"original"])
    with pytest.raises(SpoolError, match="not what was written"):
        read(path, "two")
    with pytest.raises(SpoolError, match="not what was written"):
        read(path, files=SpoolFiles(lambda _: bytes(32)[:31] + b"\7"))

    def shredded(_: str) -> bytes:
        raise KeysError("gone")

    with pytest.raises(KeysError):
        read(path, files=SpoolFiles(shredded))


def test_two_files_with_the_same_content_have_nothing_in_common(tmp_path: Path) -> None:
    for name in ("f.sealed", "g.sealed"):
        write(tmp_path / name, [bytes(CHUNK)])
    one, other = (path.read_bytes() for path in (tmp_path / "f.sealed", tmp_path / "g.sealed"))
    assert len(one) == len(other)
    assert one[-CHUNK:] != other[-CHUNK:]


def retrieved(files: SpoolFiles, folder: Path) -> None:
    def act(association: Association, message: DimseMessage) -> None:
        for number in (1, 2, 2):
            send_object(association, number)
        answer_with(association, message, 0)

    with scripted_archive(act) as port:
        plain = archive_at(port)
        archive = DicomArchive(plain._settings, plain._evidence, files=files)
        try:
            got = archive.retrieve(STUDY, found(1, 2), folder)
        finally:
            archive.close()
            plain.close()
    assert got.complete, "the same object twice is the same under two seals"


def test_originals_are_found_again_by_the_next_process_and_nothing_of_them_stands_on_disk(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    folder = spool.folder("study", "original", key_name="batch-0002")
    retrieved(spool.files, folder)
    for path in folder.iterdir():
        content = path.read_bytes()
        assert path.suffix == ".sealed"
        assert b"999911120" not in content
        assert b"Vries" not in content
    again = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    items = again.received(folder)
    assert [item.sop_instance_uid for item in items] == [uid_of(1), uid_of(2)]
    for number, item in enumerate(items, start=1):
        assert again.read(item).header == encoded(dataset(number))


def test_what_only_passes_by_dies_with_the_process(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    folder = spool.folder("study", "read-back")
    retrieved(spool.files, folder)
    assert len(spool.received(folder)) == 2
    again = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    with pytest.raises(SpoolError, match="not what was written"):
        again.received(folder)
    again.remove(folder)
    assert not folder.exists()


def test_a_folder_that_was_removed_forgets_its_key(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    folder = spool.folder("study", "original", key_name="batch-0001")
    spool.remove(spool.folder("study"))
    retrieved(spool.files, spool.folder("study", "original"))
    again = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    with pytest.raises(SpoolError):
        again.received(folder)


def test_originals_in_work_are_at_hand_as_far_as_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(encoded(dataset(1)))
    monkeypatch.setattr(sealing, "CHUNK", 1 << 20)
    monkeypatch.setattr(files, "AT_HAND_BYTES", 2 * size)  # with the file meta information: one of the two
    spool = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    folder = spool.folder("study", "original", key_name="batch-0001")
    for _ in range(3):
        retrieved(spool.files, folder)
        items = spool.received(folder)
        for path in folder.iterdir():
            path.write_bytes(b"gone from disk")
        readable = 0
        for item in items:
            with contextlib.suppress(SpoolError):
                readable += len(spool.read(item).header) == size
        assert readable == 1
        spool.remove(folder)
        spool.folder("study", "original", key_name="batch-0001")


def test_plain_files_of_an_earlier_version_are_still_read(tmp_path: Path) -> None:
    spool = FolderSpool(tmp_path / "spool")
    folder = spool.folder("study", "original")
    retrieved(spool.files, folder)
    assert {path.suffix for path in folder.iterdir()} == {".dcm"}
    newer = FolderSpool(tmp_path / "spool", SpoolFiles(KEYS.__getitem__))
    assert [newer.read(item).header for item in newer.received(folder)] == [encoded(dataset(n)) for n in (1, 2)]
