"""An established association: whole DIMSE messages out and in, release, abort. Negotiation stands in `negotiation`.

Everything happens in the caller's thread, on the association's socket: no polling threads, so no stalls, and a
broken link is an exception where it is noticed. One association serves one thread at a time.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Protocol

from pydicom.uid import UID

from remediate.config.archive import TimeoutSettings
from remediate.dicom import commands, pdata
from remediate.dicom.commands import Command, CommandElement, Request
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.sockets import ClosedByPeerError, Connection
from remediate.header.buffers import Buffer
from remediate.texts.language import Sentence

A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = 0x05, 0x06, 0x07
MOST_IN_MEMORY = 1 << 22
"""Bytes of an identifier: far more than any query is answered with."""
GOODBYE_SECONDS = 0.25
"""How long an abort may take to send: a peer that does not read does not deserve more."""
RELEASE_SECONDS = 5.0
"""How long a release may take before it becomes an abort: everything worth having is already here."""
_ABORT_SOURCES = {
    0: Sentence(" (its application)", " (de toepassing)"),
    2: Sentence(" (its protocol layer)", " (de protocollaag)"),
}


class OfferedContext(NamedTuple):
    """One abstract syntax with one transfer syntax (PS3.8 7.1.1.13)."""

    abstract_syntax: str
    transfer_syntax: str


class Roles(NamedTuple):
    """The parts of a service that we may play on an association (PS3.7 D.3.3.4)."""

    scu: bool
    scp: bool


DEFAULT_ROLES = Roles(scu=True, scp=False)
"""Of who asks for an association, where nothing else was agreed."""


class Sink(Protocol):
    """Takes the bytes of one data set as they come; each view is only lent."""

    def write(self, data: memoryview, /) -> object:
        """Keep these bytes."""


class DimseMessage(NamedTuple):
    """One whole DIMSE message. `sink` holds its data set; None when it has none."""

    context_id: int
    command: Command
    sink: Sink | None


OpenSink = Callable[[OfferedContext, Command], Sink]


class MemorySink:
    """Keeps a small data set, such as an identifier, in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write(self, data: memoryview, /) -> None:
        """Keep these bytes. Raises `PdvError` when they have no end."""
        if len(self.data) + len(data) > MOST_IN_MEMORY:
            raise pdata.PdvError("an identifier without end")
        self.data += data


@dataclass(frozen=True, slots=True, kw_only=True)
class Negotiated:
    """What both sides agreed upon."""

    contexts: Mapping[int, OfferedContext]  # accepted, by presentation context ID
    proposed: frozenset[OfferedContext]
    max_pdu: int  # the longest PDU that the peer takes; 0: any
    roles: Mapping[str, Roles] = field(default_factory=dict)  # by SOP class, where the peer answered about them

    def may_send(self, sop_class_uid: str) -> bool:
        """Whether we may send C-STORE requests: the default role of who opened the association (PS3.7 D.3.3.4)."""
        return self.roles.get(sop_class_uid, DEFAULT_ROLES).scu

    def may_take(self, sop_class_uid: str) -> bool:
        """Whether the peer may send us C-STORE requests over this association, as a C-GET wants."""
        return self.roles.get(sop_class_uid, DEFAULT_ROLES).scp


class TlsRecordError(pdata.PdvError):
    """The peer speaks TLS where we do not."""


_TLS_RECORDS = frozenset({0x14, 0x15, 0x16, 0x17})


class ReleasedByPeer(Exception):  # noqa: N818 - the regular end of an association that the peer opened
    """The peer asked to release the association, and it was released."""


