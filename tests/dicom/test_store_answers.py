"""C-STORE against archives that answer well, badly and not at all: nothing is raised, nothing is retried."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt

from remediate.dicom.associations import Association, DimseMessage, MemorySink
from remediate.records.dicom import OutgoingObject, StoreVerdict
from tests.dicom.archive_helpers import QUICK, answer, archive_at, dataset, encoded, outgoing, scripted_archive, uid_of


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (0x0000, StoreVerdict.STORED),
        (0xB000, StoreVerdict.WARNING),
        (0xA700, StoreVerdict.BUSY),
        (0x0122, StoreVerdict.REFUSED),
        (0xC000, StoreVerdict.REFUSED),
    ],
)
def test_the_answer_of_a_real_scp_becomes_a_verdict(status: int, verdict: StoreVerdict) -> None:
    node = AE(ae_title="ORTHANC")
    node.add_supported_context("1.2.840.10008.5.1.4.1.1.2", ExplicitVRLittleEndian)
    server = node.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda event: status)])
    archive = archive_at(int(server.socket.getsockname()[1]), retries=3)
    try:
        results = list(archive.store([outgoing(1), outgoing(2)]))
    finally:
        archive.close()
        server.shutdown()
    assert [(r.sop_instance_uid, r.verdict, r.status) for r in results] == [
        (uid_of(1), verdict, status),
        (uid_of(2), verdict, status),
    ]


@pytest.mark.parametrize("kind", ["no status", "silence", "abort", "hang up", "other message"])
def test_without_an_answer_the_object_is_unknown_and_sent_once(kind: str) -> None:
    received: list[bytes] = []

    def script(association: Association, message: DimseMessage) -> None:
        assert isinstance(message.sink, MemorySink)
        received.append(bytes(message.sink.data))
        if kind == "no status":
            answer(association, message, None)
        elif kind == "silence":
            time.sleep(0.6)
        elif kind == "abort":
            association.abort()
        elif kind == "hang up":
            association.close()
        else:
            answer(association, message._replace(command={**message.command, 0x0110: 999}), 0)

    with scripted_archive(script) as port:
        archive = archive_at(port, retries=3, timeouts=QUICK.model_copy(update={"store": 0.3}))
        (result,) = archive.store([outgoing(1)])
        archive.close()
    assert (result.verdict, result.status) == (StoreVerdict.UNKNOWN, None)
    assert received == [outgoing(1).parts[0]]


def test_the_next_object_goes_over_a_new_association_after_a_break() -> None:
    seen: list[int] = []

    def script(association: Association, message: DimseMessage) -> None:
        seen.append(id(association))
        if len(seen) == 1:
            association.abort()
        else:
            answer(association, message, 0)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        verdicts = [r.verdict for r in archive.store([outgoing(1), outgoing(2), outgoing(3)])]
        archive.close()
    assert verdicts == [StoreVerdict.UNKNOWN, StoreVerdict.STORED, StoreVerdict.STORED]
    assert seen[1] == seen[2] != seen[0]


def test_each_object_is_sent_only_when_its_result_is_asked_for() -> None:
    seen: list[DimseMessage] = []

    def script(association: Association, message: DimseMessage) -> None:
        seen.append(message)
        answer(association, message, 0)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        results = archive.store(outgoing(n) for n in range(1, 4))
        assert not seen
        next(results)
        assert len(seen) == 1
        next(results)
        assert len(seen) == 2
        archive.close()


def test_an_unaccepted_syntax_is_refused_without_sending() -> None:
    seen: list[DimseMessage] = []

    def choose(abstract: str, offered: object) -> str | None:
        return ImplicitVRLittleEndian if ImplicitVRLittleEndian in offered else None  # type: ignore[operator]

    def script(association: Association, message: DimseMessage) -> None:
        seen.append(message)
        answer(association, message, 0)

    with scripted_archive(script, choose) as port:
        archive = archive_at(port)
        first, second, third = archive.store(
            [
                outgoing(1),
                outgoing(2, syntax=ImplicitVRLittleEndian),
                outgoing(3, syntax="1.2.840.10008.1.2.5", data=b"ab"),
            ]
        )
        archive.close()
    assert [first.verdict, second.verdict, third.verdict] == [
        StoreVerdict.REFUSED,
        StoreVerdict.STORED,
        StoreVerdict.REFUSED,
    ]
    assert len(seen) == 1


def test_the_parts_of_an_object_arrive_as_one_data_set_in_small_pdus() -> None:
    whole = encoded(dataset(1, size=1 << 20))
    cuts = [0, 1, 7, 1000, 50_001, len(whole)]
    parts = [memoryview(whole)[a:b] for a, b in pairwise(cuts)]
    item = outgoing(1, data=whole)
    item = OutgoingObject(
        sop_instance_uid=item.sop_instance_uid,
        sop_class_uid=item.sop_class_uid,
        transfer_syntax_uid=item.transfer_syntax_uid,
        parts=parts,
        nbytes=len(whole),
    )
    received: list[bytes] = []

    def script(association: Association, message: DimseMessage) -> None:
        assert isinstance(message.sink, MemorySink)
        received.append(bytes(message.sink.data))
        answer(association, message, 0)

    with scripted_archive(script) as port:
        archive = archive_at(port)
        assert [r.verdict for r in archive.store([item])] == [StoreVerdict.STORED]
        archive.close()
    assert received == [whole]


def test_a_peer_that_stops_reading_does_not_hold_us_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remediate.dicom.store.SLOWEST_BYTES_PER_SECOND", 1 << 40)
    big = outgoing(1, data=bytes(1 << 25))

    def script(association: Association, message: DimseMessage) -> None:
        answer(association, message, 0)
        time.sleep(1.5)

    with scripted_archive(script) as port:
        archive = archive_at(port, timeouts=QUICK.model_copy(update={"store": 0.4}))
        started = time.monotonic()
        verdicts = [r.verdict for r in archive.store([outgoing(2), big])]
        took = time.monotonic() - started
        archive.close()
    assert verdicts == [StoreVerdict.STORED, StoreVerdict.UNKNOWN]
    assert took < 1.2
