"""C-GET: brings objects over the association that asks for them, and C-MOVE's request alike; keeps the accounts.

The final status and the sub-operation counts are recorded but never believed: what counts is what arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydicom.dataset import Dataset

from remediate.archive import contexts as ctx
from remediate.archive import identifiers
from remediate.archive.associations import Association, Context, MemorySink, Message, Sink, is_response, response_to
from remediate.archive.commands import DATA_SET, MEDIUM, Command, Element, Request, number
from remediate.archive.faults import Fault, LinkError
from remediate.archive.reception import Reception
from remediate.archive.status import PENDING, SUBOPERATIONS_WARNING, SUCCESS
from remediate.records.dicom import FoundInstance, TransferProblem

UIDS_PER_REQUEST = 500
"""Keeps an identifier in explicit VR, where a value has at most 65,534 bytes, and archives' SQL, within bounds."""

DESTINATION_UNKNOWN = 0xA801


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one C-GET or C-MOVE ended."""

    status: int | None
    failed: int = 0

    def problems(self) -> tuple[TransferProblem, ...]:
        """What the ending itself says is wrong."""
        if self.status is None:
            return (TransferProblem.NO_FINAL_STATUS,)
        if self.status not in (SUCCESS, SUBOPERATIONS_WARNING):
            return (TransferProblem.REFUSED,)
        return (TransferProblem.FAILED_SUBOPERATIONS,) if self.failed else ()


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


def get(association: Association, request: Dataset, reception: Reception) -> Ending:
    """One C-GET (PS3.4 C.4.3): objects arrive as C-STORE requests in between and go to disk.

    Each is answered with Success once it is whole on disk: what is wrong with it is ours to tell.
    """
    message_id = _send(association, Request.C_GET, ctx.STUDY_ROOT_GET, request, {})
    with reception.arriving() as arrivals:

        def open_sink(context: Context, command: Command) -> Sink:
            if number(command, Element.COMMAND_FIELD) == Request.C_STORE:
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


def move(association: Association, request: Dataset, destination: str, message_ids: list[int]) -> Ending:
    """One C-MOVE (PS3.4 C.4.2): the objects arrive at our own storage SCP, `destination`."""
    message_id = _send(
        association, Request.C_MOVE, ctx.STUDY_ROOT_MOVE, request, {Element.MOVE_DESTINATION: destination}
    )
    message_ids.append(message_id)
    while True:
        ending = ending_of(association, association.receive(), Request.C_MOVE, message_id)
        if ending is not None:
            return ending


def _send(
    association: Association, request: Request, sop_class: str, identifier: Dataset, more: dict[int, int | str | bytes]
) -> int:
    context_id, context = association.first_context(sop_class)
    message_id = association.next_message_id()
    association.allow(seconds=association.timeouts.network)
    command: dict[int, int | str | bytes] = {
        Element.AFFECTED_SOP_CLASS_UID: sop_class,
        Element.COMMAND_FIELD: request,
        Element.MESSAGE_ID: message_id,
        Element.PRIORITY: MEDIUM,
        Element.DATA_SET_TYPE: DATA_SET,
    }
    association.send(context_id, {**command, **more}, [identifiers.encode_identifier(identifier, context)])
    return message_id


def ending_of(association: Association, message: Message, request: Request, message_id: int) -> Ending | None:
    """The ending when this is the final response, None while it is pending. Raises `LinkError` on anything else."""
    if not is_response(message, request, message_id):
        association.abort()
        raise LinkError(Fault.PROTOCOL, association.peer, " (not an answer to our retrieval)")
    status = number(message.command, Element.STATUS)
    if status in PENDING:
        return None
    if status == DESTINATION_UNKNOWN:
        raise LinkError(Fault.DESTINATION_UNKNOWN, association.peer)
    return Ending(status=status, failed=number(message.command, Element.FAILED) or 0)
