"""Bounds on what an archive sends: drips, endless answers and identifiers without end leave us free and small."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from remediate.config.archive import TimeoutSettings
from remediate.dicom import find
from remediate.dicom.associations import Association, DimseMessage
from remediate.dicom.client import DicomArchive
from remediate.dicom.commands import DATA_SET, CommandElement, Request
from remediate.dicom.faults import Fault, LinkError
from remediate.records.dicom import StudyQuery
from tests.dicom.archive_helpers import QUICK, STUDY, answer, archive_at, found, scripted_archive, send_object

SLOW = TimeoutSettings(
    connect=2, association=2, message=0.5, network=5, store=2, exchange=1, least_bytes_per_second=1000
)
BYTE_SECONDS = 0.05
"""Between two bytes of a drip: each is progress, long before any silence is too long."""

Way = Callable[[DicomArchive], object]
WAYS: dict[str, Way] = {
    "echo": lambda archive: archive.echo(),
    "find": lambda archive: archive.find_studies(StudyQuery()),
    "instances": lambda archive: archive.find_instances(STUDY),
}


def pending(message: DimseMessage, identifier: bytes) -> tuple[dict[int, int | str | bytes], list[bytes]]:
    command: dict[int, int | str | bytes] = {
        CommandElement.AFFECTED_SOP_CLASS_UID: message.command[CommandElement.AFFECTED_SOP_CLASS_UID],
        CommandElement.COMMAND_FIELD: Request.C_FIND | 0x8000,
        CommandElement.MESSAGE_ID_RESPONDED_TO: message.command[CommandElement.MESSAGE_ID],
        CommandElement.DATA_SET_TYPE: DATA_SET,
        CommandElement.STATUS: 0xFF00,
    }
    return command, [identifier]


def study_uid(number: int) -> bytes:
    uid = f"1.2.3.{number}".encode()
    uid += b"\0" * (len(uid) % 2)
    length = len(uid).to_bytes(4, "little")
    return b"\x20\x00\x0d\x00" + length + uid + b"\x20\x00\x0e\x00" + length + uid  # of a series too


def socket_of(association: Association) -> socket.socket:
    return association._connection._socket


def drip(association: Association, data: bytes) -> None:
    for at in range(len(data)):
        socket_of(association).sendall(data[at : at + 1])
        time.sleep(BYTE_SECONDS)


def dripping(association: Association, message: DimseMessage) -> None:
    """An answer of one byte at a time."""
    drip(association, b"\x04\x00" + (200).to_bytes(4, "big") + (196).to_bytes(4, "big") + b"\x01\x03" + bytes(194))


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_of_one_byte_at_a_time_is_broken_off(way: str) -> None:
    with scripted_archive(dripping) as port:
        archive = archive_at(port, timeouts=SLOW)
        began = time.monotonic()
        with pytest.raises(LinkError) as fault:
            WAYS[way](archive)
        seconds = time.monotonic() - began
        archive.close()
    assert fault.value.fault is Fault.TOO_SLOW
    assert seconds < 3


def test_an_object_of_one_byte_at_a_time_is_broken_off(tmp_path: object) -> None:
    with scripted_archive(dripping) as port:
        archive = archive_at(port, timeouts=SLOW)
        began = time.monotonic()
        with pytest.raises(LinkError) as fault:
            archive.retrieve(STUDY, found(1), tmp_path)  # type: ignore[arg-type]
        seconds = time.monotonic() - began
        archive.close()
    assert fault.value.fault is Fault.TOO_SLOW
    assert seconds < 3


def test_whole_answers_that_come_too_slowly_are_broken_off_in_the_end() -> None:
    """Each message is on time, yet the exchange would never end."""

    def script(association: Association, message: DimseMessage) -> None:
        number = 0
        while True:
            number += 1
            association.send(message.context_id, *pending(message, study_uid(number)))
            time.sleep(0.3)

    with scripted_archive(script) as port:
        archive = archive_at(port, timeouts=SLOW)
        began = time.monotonic()
        with pytest.raises(LinkError) as fault:
            archive.find_studies(StudyQuery())
        seconds = time.monotonic() - began
        archive.close()
    assert fault.value.fault is Fault.TOO_SLOW
    assert 1 < seconds < 5


def test_a_long_retrieval_has_more_time(tmp_path: object) -> None:
    """Longer than `exchange`, yet fast enough for what comes."""

    def script(association: Association, message: DimseMessage) -> None:
        for number in range(1, 7):
            send_object(association, number)
            time.sleep(0.25)
        answer(association, message, 0)

    with scripted_archive(script) as port:
        archive = archive_at(port, timeouts=SLOW)
        got = archive.retrieve(STUDY, found(*range(1, 7)), tmp_path)  # type: ignore[arg-type]
        archive.close()
    assert got.complete


def endless(association: Association, message: DimseMessage) -> None:
    number = 0
    while True:
        number += 1
        association.send(message.context_id, *pending(message, study_uid(number)))


@pytest.mark.parametrize("briefly", [True, False])
def test_endless_answers_are_taken_up_to_the_ceiling_and_no_further(briefly: bool) -> None:
    with scripted_archive(endless) as port:
        archive = archive_at(port, find_most=500)
        found_studies = archive.find_studies(StudyQuery(briefly=briefly))
        archive.close()
    assert (len(found_studies.studies), found_studies.cut_at) == (500, 500)
    assert not found_studies.complete


def test_endless_objects_of_a_study_are_a_fault_that_names_the_setting() -> None:
    with scripted_archive(endless) as port:
        archive = archive_at(port, find_most=500, retries=3)
        with pytest.raises(LinkError) as fault:
            archive.find_instances(STUDY)
        archive.close()
    assert fault.value.fault is Fault.TOO_MANY_ANSWERS
    assert not fault.value.transient
    assert "archive.find_most" in str(fault.value)


def test_long_answers_count_by_their_length() -> None:
    """A few answers of a megabyte each would fill the memory just as well."""
    text = b"\x10\x00\x20\x00" + (1 << 16).to_bytes(4, "little") + b"A" * (1 << 16)

    def script(association: Association, message: DimseMessage) -> None:
        number = 0
        while True:
            number += 1
            association.send(message.context_id, *pending(message, text + study_uid(number)))

    with scripted_archive(script) as port:
        archive = archive_at(port, find_most=1000)
        answered = archive.find_studies(StudyQuery(briefly=True))
        archive.close()
    assert not answered.complete
    assert len(answered.studies) <= 1000 * find.BYTES_PER_ANSWER >> 16


def test_an_identifier_without_end_is_broken_off() -> None:
    def script(association: Association, message: DimseMessage) -> None:
        command, _ = pending(message, b"")
        association.send(message.context_id, command, (bytes(1 << 20) for _ in range(100)))

    with scripted_archive(script) as port:
        archive = archive_at(port)
        with pytest.raises(LinkError) as fault:
            archive.find_studies(StudyQuery())
        archive.close()
    assert fault.value.fault is Fault.PROTOCOL
    assert not fault.value.transient


def test_nothing_is_tried_again_once_work_is_to_end() -> None:
    tries: list[int] = []

    def script(association: Association, message: DimseMessage) -> None:
        tries.append(1)
        association.abort()

    with scripted_archive(script) as port:
        plain = archive_at(port, retries=5)
        archive = DicomArchive(plain._settings, plain._evidence, sleep=lambda _: None, ending=lambda: len(tries) > 1)
        with pytest.raises(LinkError):
            archive.find_studies(StudyQuery())
        archive.close()
        plain.close()
    assert len(tries) == 2


def test_the_defaults_leave_time_for_slow_archives() -> None:
    times = TimeoutSettings()
    assert times.exchange >= 900
    assert times.least_bytes_per_second <= 1000
    assert QUICK.exchange == times.exchange
