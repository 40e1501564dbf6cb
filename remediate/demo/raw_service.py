"""The seam with pynetdicom 3.0: DIMSE requests and sub-operations whose data sets stay the bytes that they are.

pynetdicom's own C-STORE, C-GET and C-MOVE services take pydicom data sets and encode them anew, which changes odd
but legal encodings. An archive sends what it stored. So four services are answered here instead, on pynetdicom's
associations: the request comes in through `Association._serve_request`, responses and sub-operations go out through
`Association.dimse`. These are not public interface; tests/demo/test_archive_bytes.py pins them.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from socketserver import BaseServer
from typing import Any

from pydicom.dataset import Dataset
from pynetdicom import _config
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.dsutils import decode, encode
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from remediate.demo.part10 import DicomObject
from remediate.demo.sockets import CountingSocket

_config.LOG_HANDLER_LEVEL = "none"  # by default pynetdicom logs identifiers, BSNs included
_config.LOG_REQUEST_IDENTIFIERS = False
_config.LOG_RESPONSE_IDENTIFIERS = False
logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)

PENDING = 0xFF00


class ConversationOver(Exception):  # noqa: N818 - not an error: the other side left, or a fault made us leave
    """The association is no longer there to answer on."""


@dataclass(frozen=True, slots=True)
class SubOperationTally:
    """Sub-operations of a C-GET or C-MOVE so far (PS3.7 sections 9.3.3.2 and 9.3.4.2)."""

    remaining: int
    completed: int = 0
    failed: int = 0
    warning: int = 0


class Exchange:
    """One DIMSE request on one association, and the ways to answer it."""

    def __init__(self, association: Any, request: Any, context: Any) -> None:
        self.association = association
        self.request = request
        self.context = context

    @property
    def identifier(self) -> Dataset:
        """The decoded Identifier of a C-FIND, C-GET or C-MOVE request."""
        syntax = self.context.transfer_syntax[0]
        decoded: Dataset = decode(
            self.request.Identifier, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated
        )
        return decoded

    @property
    def incoming(self) -> DicomObject:
        """The object of a C-STORE request, its data set exactly as it came."""
        return DicomObject(
            sop_class_uid=str(self.request.AffectedSOPClassUID),
            sop_instance_uid=str(self.request.AffectedSOPInstanceUID),
            transfer_syntax_uid=str(self.context.transfer_syntax[0]),
            dataset_bytes=self.request.DataSet.getvalue(),
        )

    @property
    def is_cancelled(self) -> bool:
        """Whether the peer sent a C-CANCEL for this request."""
        return self.request.MessageID in self.association.dimse.cancel_req

    def respond(
        self, status: int, *, identifier: Dataset | None = None, tally: SubOperationTally | None = None
    ) -> None:
        """Send one response. `ConversationOver` when the association has ended."""
        if not self.association.is_established:
            raise ConversationOver
        response = type(self.request)()
        response.MessageID = self.request.MessageID
        response.MessageIDBeingRespondedTo = self.request.MessageID
        response.AffectedSOPClassUID = self.request.AffectedSOPClassUID
        if isinstance(response, C_STORE):
            response.AffectedSOPInstanceUID = self.request.AffectedSOPInstanceUID
        response.Status = status
        if tally is not None:
            _set_tally(response, tally, final=status != PENDING)
        if identifier is not None:
            syntax = self.context.transfer_syntax[0]
            encoded = encode(identifier, syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated)
            response.Identifier = BytesIO(encoded or b"")
        self.association.dimse.send_msg(response, self.context.context_id)


def _set_tally(response: Any, tally: SubOperationTally, *, final: bool) -> None:
    if not final:
        response.NumberOfRemainingSuboperations = tally.remaining
    response.NumberOfCompletedSuboperations = tally.completed
    response.NumberOfFailedSuboperations = tally.failed
    response.NumberOfWarningSuboperations = tally.warning


def send_store(association: Any, item: DicomObject, message_id: int, move: tuple[str, int] | None = None) -> int | None:
    """One C-STORE sub-operation with the data set as it is; answers the peer's status.

    None when no presentation context was accepted for this SOP class in this transfer syntax. `move` names the
    originator of a C-MOVE. `ConversationOver` when no response came.
    """
    contexts = (
        context
        for context in association.accepted_contexts
        if context.as_scu
        and context.abstract_syntax == item.sop_class_uid
        and context.transfer_syntax[0] == item.transfer_syntax_uid
    )
    context = next(contexts, None)
    if context is None:
        return None
    request = C_STORE()
    request.MessageID = message_id % 65_536
    request.AffectedSOPClassUID = item.sop_class_uid
    request.AffectedSOPInstanceUID = item.sop_instance_uid
    request.Priority = 0x02
    request.DataSet = BytesIO(item.dataset_bytes)
    if move is not None:
        request.MoveOriginatorApplicationEntityTitle, request.MoveOriginatorMessageID = move
    association.dimse.send_msg(request, context.context_id)
    _, response = association.dimse.get_msg(block=True)
    if response is None:
        raise ConversationOver
    return int(response.Status)


def pause_reactor(association: Any) -> None:
    """Keep a requesting association from taking responses off the queue while `send_store` waits for them."""
    association._reactor_checkpoint.clear()
    while not association._is_paused:
        time.sleep(0.0005)


def resume_reactor(association: Any) -> None:
    """The opposite of `pause_reactor`."""
    association._reactor_checkpoint.set()


Service = Callable[[Exchange], None]


class _Handler(RequestHandler):  # type: ignore[misc]
    """Gives every accepted connection our socket and every association our services."""

    request: socket.socket

    def handle(self) -> None:
        self.request = CountingSocket.adopt(self.request, self.server.limits())
        if self.server.admits(self.request):
            super().handle()

    def _create_association(self) -> Any:
        association = super()._create_association()
        association._serve_request = partial(_serve, association, association._serve_request, self.server.services)
        return association


def _serve(
    association: Any, otherwise: Callable[[Any, int], None], services: Mapping[type, Service], request: Any, number: int
) -> None:
    """What `Association._serve_request` does, with our service in place of pynetdicom's."""
    service = services.get(type(request))
    context = association._accepted_cx.get(number)
    if service is None or context is None or not request.is_valid_request:
        otherwise(request, number)
        return
    association.dimse.cancel_req = {}
    association._is_paused = True
    try:
        service(Exchange(association, request, context))
    except ConversationOver:
        return
    finally:
        association._is_paused = False
        association.dimse.cancel_req = {}


class RawServer(ThreadedAssociationServer):  # type: ignore[misc]
    """pynetdicom's server with our services by request type; `admits` may turn a connection away."""

    def __init__(
        self,
        *args: Any,
        services: Mapping[type, Service],
        admits: Callable[[CountingSocket], bool],
        limits: Callable[[], tuple[int | None, int | None]],
        **kwargs: Any,
    ) -> None:
        self.services = services
        self.admits = admits
        self.limits = limits
        super().__init__(*args, request_handler=_Handler, **kwargs)

    def shutdown(self) -> None:
        """Stop listening; open associations go on. pynetdicom's own looks for itself in a list of the AE's."""
        BaseServer.shutdown(self)
        self.server_close()


def connection_of(association: Any) -> CountingSocket | None:
    """The socket under an accepted association, None once it is closed."""
    wrapper = association.dul.socket
    return wrapper.socket if wrapper is not None else None