class Association:
    """An association in use. Any failure makes it unusable and raises `LinkError`."""

    def __init__(self, connection: Connection, peer: Peer, negotiated: Negotiated, timeouts: TimeoutSettings) -> None:
        self.peer = peer
        self.negotiated = negotiated
        self.timeouts = timeouts
        self.usable = True
        self._connection = connection
        self._ids = itertools.count(1)
        self._by_context = {context: id_ for id_, context in negotiated.contexts.items()}
        self._events: Iterator[pdata.Fragment] = iter(())

    def context_id(self, context: OfferedContext) -> int | None:
        """The accepted presentation context ID, or None when the peer did not accept this pair."""
        return self._by_context.get(context)

    def takes(self, context: OfferedContext) -> bool:
        """Whether the peer accepted this pair and lets us send C-STORE requests under it."""
        return context in self._by_context and self.negotiated.may_send(context.abstract_syntax)

    def first_context(self, abstract_syntax: str, fault: Fault = Fault.NO_CONTEXTS) -> tuple[int, OfferedContext]:
        """Any accepted context of a service class. Raises `LinkError` with `fault` when there is none."""
        for id_, context in self.negotiated.contexts.items():
            if context.abstract_syntax == abstract_syntax:
                return id_, context
        raise LinkError(fault, self.peer, UID(abstract_syntax).name)

    def next_message_id(self) -> int:
        """Message IDs from 1 to 65535, over and over."""
        return (next(self._ids) - 1) % 0xFFFF + 1

    @property
    def idle_and_open(self) -> bool:
        """Usable, and the peer has not ended it while it lay idle."""
        return self.usable and self._connection.quiet

    def allow(self, *, seconds: float, total_seconds: float | None = None) -> None:
        """How long to wait for any progress, and altogether."""
        self._connection.allow(idle_seconds=seconds, total_seconds=total_seconds)

    def allow_exchange(self, *, seconds: float, elsewhere: Callable[[], int] | None = None) -> None:
        """How long to wait for any progress in a query or retrieval; for all of it as long as is configured, and longer
        the more comes, here and `elsewhere`."""
        times = self.timeouts
        self._connection.allow(
            idle_seconds=seconds,
            total_seconds=times.exchange,
            least_rate=times.least_bytes_per_second,
            elsewhere=elsewhere,
        )

    def send(self, context_id: int, command: Command, data: Iterable[Buffer] | None = None) -> None:
        """Send one message; `data` are the parts of its data set, sent as they are."""
        limit = self.negotiated.max_pdu
        pieces = pdata.frame(context_id, [commands.encode(command)], command=True, max_pdu=limit)
        if data is not None:
            pieces = itertools.chain(pieces, pdata.frame(context_id, data, command=False, max_pdu=limit))
        asked = commands.number(command, CommandElement.COMMAND_FIELD) or 0
        if not asked & commands.RESPONSE:
            self._connection.asked = Request(asked).name.replace("_", "-")
        with self._link():
            self._connection.send(pieces)

    def receive(self, open_sink: OpenSink | None = None) -> DimseMessage:
        """Wait for one whole message. `open_sink` chooses where its data set goes, once its command is known;
        without it the data set stays in memory."""
        with self._link():
            self._connection.expect(self.timeouts.message, self.timeouts.least_bytes_per_second)
            message = self._receive_message(open_sink)
            self._connection.expect(None)
            return message

    def _receive_message(self, open_sink: OpenSink | None) -> DimseMessage:
        context_id, command = self._receive_command()
        if not commands.has_data_set(command):
            return DimseMessage(context_id, command, None)
        context = self._context(context_id)
        sink = open_sink(context, command) if open_sink else MemorySink()
        while True:
            fragment = self._next_fragment()
            if fragment.is_command or fragment.context_id != context_id:
                raise LinkError(
                    Fault.PROTOCOL,
                    self.peer,
                    Sentence(" (a command inside a data set)", " (een opdracht binnen een dataset)"),
                )
            sink.write(fragment.data)
            if fragment.is_last:
                return DimseMessage(context_id, command, sink)

    def _receive_command(self) -> tuple[int, Command]:
        data = b""
        while True:
            fragment = self._next_fragment()
            if not fragment.is_command:
                raise LinkError(
                    Fault.PROTOCOL,
                    self.peer,
                    Sentence(" (a data set without a command)", " (een dataset zonder opdracht)"),
                )
            data += fragment.data
            if len(data) > 1 << 16:
                raise LinkError(
                    Fault.PROTOCOL, self.peer, Sentence(" (a command set without end)", " (een opdracht zonder einde)")
                )
            if fragment.is_last:
                try:
                    return fragment.context_id, commands.decode(data)
                except ValueError:
                    raise LinkError(
                        Fault.PROTOCOL,
                        self.peer,
                        Sentence(" (an unreadable command set)", " (een onleesbare opdracht)"),
                    ) from None

    def _context(self, context_id: int) -> OfferedContext:
        try:
            return self.negotiated.contexts[context_id]
        except KeyError:
            raise LinkError(
                Fault.PROTOCOL,
                self.peer,
                Sentence(
                    " (a presentation context that was not accepted)", " (een presentatiecontext die niet is aanvaard)"
                ),
            ) from None

    def _next_fragment(self) -> pdata.Fragment:
        while True:
            for fragment in self._events:
                return fragment
            kind, payload = read_pdu(self._connection)
            if kind == pdata.P_DATA_TF:
                self._events = pdata.fragments(payload)
            elif kind == A_ABORT:
                raise LinkError(
                    Fault.ABORTED, self.peer, _ABORT_SOURCES.get(payload[2] if len(payload) > 2 else -1, "")
                )
            elif kind == A_RELEASE_RQ:
                self._connection.send([_pdu(A_RELEASE_RP, bytes(4))])
                raise ReleasedByPeer
            else:
                raise LinkError(Fault.PROTOCOL, self.peer, Sentence(f" (PDU type {kind})", f" (PDU-type {kind})"))

    @contextlib.contextmanager
    def _link(self) -> Iterator[None]:
        """Make any failure final for this association, and say it as one line."""
        try:
            yield
        except ReleasedByPeer:
            self.close()
            raise
        except ClosedByPeerError:
            self.close()
            raise LinkError(Fault.CLOSED, self.peer) from None
        except TimeoutError:
            fault = Fault.TOO_SLOW if self._connection.is_late else Fault.TIMEOUT
            self.abort()
            raise LinkError(fault, self.peer) from None
        except pdata.PdvError as error:
            self.abort()
            raise LinkError(Fault.PROTOCOL, self.peer, f" ({error.where})") from None
        except ConnectionError:
            self.close()
            raise LinkError(
                Fault.CLOSED, self.peer, Sentence(" (connection reset)", " (verbinding verbroken)")
            ) from None
        except BaseException:
            self.abort()
            raise

    def release(self) -> None:
        """End in the regular way (PS3.8 7.2); abort when the peer does not play along."""
        if not self.usable:
            return
        try:
            self.allow(seconds=RELEASE_SECONDS, total_seconds=RELEASE_SECONDS)
            self._connection.send([_pdu(A_RELEASE_RQ, bytes(4))])
            while read_pdu(self._connection)[0] not in (A_RELEASE_RP, A_ABORT):
                pass  # PS3.8 7.2.2.2: data that crosses our request is dropped
        except (OSError, pdata.PdvError):
            self.abort()
        self.close()

    def abort(self) -> None:
        """End at once (PS3.8 7.3), telling the peer if it still listens."""
        if self.usable:
            with contextlib.suppress(OSError):
                self._connection.allow(idle_seconds=GOODBYE_SECONDS, total_seconds=GOODBYE_SECONDS)
                self._connection.send([_pdu(A_ABORT, bytes(4))])
        self.close()

    def close(self) -> None:
        """Close the connection without a word."""
        self.usable = False
        self._connection.close()

    def __enter__(self) -> Association:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.release()
        else:
            self.abort()


