"""C-GET: brings objects over the association that asks for them, and C-MOVE's request alike; keeps the accounts.

The final status and the sub-operation counts are recorded but never believed: what counts is what arrived.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydicom.dataset import Dataset

from remediate.dicom import contexts as ctx
from remediate.dicom import identifiers
from remediate.dicom.arrivals import Reception
from remediate.dicom.associations import (
    Association,
    DimseMessage,
    MemorySink,
    OfferedContext,
    Sink,
    is_response,
    response_to,
)
from remediate.dicom.commands import (
    DATA_SET,
    FAILED_SOP_INSTANCE_UID_LIST,
    MEDIUM,
    Command,
    CommandElement,
    Request,
    number,
    uids,
)
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.status import PENDING, SUBOPERATIONS_WARNING, SUCCESS
from remediate.records.dicom import FoundInstance, TransferProblem
from remediate.texts.language import Sentence

UIDS_PER_REQUEST = 500
"""Keeps an identifier in explicit VR, where a value has at most 65,534 bytes, and archives' SQL, within bounds."""

DESTINATION_UNKNOWN = 0xA801


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalEnding:
    """How one C-GET or C-MOVE ended."""

    status: int | None
    failed: int = 0
    failed_uids: tuple[str, ...] = ()  # Failed SOP Instance UID List, where the archive gives it

    @property
    def tried_to_send(self) -> bool:
        """Whether the archive took the request, whatever became of the objects."""
        return bool(self.failed or self.failed_uids) or self.status in (SUCCESS, SUBOPERATIONS_WARNING)

    def problems(self, expected: Container[str]) -> tuple[tuple[TransferProblem, str], ...]:
        """What the ending itself says is wrong, with the object of those expected that it names, or ""."""
        if self.status is None:
            return ((TransferProblem.NO_FINAL_STATUS, ""),)
        named = tuple((TransferProblem.FAILED_SUBOPERATIONS, uid) for uid in self.failed_uids if uid in expected)
        if self.status not in (SUCCESS, SUBOPERATIONS_WARNING):
            return ((TransferProblem.REFUSED, ""), *named)
        return named or (((TransferProblem.FAILED_SUBOPERATIONS, ""),) if self.failed else ())


def service(way: str) -> tuple[str, Fault]:
    """The service class of a way to retrieve (archive.retrieve), and the fault when the archive does not offer it."""
    return (ctx.STUDY_ROOT_GET, Fault.NO_GET) if way == "c-get" else (ctx.STUDY_ROOT_MOVE, Fault.NO_MOVE)


def requests(study_instance_uid: str, instances: Sequence[FoundInstance], *, whole: bool) -> Iterator[Dataset]:
    """One request for the whole study, or lists of objects series by series."""
    if whole:
        yield identifiers.retrieve_study_request(study_instance_uid)
        return
    by_series = sorted(instances, key=lambda i: (i.series_instance_uid, i.sop_instance_uid))
    for series_uid, members in groupby(by_series, key=lambda i: i.series_instance_uid):
        uids = [member.sop_instance_uid for member in members]
        for at in range(0, len(uids), UIDS_PER_REQUEST):
            yield identifiers.retrieve_images_request(study_instance_uid, series_uid, uids[at : at + UIDS_PER_REQUEST])


def get(association: Association, request: Dataset, reception: Reception) -> RetrievalEnding:
    """One C-GET (PS3.4 C.4.3): objects arrive as C-STORE requests in between and go to disk.

    Each is answered with Success once it is whole on disk: what is wrong with it is ours to tell.
    """
    association.allow_exchange(seconds=association.timeouts.network)
    message_id = _send(association, Request.C_GET, request, {})
    with reception.arriving() as arrivals:

        def open_sink(context: OfferedContext, command: Command) -> Sink:
            if number(command, CommandElement.COMMAND_FIELD) == Request.C_STORE:
                return arrivals.open(context, command)
            return MemorySink()

        while True:
            message = association.receive(open_sink)
            if arrivals.is_open:
                arrivals.finish()
                association.send(message.context_id, response_to(message.command, SUCCESS))
                continue
            ending = ending_of(association, message, Request.C_GET, message_id)
            if ending is not None:
                return ending


def require_role(association: Association, contexts: Iterable[OfferedContext]) -> None:
    """A C-GET needs us to be the SCP of what comes (PS3.7 D.3.3.4). Raises `LinkError` when the archive lets us be that
    of nothing that was proposed."""
    wanted = set(contexts)
    accepted = {context.abstract_syntax for context in association.negotiated.contexts.values() if context in wanted}
    if not any(association.negotiated.may_take(uid) for uid in accepted):
        raise LinkError(Fault.ROLE_NOT_GRANTED, association.peer)


def failed_by_name(sop_instance_uids: Iterable[str]) -> RetrievalEnding:
    """Objects that the archive named as failed before it was asked for the others."""
    return RetrievalEnding(status=SUCCESS, failed_uids=tuple(sorted(sop_instance_uids)))


def move(
    association: Association, request: Dataset, destination: str, message_ids: list[int], arrived: Callable[[], int]
) -> RetrievalEnding:
    """One C-MOVE (PS3.4 C.4.2): objects arrive at our own storage SCP, `destination`; `arrived` counts their bytes."""
    association.allow_exchange(seconds=association.timeouts.network, elsewhere=arrived)
    message_id = _send(association, Request.C_MOVE, request, {CommandElement.MOVE_DESTINATION: destination})
    message_ids.append(message_id)
    while True:
        ending = ending_of(association, association.receive(), Request.C_MOVE, message_id)
        if ending is not None:
            return ending


def _send(association: Association, request: Request, identifier: Dataset, more: dict[int, int | str | bytes]) -> int:
    sop_class, missing = service("c-get" if request is Request.C_GET else "c-move")
    context_id, context = association.first_context(sop_class, missing)
    message_id = association.next_message_id()
    command: dict[int, int | str | bytes] = {
        CommandElement.AFFECTED_SOP_CLASS_UID: sop_class,
        CommandElement.COMMAND_FIELD: request,
        CommandElement.MESSAGE_ID: message_id,
        CommandElement.PRIORITY: MEDIUM,
        CommandElement.DATA_SET_TYPE: DATA_SET,
    }
    association.send(context_id, {**command, **more}, [identifiers.encode_identifier(identifier, context)])
    return message_id


def ending_of(
    association: Association, message: DimseMessage, request: Request, message_id: int
) -> RetrievalEnding | None:
    """The ending when this is the final response, None while it is pending. Raises `LinkError` on anything else."""
    if not is_response(message, request, message_id):
        association.abort()
        raise LinkError(
            Fault.PROTOCOL,
            association.peer,
            Sentence(" (not an answer to our retrieval)", " (geen antwoord op ons verzoek om objecten)"),
        )
    status = number(message.command, CommandElement.STATUS)
    if status in PENDING:
        return None
    if status == DESTINATION_UNKNOWN:
        raise LinkError(Fault.DESTINATION_UNKNOWN, association.peer)
    return RetrievalEnding(
        status=status,
        failed=number(message.command, CommandElement.FAILED) or 0,
        failed_uids=_failed_uids(association, message),
    )


def _failed_uids(association: Association, message: DimseMessage) -> tuple[str, ...]:
    """What the final response says could not be sent, in its identifier or among the elements of the command."""
    if not isinstance(message.sink, MemorySink) or not message.sink.data:
        return uids(message.command, FAILED_SOP_INSTANCE_UID_LIST)
    context = association.negotiated.contexts[message.context_id]
    return identifiers.Response(message.sink.data, context).texts("FailedSOPInstanceUIDList")
