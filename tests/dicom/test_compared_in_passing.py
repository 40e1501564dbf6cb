"""Objects that are compared while they arrive: the same leaves nothing on disk, anything else is kept whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from remediate.dicom.arrivals import ComparedObject, IncomingFile
from remediate.dicom.associations import Association, DimseMessage, OfferedContext
from remediate.dicom.commands import CommandElement
from remediate.header.part10 import Part10, split_part10
from remediate.records.dicom import OutgoingObject, Retrieval, TransferProblem
from remediate.spool.files import SpoolFiles
from tests.dicom.archive_helpers import (
    STUDY,
    answer,
    archive_at,
    found,
    outgoing,
    scripted_archive,
    send_object,
    uid_of,
)


def retrieve(
    folder: Path, sent: Sequence[tuple[int, bytes | None]], expected: Callable[[str], OutgoingObject | None], *of: int
) -> Retrieval:
    """A retrieval of these objects from an archive that sends those."""

    def act(association: Association, message: DimseMessage) -> None:
        for number, data in sent:
            send_object(association, number, data=data)
        answer(association, message, 0)

    with scripted_archive(act) as port:
        archive = archive_at(port)
        try:
            return archive.retrieve(STUDY, found(*of), folder, expected)
        finally:
            archive.close()


def every(uid: str) -> OutgoingObject:
    return outgoing(int(uid.rpartition(".")[2]))


def changed(number: int) -> bytes:
    """The same object with another last byte."""
    return b"".join(outgoing(number).parts)[:-1] + b"!"


def test_what_comes_as_expected_is_named_and_leaves_nothing_on_disk(tmp_path: Path) -> None:
    got = retrieve(tmp_path, [(1, None), (2, None)], every, 1, 2)
    assert (got.same, got.received, got.problems) == ({uid_of(1), uid_of(2)}, (), ())
    assert list(tmp_path.iterdir()) == []


def test_what_differs_is_kept_as_it_came(tmp_path: Path) -> None:
    got = retrieve(tmp_path, [(1, None), (2, changed(2))], every, 1, 2)
    (kept,) = got.received
    assert (kept.sop_instance_uid, got.same, got.problems) == (uid_of(2), {uid_of(1)}, ())
    parts = split_part10(kept.path.read_bytes())
    assert isinstance(parts, Part10)
    assert bytes(parts.dataset) == changed(2)
    assert kept.nbytes == len(parts.dataset)


def test_another_transfer_syntax_is_never_the_same(tmp_path: Path) -> None:
    got = retrieve(
        tmp_path, [(1, None)], lambda uid: replace(every(uid), transfer_syntax_uid=ImplicitVRLittleEndian), 1
    )
    assert [item.transfer_syntax_uid for item in got.received] == [ExplicitVRLittleEndian]


def test_only_what_was_asked_for_counts(tmp_path: Path) -> None:
    got = retrieve(tmp_path, [(1, None), (3, None)], every, 1, 2)
    assert got.same == {uid_of(1)}
    assert got.problems == ((TransferProblem.MISSING, uid_of(2)), (TransferProblem.UNEXPECTED, uid_of(3)))


@pytest.mark.parametrize("first", [None, changed(1)])
@pytest.mark.parametrize("second", [None, changed(1)])
def test_twice_under_one_name_is_harmless_only_when_it_is_the_same(
    tmp_path: Path, first: bytes | None, second: bytes | None
) -> None:
    got = retrieve(tmp_path, [(1, first), (1, second)], every, 1)
    named = ((TransferProblem.DUPLICATE_DIFFERS, uid_of(1)),) if first != second else ()
    assert got.problems == named
    assert len(got.same) + len(got.received) == 1, "the first one counts"
    assert len(list(tmp_path.iterdir())) == len(got.received)


pieces = st.lists(st.binary(max_size=9), max_size=6)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expected=pieces, came=pieces, is_same=st.booleans())
def test_whatever_the_pieces_only_equal_bytes_are_the_same(
    tmp_path: Path, expected: list[bytes], came: list[bytes], is_same: bool
) -> None:
    whole = b"".join(expected)
    if is_same:
        came = [whole[at : at + 4] for at in range(0, len(whole), 4)]
    wanted = OutgoingObject(
        sop_instance_uid=uid_of(1), sop_class_uid="1.2", transfer_syntax_uid="1.2", parts=expected, nbytes=len(whole)
    )
    request = {CommandElement.AFFECTED_SOP_CLASS_UID: "1.2", CommandElement.AFFECTED_SOP_INSTANCE_UID: uid_of(1)}
    compared = ComparedObject(
        wanted, lambda: IncomingFile(SpoolFiles(), tmp_path, OfferedContext("1.2", "1.2"), request, 1)
    )
    for piece in came:
        compared.write(memoryview(piece))
    file = compared.ended()
    assert (file is None) is (b"".join(came) == whole)
    if file is not None:
        assert file.start(1000) == b"".join(came)
        assert file.nbytes == sum(map(len, came))
        file.discard()
    assert list(tmp_path.iterdir()) == []