def read_pdu(connection: Connection) -> tuple[int, memoryview]:
    """Type and payload of the next PDU; the view lives until the next read."""
    head = connection.read(6)
    kind, length = head[0], int.from_bytes(head[2:6], "big")
    if kind in _TLS_RECORDS and head[1] == 3:
        raise TlsRecordError("a record of TLS")
    if length > connection.capacity:  # nobody was told that we would take it
        raise pdata.PdvError(f"a PDU of {length} bytes")
    return kind, connection.read(length)


def _pdu(kind: int, payload: bytes) -> bytes:
    return bytes((kind, 0)) + len(payload).to_bytes(4, "big") + payload


def response_to(command: Command, status: int) -> Command:
    """The response to a request, without a data set (PS3.7 9.3)."""
    answer: dict[int, int | str | bytes] = {
        CommandElement.COMMAND_FIELD: (commands.number(command, CommandElement.COMMAND_FIELD) or 0) | commands.RESPONSE,
        CommandElement.MESSAGE_ID_RESPONDED_TO: commands.number(command, CommandElement.MESSAGE_ID) or 0,
        CommandElement.DATA_SET_TYPE: commands.NO_DATA_SET,
        CommandElement.STATUS: status,
    }
    for element in (CommandElement.AFFECTED_SOP_CLASS_UID, CommandElement.AFFECTED_SOP_INSTANCE_UID):
        if element in command:
            answer[element] = command[element]
    return answer


def is_response(message: DimseMessage, request: Request, message_id: int) -> bool:
    """Whether this is the answer to our request."""
    return (
        commands.number(message.command, CommandElement.COMMAND_FIELD) == request | commands.RESPONSE
        and commands.number(message.command, CommandElement.MESSAGE_ID_RESPONDED_TO) == message_id
    )
