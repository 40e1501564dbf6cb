"""P-DATA-TF PDUs: headers round the pieces of a message, and back (PS3.8 9.3.5 and annex E). Copies no data."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from remediate.header.buffers import Buffer

P_DATA_TF = 0x04
COMMAND = 0x01
LAST = 0x02
UNLIMITED = 1 << 20
"""PDU length used where the peer sets no limit."""
_PDU_AND_PDV = struct.Struct(">BxLLBB")
_PDV = struct.Struct(">LBB")
_OVERHEAD = 6  # PDV length (4), context (1) and control header (1) count towards the PDU length


class Fragment(NamedTuple):
    """One presentation data value; `data` is a view that lives until the next read."""

    context_id: int
    is_command: bool
    is_last: bool
    data: memoryview


@dataclass(frozen=True, slots=True)
class PdvError(ValueError):
    """The PDU's items do not add up."""

    where: str


def frame(context_id: int, parts: Iterable[Buffer], *, command: bool, max_pdu: int) -> Iterator[Buffer]:
    """Headers and views of `parts` in turn, ready for a vectored write, none longer than the peer's `max_pdu`."""
    room = ((max_pdu or UNLIMITED) - _OVERHEAD) & ~1
    flag = COMMAND if command else 0
    pieces: list[memoryview] = []
    size = 0
    for part in parts:
        view = memoryview(part)
        while len(view):
            if size == room:
                yield _PDU_AND_PDV.pack(P_DATA_TF, size + _OVERHEAD, size + 2, context_id, flag)
                yield from pieces
                pieces, size = [], 0
            piece = view[: room - size]
            pieces.append(piece)
            size += len(piece)
            view = view[len(piece) :]
    yield _PDU_AND_PDV.pack(P_DATA_TF, size + _OVERHEAD, size + 2, context_id, flag | LAST)
    yield from pieces


def fragments(payload: memoryview) -> Iterator[Fragment]:
    """The presentation data values in one P-DATA-TF PDU. Raises `PdvError`."""
    at = 0
    while at < len(payload):
        if at + _PDV.size > len(payload):
            raise PdvError("a presentation data value is cut off")
        length, context_id, control = _PDV.unpack_from(payload, at)
        end = at + 4 + length
        if length < 2 or end > len(payload):
            raise PdvError("a presentation data value has a wrong length")
        yield Fragment(context_id, bool(control & COMMAND), bool(control & LAST), payload[at + _PDV.size : end])
        at = end
