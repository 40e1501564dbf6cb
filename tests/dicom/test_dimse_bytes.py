"""Command sets and P-DATA framing, against pynetdicom's own and against themselves."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pynetdicom.dimse_messages import C_MOVE_RQ, C_STORE_RQ, C_STORE_RSP
from pynetdicom.dimse_primitives import C_MOVE, C_STORE
from pynetdicom.dsutils import encode
from pynetdicom.pdu import P_DATA_TF

from remediate.dicom import commands, pdata
from remediate.dicom.commands import CommandElement, Request

UIDS = st.from_regex(r"1\.2\.[1-9][0-9]{0,8}(\.[1-9][0-9]{0,8}){0,5}", fullmatch=True)
SHORTS = st.integers(0, 0xFFFF)


def pynetdicom_bytes(message: C_STORE_RQ | C_STORE_RSP | C_MOVE_RQ, primitive: C_STORE | C_MOVE) -> bytes:
    message.primitive_to_message(primitive)
    return bytes(encode(message.command_set, True, True))


@settings(max_examples=40, deadline=None)
@given(UIDS, UIDS, st.integers(1, 0xFFFF))
def test_a_c_store_request_is_the_one_that_pynetdicom_would_send(
    sop_class: str, instance: str, message_id: int
) -> None:
    primitive = C_STORE()
    primitive.AffectedSOPClassUID, primitive.AffectedSOPInstanceUID = sop_class, instance
    primitive.MessageID, primitive.Priority, primitive.DataSet = message_id, 2, BytesIO(b"12")
    ours = commands.encode(
        {
            CommandElement.AFFECTED_SOP_CLASS_UID: sop_class,
            CommandElement.COMMAND_FIELD: Request.C_STORE,
            CommandElement.MESSAGE_ID: message_id,
            CommandElement.PRIORITY: 2,
            CommandElement.DATA_SET_TYPE: commands.DATA_SET,
            CommandElement.AFFECTED_SOP_INSTANCE_UID: instance,
        }
    )
    assert ours == pynetdicom_bytes(C_STORE_RQ(), primitive)


@settings(max_examples=40, deadline=None)
@given(st.from_regex(r"[A-Z]{1,16}", fullmatch=True))
def test_a_c_move_request_names_the_destination_as_pynetdicom_does(destination: str) -> None:
    primitive = C_MOVE()
    primitive.AffectedSOPClassUID = "1.2.840.10008.5.1.4.1.2.2.2"
    primitive.MessageID, primitive.Priority = 7, 0
    primitive.MoveDestination, primitive.Identifier = destination, BytesIO(b"12")
    command = commands.decode(pynetdicom_bytes(C_MOVE_RQ(), primitive))
    assert commands.text(command, CommandElement.MOVE_DESTINATION) == destination
    assert commands.encode({n: v for n, v in command.items() if n}) == pynetdicom_bytes(C_MOVE_RQ(), primitive)


@given(SHORTS, UIDS)
def test_every_status_is_read_as_the_number_that_was_sent(status: int, uid: str) -> None:
    sent = {
        CommandElement.COMMAND_FIELD: 0x8001,
        CommandElement.STATUS: status,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: uid,
    }
    command = commands.decode(commands.encode(sent))
    assert commands.number(command, CommandElement.STATUS) == status
    assert commands.text(command, CommandElement.AFFECTED_SOP_INSTANCE_UID) == uid


def test_a_missing_or_empty_status_is_none_and_not_zero() -> None:
    assert (
        commands.number(commands.decode(commands.encode({CommandElement.COMMAND_FIELD: 0x8001})), CommandElement.STATUS)
        is None
    )
    empty = commands.encode({CommandElement.COMMAND_FIELD: 0x8001, CommandElement.STATUS: b""})
    assert commands.number(commands.decode(empty), CommandElement.STATUS) is None


@given(st.binary(max_size=200))
def test_bytes_that_are_no_command_set_are_refused_or_read_but_never_crash(data: bytes) -> None:
    try:
        commands.decode(data)
    except ValueError:
        return


@given(
    st.lists(st.binary(max_size=300), max_size=8),
    st.integers(8, 400).map(lambda n: n * 2) | st.just(0),
    st.booleans(),
)
def test_framing_keeps_every_byte_and_no_pdu_is_longer_than_the_peer_takes(
    parts: list[bytes], max_pdu: int, command: bool
) -> None:
    wire = b"".join(bytes(piece) for piece in pdata.frame(3, parts, command=command, max_pdu=max_pdu))
    data, lasts, at = b"", [], 0
    while at < len(wire):
        length = int.from_bytes(wire[at + 2 : at + 6], "big")
        assert wire[at] == pdata.P_DATA_TF
        assert max_pdu == 0 or length <= max_pdu
        for fragment in pdata.fragments(memoryview(wire)[at + 6 : at + 6 + length]):
            assert (fragment.context_id, fragment.is_command) == (3, command)
            data += fragment.data
            lasts.append(fragment.is_last)
        at += 6 + length
    assert data == b"".join(parts)
    assert lasts == [False] * (len(lasts) - 1) + [True]


def test_pynetdicom_reads_our_pdus() -> None:
    wire = b"".join(bytes(p) for p in pdata.frame(5, [b"ab", b"cdef"], command=False, max_pdu=16384))
    pdu = P_DATA_TF()
    pdu.decode(wire)
    assert pdu.to_primitive().presentation_data_value_list == [[5, b"\x02abcdef"]] or (
        pdu.to_primitive().presentation_data_value_list == [(5, b"\x02abcdef")]
    )


@pytest.mark.parametrize("payload", [b"\0\0\0", b"\0\0\0\x01\x01", b"\0\0\0\xff\x01\x02ab"])
def test_fragments_that_do_not_add_up_are_refused(payload: bytes) -> None:
    with pytest.raises(pdata.PdvError):
        list(pdata.fragments(memoryview(payload)))
