"""A large object passes through without ever being in memory as a whole."""

from __future__ import annotations

import mmap
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from archive_helpers import STUDY, answer, archive_at, dataset, encoded, found, outgoing, scripted_archive, send_object

from remediate.archive.associations import Association, Message
from remediate.records.dicom import OutgoingObject, StoreVerdict

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


def test_retrieving(tmp_path: Path) -> None:
    body = encoded(dataset(1)) + bytes(SIZE)

    def act(association: Association, message: Message) -> None:
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
