"""C-GET against archives that lose, double, swap and add objects: every instance is accounted for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from remediate.config.archive import ListenSettings
from remediate.dicom import commands, pdata
from remediate.dicom.associations import Association, DimseMessage, OfferedContext
from remediate.dicom.commands import DATA_SET, CommandElement, Request
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.identifiers import encode_identifier
from remediate.errors import SpoolError
from remediate.header.part10 import Part10, split_part10
from remediate.records.dicom import Retrieval, TransferProblem
from tests.dicom.archive_helpers import (
    ROOT,
    STUDY,
    answer,
    archive_at,
    asked_uids,
    dataset,
    encoded,
    found,
    outgoing,
    scripted_archive,
    send_object,
    uid_of,
)
from tests.servers import free_port

Act = Callable[[Association, DimseMessage], None]


def retrieve(act: Act, folder: Path, *numbers: int, retries: int = 0) -> Retrieval:
    with scripted_archive(act) as port:
        archive = archive_at(port, retries=retries)
        try:
            return archive.retrieve(STUDY, found(*numbers), folder)
        finally:
            archive.close()


def sending(*numbers: int, status: int | None = 0, **counts: int) -> Act:
    def act(association: Association, message: DimseMessage) -> None:
        for number in numbers:
            send_object(association, number)
            answer(association, message, 0xFF00, remaining=1)
        answer(association, message, status, **counts)

    return act


def test_what_arrives_is_on_disk_byte_for_byte_and_only_for_us(tmp_path: Path) -> None:
    got = retrieve(sending(2, 1), tmp_path, 1, 2)
    assert got.complete
    assert got.status == 0
    assert [item.sop_instance_uid for item in got.received] == [uid_of(1), uid_of(2)]
    for number, item in enumerate(got.received, start=1):
        assert item.path == tmp_path / f"{uid_of(number)}.dcm"
        assert item.path.stat().st_mode & 0o777 == 0o600
        parts = split_part10(item.path.read_bytes())
        assert isinstance(parts, Part10)
        assert bytes(parts.dataset) == encoded(dataset(number))
        assert (parts.transfer_syntax_uid, parts.sop_instance_uid) == (item.transfer_syntax_uid, uid_of(number))
        assert item.nbytes == len(parts.dataset)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("act", "problems"),
    [
        (sending(1), [(TransferProblem.MISSING, uid_of(2))]),
        (sending(1, 2, failed=1), [(TransferProblem.FAILED_SUBOPERATIONS, "")]),
        (sending(1, 2, status=0xB000, failed=1), [(TransferProblem.FAILED_SUBOPERATIONS, "")]),
        (sending(1, 2, status=None), [(TransferProblem.NO_FINAL_STATUS, "")]),
        (sending(1, 2, 3), [(TransferProblem.UNEXPECTED, uid_of(3))]),
        (sending(1, 2, 2, 1), []),
        (sending(1, 2, status=0xB000, warning=2), []),
        (
            sending(status=0xA900),
            [(TransferProblem.MISSING, uid_of(1)), (TransferProblem.MISSING, uid_of(2)), (TransferProblem.REFUSED, "")],
        ),
        (sending(1, 2, status=0xFE00), [(TransferProblem.REFUSED, "")]),
    ],
)
def test_each_fault_is_named(act: Act, problems: list[tuple[TransferProblem, str]], tmp_path: Path) -> None:
    got = retrieve(act, tmp_path, 1, 2)
    assert list(got.problems) == problems
    assert got.complete is not bool(problems)
    assert {p.name for p in tmp_path.iterdir()} == {f"{i.sop_instance_uid}.dcm" for i in got.received}


def test_success_with_a_lost_object_is_not_believed(tmp_path: Path) -> None:
    got = retrieve(sending(1, status=0, completed=2, failed=0), tmp_path, 1, 2)
    assert got.status == 0
    assert not got.complete


def test_the_same_instance_with_other_bytes_is_named_and_the_first_is_kept(tmp_path: Path) -> None:
    def act(association: Association, message: DimseMessage) -> None:
        send_object(association, 1)
        send_object(association, 1, data=encoded(dataset(1))[:-2] + b"zz")
        answer(association, message, 0)

    got = retrieve(act, tmp_path, 1)
    assert list(got.problems) == [(TransferProblem.DUPLICATE_DIFFERS, uid_of(1))]
    assert got.received[0].path.read_bytes().endswith(encoded(dataset(1)))


def test_an_object_of_another_study_does_not_get_in_under_a_wanted_name(tmp_path: Path) -> None:
    def act(association: Association, message: DimseMessage) -> None:
        stranger = dataset(1, study=f"{ROOT}.2")
        stranger.SOPInstanceUID = uid_of(1)
        send_object(association, 1, data=encoded(stranger))
        renamed = dataset(2)
        renamed.SOPInstanceUID = uid_of(9)
        send_object(association, 2, data=encoded(renamed))
        answer(association, message, 0)

    got = retrieve(act, tmp_path, 1, 2)
    assert (TransferProblem.FOREIGN_STUDY, uid_of(1)) in got.problems
    assert (TransferProblem.UNEXPECTED, uid_of(2)) in got.problems
    assert not got.received
    assert not list(tmp_path.iterdir())


def test_after_a_broken_link_only_what_is_missing_is_asked_for_again(tmp_path: Path) -> None:
    asked: list[tuple[str, list[str]]] = []

    def act(association: Association, message: DimseMessage) -> None:
        asked.append(asked_uids(message))
        if len(asked) == 1:
            send_object(association, 1)
            association.abort()
            return
        send_object(association, 2)
        answer(association, message, 0)

    got = retrieve(act, tmp_path, 1, 2, retries=2)
    assert got.complete
    assert asked == [("IMAGE", [uid_of(1), uid_of(2)]), ("IMAGE", [uid_of(2)])]


def test_a_link_that_keeps_breaking_leaves_the_accounts_open(tmp_path: Path) -> None:
    def act(association: Association, message: DimseMessage) -> None:
        send_object(association, 1)
        association.close()

    got = retrieve(act, tmp_path, 1, 2, retries=2)
    assert got.status is None
    assert (TransferProblem.NO_FINAL_STATUS, "") in got.problems
    assert (TransferProblem.MISSING, uid_of(2)) in got.problems


def test_a_cut_in_mid_object_leaves_no_half_object(tmp_path: Path) -> None:
    def act(association: Association, message: DimseMessage) -> None:
        item = outgoing(1, size=1 << 16)
        context_id = association.context_id(OfferedContext(item.sop_class_uid, item.transfer_syntax_uid))
        command = {
            CommandElement.AFFECTED_SOP_CLASS_UID: item.sop_class_uid,
            CommandElement.COMMAND_FIELD: Request.C_STORE,
            CommandElement.MESSAGE_ID: 5,
            CommandElement.DATA_SET_TYPE: DATA_SET,
            CommandElement.AFFECTED_SOP_INSTANCE_UID: item.sop_instance_uid,
        }
        assert context_id is not None
        head = pdata.frame(context_id, [commands.encode(command)], command=True, max_pdu=0)
        body = list(pdata.frame(context_id, item.parts, command=False, max_pdu=4096))
        association._connection.send([*head, *body[:7]])
        association.close()

    with pytest.raises(LinkError) as caught:
        retrieve(act, tmp_path, 1)
    assert caught.value.fault is Fault.CLOSED
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_clear_line_and_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    budget = [2000]

    def write(handle: int, data: memoryview) -> int:
        budget[0] -= len(data)
        if budget[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data)

    monkeypatch.setattr("remediate.dicom.arrivals.os.write", write)
    with pytest.raises(SpoolError, match="is full"):
        retrieve(sending(1, 2, 3, 4, 5), tmp_path, 1, 2, 3, 4, 5, retries=3)
    assert all(p.suffix == ".dcm" for p in tmp_path.iterdir())


def test_the_whole_study_is_asked_for_only_when_all_its_listed_objects_are_named(tmp_path: Path) -> None:
    asked: list[tuple[str, list[str]]] = []
    listing = {
        "SERIES": [("SeriesInstanceUID", f"{STUDY}.1")],
        "IMAGE": [("SOPInstanceUID", uid_of(n)) for n in (1, 2)],
    }

    def act(association: Association, message: DimseMessage) -> None:
        level, uids = asked_uids(message)
        if message.command[CommandElement.COMMAND_FIELD] == Request.C_FIND:
            for keyword, value in listing[level]:
                response = Dataset()
                setattr(response, keyword, value)
                response.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
                association.send(
                    message.context_id,
                    {
                        CommandElement.COMMAND_FIELD: 0x8020,
                        CommandElement.MESSAGE_ID_RESPONDED_TO: message.command[CommandElement.MESSAGE_ID],
                        CommandElement.DATA_SET_TYPE: DATA_SET,
                        CommandElement.STATUS: 0xFF01,
                    },
                    [encode_identifier(response, OfferedContext("", "1.2.840.10008.1.2"))],
                )
            answer(association, message, 0)
            return
        asked.append((level, uids))
        for number in (1, 2):
            if not uids or uid_of(number) in uids:
                send_object(association, number)
        answer(association, message, 0)

    with scripted_archive(act) as port:
        archive = archive_at(port)
        listed = archive.find_instances(STUDY)
        assert archive.retrieve(STUDY, listed, tmp_path).complete
        assert archive.retrieve(STUDY, listed[:1], tmp_path).complete
        archive.close()
    assert asked == [("STUDY", []), ("IMAGE", [uid_of(1)])]


def test_a_destination_unknown_to_the_archive_is_one_clear_line(tmp_path: Path) -> None:
    with scripted_archive(lambda association, message: answer(association, message, 0xA801)) as port:
        archive = archive_at(port, retrieve="c-move", listen=ListenSettings(port=free_port()))
        with pytest.raises(LinkError, match="does not know where to send") as caught:
            archive.retrieve(STUDY, found(1), tmp_path)
        archive.close()
    assert caught.value.fault is Fault.DESTINATION_UNKNOWN
    assert not caught.value.transient
