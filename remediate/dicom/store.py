"""C-STORE: sends data sets as they are, in the transfer syntax in which they are. Never retries a refusal.

What a response means is sorted by `status`; a link that breaks after the request leaves the object unknown.
"""

from __future__ import annotations

import logging

from remediate.dicom.associations import Association, OfferedContext, is_response
from remediate.dicom.commands import DATA_SET, MEDIUM, CommandElement, Request, number
from remediate.dicom.faults import Fault, LinkError
from remediate.dicom.status import store_verdict
from remediate.program_log import Happened, tell
from remediate.records.dicom import OutgoingObject, StoreResult, StoreVerdict
from remediate.texts.language import Sentence

SLOWEST_BYTES_PER_SECOND = 256 * 1024
"""A large object may take this long on top of the least time: 4 GB some four and a half hours."""


def seconds_for(nbytes: int, least: float) -> float:
    """How long sending an object of this size, and the wait for its answer, may take."""
    return least + nbytes / SLOWEST_BYTES_PER_SECOND


def context_of(item: OutgoingObject) -> OfferedContext:
    """The one presentation context under which this object may go."""
    return OfferedContext(item.sop_class_uid, item.transfer_syntax_uid)


def store(association: Association, item: OutgoingObject) -> StoreResult:
    """Send one object and wait for its answer. Raises nothing on a refusal or a broken link: both are results."""
    context_id = association.context_id(context_of(item))
    if context_id is None:
        return not_accepted(item)
    seconds = seconds_for(item.nbytes, association.timeouts.store)
    association.allow(seconds=seconds, total_seconds=seconds)
    message_id = association.next_message_id()
    try:
        association.send(
            context_id,
            {
                CommandElement.AFFECTED_SOP_CLASS_UID: item.sop_class_uid,
                CommandElement.COMMAND_FIELD: Request.C_STORE,
                CommandElement.MESSAGE_ID: message_id,
                CommandElement.PRIORITY: MEDIUM,
                CommandElement.DATA_SET_TYPE: DATA_SET,
                CommandElement.AFFECTED_SOP_INSTANCE_UID: item.sop_instance_uid,
            },
            item.parts,
        )
        message = association.receive()
        if not is_response(message, Request.C_STORE, message_id):
            association.abort()
            raise LinkError(
                Fault.PROTOCOL,
                association.peer,
                Sentence(" (not an answer to our C-STORE)", " (geen antwoord op onze C-STORE)"),
            )
        status = number(message.command, CommandElement.STATUS)
    except LinkError as error:
        tell(Happened.EXCHANGE_FAILED, level=logging.WARNING, peer=error.peer.address, fault=error.fault)
        status = None
    return StoreResult(sop_instance_uid=item.sop_instance_uid, verdict=store_verdict(status), status=status)


def not_accepted(item: OutgoingObject) -> StoreResult:
    """The archive takes no object of this SOP class in this transfer syntax; nothing was sent."""
    return StoreResult(sop_instance_uid=item.sop_instance_uid, verdict=StoreVerdict.REFUSED, status=None)
