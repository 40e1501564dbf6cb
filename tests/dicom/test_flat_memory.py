"""A large object passes through without ever being in memory as a whole."""

from __future__ import annotations

import hashlib
import mmap
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from remediate.dicom.associations import Association, DimseMessage, MemorySink
from remediate.dicom.client import DicomArchive
from remediate.dicom.commands import CommandElement, Request
from remediate.header.changes import Correction
from remediate.header.dataset import corrected
from remediate.header.refusal import Refusal
from remediate.records.dicom import OutgoingObject, StoreVerdict
from remediate.spool.files import SpoolFiles
from remediate.spool.folder_spool import FolderSpool
from tests.dicom.archive_helpers import (
    STUDY,
    answer,
    archive_at,
    dataset,
    encoded,
    found,
    outgoing,
    scripted_archive,
    send_object,
)

SIZE = 64 << 20
ROOM = 8 << 20
"""Two read buffers of 2 MiB, and what Python needs."""


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class Counter:
    """Counts what it is given."""

    nbytes = 0

    def write(self, data: memoryview, /) -> None:
        self.nbytes += len(data)


class Digest:
    """Hashes what it is given."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: memoryview, /) -> None:
        self.digest.update(data)


def test_retrieving(tmp_path: Path) -> None:
    body = encoded(dataset(1)) + bytes(SIZE)

    def act(association: Association, message: DimseMessage) -> None:
        send_object(association, 1, data=body)
        answer(association, message, 0)

    with scripted_archive(act) as port:
        archive = archive_at(port)
        peak = peak_of(lambda: archive.retrieve(STUDY, found(1), tmp_path))
        archive.close()
    assert (tmp_path / f"{found(1)[0].sop_instance_uid}.dcm").stat().st_size > SIZE
    assert peak < ROOM


def test_storing(tmp_path: Path) -> None:
    with (tmp_path / "pixels").open("wb") as file:
        file.truncate(SIZE)
    with (tmp_path / "pixels").open("rb") as file:
        pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    small, counter = outgoing(1), Counter()
    item = OutgoingObject(
        sop_instance_uid=small.sop_instance_uid,
        sop_class_uid=small.sop_class_uid,
        transfer_syntax_uid=small.transfer_syntax_uid,
        parts=[*small.parts, memoryview(pixels)],
        nbytes=small.nbytes + SIZE,
    )
    verdicts: list[StoreVerdict] = []
    with scripted_archive(
        lambda association, message: answer(association, message, 0), open_sink=lambda context, command: counter
    ) as port:
        archive = archive_at(port)
        peak = peak_of(lambda: verdicts.extend(r.verdict for r in archive.store([item])))
        archive.close()
    assert verdicts == [StoreVerdict.STORED]
    assert counter.nbytes == item.nbytes
    assert peak < ROOM


def long_object() -> bytes:
    """With pixel data that are too long to be held in memory."""
    made = dataset(1)
    del made[0x7FE00010]
    return encoded(made) + struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, SIZE) + bytes(SIZE)


def test_from_the_archive_into_the_sealed_spool_corrected_stored_and_read_back(tmp_path: Path) -> None:
    """What `execute` does with a long object: never more of it in memory than a few chunks."""
    body, received, sent = long_object(), Digest(), Digest()
    sent.write(memoryview(body))

    def act(association: Association, message: DimseMessage) -> None:
        if message.command[CommandElement.COMMAND_FIELD] == Request.C_STORE:
            answer(association, message, 0)
            return
        send_object(association, 1, data=body)
        answer(association, message, 0)

    spool = FolderSpool(tmp_path / "spool", SpoolFiles(lambda _: bytes(32)))
    folder = spool.folder("original", key_name="batch-0001")

    def chain() -> None:
        (item,) = archive.retrieve(STUDY, found(1), folder).received
        held = spool.read(item)
        assert held.nbytes == len(body)
        assert len(held.header) < 1 << 16
        content = corrected(Correction(transfer_syntax_uid=item.transfer_syntax_uid), held)
        assert not isinstance(content, Refusal)
        assert content.sha256() == sent.digest.hexdigest()
        outgoing_item = replace(outgoing(1), parts=content, nbytes=content.nbytes)
        assert [r.verdict for r in archive.store([outgoing_item])] == [StoreVerdict.STORED]
        again = archive.retrieve(STUDY, found(1), spool.folder("back"), lambda _: outgoing_item)
        assert again.same == {item.sop_instance_uid}

    with scripted_archive(
        act,
        open_sink=lambda _, command: (
            received if command[CommandElement.COMMAND_FIELD] == Request.C_STORE else MemorySink()
        ),
    ) as port:
        plain = archive_at(port)
        archive = DicomArchive(plain._settings, plain._evidence, files=spool.files)
        peak = peak_of(chain)
        archive.close()
        plain.close()
    assert received.digest.digest() == sent.digest.digest()
    assert peak < 2 * ROOM
