"""DIMSE command sets to bytes and back (PS3.7 6.3.1 and annex E); knows nothing of associations.

Command sets are always Implicit VR Little Endian with elements of group 0000 only, so a table of VRs suffices.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache

Command = Mapping[int, int | str | bytes]
"""Element number in group 0000 to value; elements that the table does not know keep their bytes. An element of another
group, which some archives put into a response to say more about its status (PS3.7 C), stands under its whole tag."""

FAILED_SOP_INSTANCE_UID_LIST = 0x00080058
"""In a response to a C-GET or C-MOVE: in its identifier (PS3.4 C.4.3.1.4.1), or, as DCMTK does, in the command."""


class CommandElement(IntEnum):
    """Element numbers of group 0000 that are used here (PS3.7 E.1)."""

    GROUP_LENGTH = 0x0000
    AFFECTED_SOP_CLASS_UID = 0x0002
    COMMAND_FIELD = 0x0100
    MESSAGE_ID = 0x0110
    MESSAGE_ID_RESPONDED_TO = 0x0120
    MOVE_DESTINATION = 0x0600
    PRIORITY = 0x0700
    DATA_SET_TYPE = 0x0800
    STATUS = 0x0900
    ERROR_COMMENT = 0x0902
    AFFECTED_SOP_INSTANCE_UID = 0x1000
    REMAINING = 0x1020
    COMPLETED = 0x1021
    FAILED = 0x1022
    WARNING = 0x1023
    MOVE_ORIGINATOR_AE_TITLE = 0x1030
    MOVE_ORIGINATOR_MESSAGE_ID = 0x1031


class Request(IntEnum):
    """Command Field of requests; a response has bit 0x8000 set as well."""

    C_STORE = 0x0001
    C_GET = 0x0010
    C_FIND = 0x0020
    C_MOVE = 0x0021
    C_ECHO = 0x0030
    N_CREATE = 0x0140
    C_CANCEL = 0x0FFF


RESPONSE = 0x8000
NO_DATA_SET = 0x0101
DATA_SET = 0x0001
MEDIUM = 0x0000
"""Priority of every request: archives that look at it treat the others unpredictably."""

_SHORTS = frozenset(
    {
        CommandElement.COMMAND_FIELD,
        CommandElement.MESSAGE_ID,
        CommandElement.MESSAGE_ID_RESPONDED_TO,
        CommandElement.PRIORITY,
        CommandElement.DATA_SET_TYPE,
        CommandElement.STATUS,
        CommandElement.REMAINING,
        CommandElement.COMPLETED,
        CommandElement.FAILED,
        CommandElement.WARNING,
        CommandElement.MOVE_ORIGINATOR_MESSAGE_ID,
    }
)
_UIDS = frozenset({CommandElement.AFFECTED_SOP_CLASS_UID, CommandElement.AFFECTED_SOP_INSTANCE_UID})
_TEXTS = frozenset(
    {CommandElement.MOVE_DESTINATION, CommandElement.MOVE_ORIGINATOR_AE_TITLE, CommandElement.ERROR_COMMENT}
)
_HEAD = struct.Struct("<HHL")


def encode(command: Command) -> bytes:
    """Encode with Command Group Length first and the elements in ascending order."""
    body = b"".join(_element(number, command[number]) for number in sorted(command))
    return _HEAD.pack(0, 0, 4) + struct.pack("<L", len(body)) + body


def _element(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        data = struct.pack("<H", value)
    elif isinstance(value, str):
        data = value.encode("ascii")
        if len(data) % 2:
            data += b"\0" if number in _UIDS else b" "
    else:
        data = value
    return _HEAD.pack(0, number, len(data)) + data


@lru_cache(maxsize=16)
def decode(data: bytes) -> Command:
    """Decode a command set. Raises ValueError when it is not one.

    The responses to one query repeat the same bytes thousands of times.
    """
    command: dict[int, int | str | bytes] = {}
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise ValueError("command set ends inside an element")
        group, number, length = _HEAD.unpack_from(data, at)
        value = data[at + 8 : at + 8 + length]
        if len(value) != length:
            raise ValueError("not a command set")
        command[group << 16 | number] = value if group else _value(number, value)
        at += 8 + length
    if not isinstance(command.get(CommandElement.COMMAND_FIELD), int):
        raise ValueError("a command set without a command")
    return command


def _value(number: int, value: bytes) -> int | str | bytes:
    if number in _SHORTS and len(value) == 2:
        return int.from_bytes(value, "little")
    if number in _UIDS or number in _TEXTS:
        return value.decode("ascii", "replace").strip(" \0")
    return value


def number(command: Command, element: CommandElement) -> int | None:
    """A numeric element, or None when it is absent or empty; the way to read a status."""
    value = command.get(element)
    return value if isinstance(value, int) else None


def text(command: Command, element: CommandElement) -> str:
    """A text element, or "" when it is absent."""
    value = command.get(element)
    return value if isinstance(value, str) else ""


def uids(command: Command, tag: int) -> tuple[str, ...]:
    """The UIDs in an element whose bytes were kept."""
    value = command.get(tag)
    text = value.decode("ascii", "replace").strip(" \0") if isinstance(value, bytes) else ""
    return tuple(text.split("\\")) if text else ()


def has_data_set(command: Command) -> bool:
    """Whether a data set follows the command (PS3.7 9.3)."""
    return number(command, CommandElement.DATA_SET_TYPE) != NO_DATA_SET
