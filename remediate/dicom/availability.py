"""Tells a node that the objects of a study are available: Instance Availability Notification (PS3.4 Annex R).

One N-CREATE over an association of its own (PS3.7 10.1.5). The notification has a SOP Instance UID of its own, the same
however often it is sent: a node that has it already says so, and has then heard it. Keeps nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from remediate.config.archive import TimeoutSettings
from remediate.config.telling import AvailabilitySettings
from remediate.dicom.associations import OfferedContext, is_response
from remediate.dicom.commands import DATA_SET, CommandElement, Request, number
from remediate.dicom.faults import Fault, LinkError, Peer
from remediate.dicom.identifiers import encode_identifier
from remediate.dicom.negotiation import Terms
from remediate.dicom.pool import AssociationPool
from remediate.dicom.tls import client_context
from remediate.records.dicom import FoundInstance

SOP_CLASS = "1.2.840.10008.5.1.4.33"
"""Instance Availability Notification SOP Class."""
DUPLICATE = 0x0111
"""Duplicate SOP Instance (PS3.7 C.4.2): this very notification is there already."""
_CONTEXTS = tuple(OfferedContext(SOP_CLASS, str(uid)) for uid in (ExplicitVRLittleEndian, ImplicitVRLittleEndian))
_MAX_PDU = 16_384


class AvailabilityNode:
    """A receiver of notifications; the caller closes it."""

    def __init__(self, settings: AvailabilitySettings, base: Path, *, ae_title: str, retrieve_ae_title: str) -> None:
        """`ae_title` and `retrieve_ae_title` hold where `settings` names none."""
        self._retrieve = settings.retrieve_ae_title or retrieve_ae_title
        waits = dict.fromkeys(("connect", "association", "message", "network"), settings.timeout)
        self._pool = AssociationPool(
            Terms(
                peer=Peer(
                    host=settings.host,
                    port=settings.port,
                    called=settings.called_ae_title,
                    calling=settings.ae_title or ae_title,
                    section="tell",
                ),
                timeouts=TimeoutSettings(**waits),
                max_pdu=_MAX_PDU,
                tls=client_context(settings.tls, base, section="tell"),
                own_certificate=settings.tls is not None and bool(settings.tls.certificate_file),
            )
        )

    def notify(self, study_instance_uid: str, instances: Sequence[FoundInstance], name: str) -> int:
        """The status of the answer. `name` makes the notification's own UID. Raises `LinkError` when none came."""
        identifier = notification(study_instance_uid, instances, self._retrieve)
        with self._pool.borrow(_CONTEXTS) as association:
            context_id, context = association.first_context(SOP_CLASS)
            message_id = association.next_message_id()
            association.allow(seconds=association.timeouts.message)
            association.send(
                context_id,
                {
                    CommandElement.AFFECTED_SOP_CLASS_UID: SOP_CLASS,
                    CommandElement.COMMAND_FIELD: Request.N_CREATE,
                    CommandElement.MESSAGE_ID: message_id,
                    CommandElement.DATA_SET_TYPE: DATA_SET,
                    CommandElement.AFFECTED_SOP_INSTANCE_UID: notification_uid(name),
                },
                [encode_identifier(identifier, context)],
            )
            message = association.receive()
            status = number(message.command, CommandElement.STATUS)
            if not is_response(message, Request.N_CREATE, message_id) or status is None:
                raise LinkError(Fault.NO_STATUS, association.peer, "N-CREATE")
            return status

    def reaches(self) -> bool:
        """Whether the node takes notifications; none is sent."""
        try:
            with self._pool.borrow(_CONTEXTS) as association:
                association.first_context(SOP_CLASS)
        except LinkError:
            return False
        return True

    def close(self) -> None:
        """Release what is open."""
        self._pool.close()


def notification_uid(name: str) -> str:
    """A UID made from a name (PS3.5 B.2): the same name gives the same one."""
    return f"2.25.{int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], 'big')}"


def notification(study_instance_uid: str, instances: Sequence[FoundInstance], retrieve_ae_title: str) -> Dataset:
    """The attributes of PS3.4 table R.3.2-1, all of type 1 but the first; nothing about the patient."""
    found = Dataset()
    found.ReferencedPerformedProcedureStepSequence = []
    found.StudyInstanceUID = study_instance_uid
    found.ReferencedSeriesSequence = []
    ordered = sorted(instances, key=lambda each: (each.series_instance_uid, each.sop_instance_uid))
    for series_uid, members in groupby(ordered, key=lambda each: each.series_instance_uid):
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = [_reference(member, retrieve_ae_title) for member in members]
        found.ReferencedSeriesSequence.append(series)
    return found


def _reference(instance: FoundInstance, retrieve_ae_title: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = instance.sop_class_uid
    item.ReferencedSOPInstanceUID = instance.sop_instance_uid
    item.InstanceAvailability = "ONLINE"
    item.RetrieveAETitle = retrieve_ae_title
    return item
