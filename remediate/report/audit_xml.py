"""Events as audit messages of DICOM PS3.15 A.5, valid against its schema (A.5.1); decides nothing, sends nothing.

Every message names, besides what PS3.15 A.5.3 asks for its kind, the ledger's own event with its digest, so that a
message can be compared with the chain. Patients stand under their pseudonym.
"""

from __future__ import annotations

from base64 import b64encode
from xml.etree.ElementTree import Element, SubElement, tostring  # writes only

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from remediate.records.ledger import EventType, LedgerEvent
from remediate.report.audit_events import OWN_SCHEME, AuditEvent, Code, Transfer, audit_event, outcome
from remediate.report.event_source import EventSource
from remediate.texts.printable import printable

_APPLICATION = Code("110150", "DCM", "Application")
_DESTINATION = Code("110152", "DCM", "Destination Role ID")
_SOURCE = Code("110153", "DCM", "Source Role ID")
_RESPONSIBLE = Code("responsible", OWN_SCHEME, "Responsible person")
_STUDY_UID = Code("110180", "DCM", "Study Instance UID")
_SOP_CLASS_UID = Code("110181", "DCM", "SOP Class UID")
_PATIENT_NUMBER = Code("2", "RFC-3881", "Patient Number")
_URI = Code("12", "RFC-3881", "URI")
_STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_APPLICATION_SERVER = "4"
_MACHINE_NAME = "1"
_SUCCEEDED = "0"


def audit_message(entry: LedgerEvent, source: EventSource) -> str:
    """One AuditMessage on one line."""
    kind = audit_event(entry.event.type)
    message = Element("AuditMessage")
    _identification(message, entry, kind)
    _participants(message, entry, source, kind)
    reporter = SubElement(message, "AuditSourceIdentification", AuditSourceID=source.name)
    if source.hospital:
        reporter.set("AuditEnterpriseSiteID", source.hospital)
    SubElement(reporter, "AuditSourceTypeCode", {"csd-code": _APPLICATION_SERVER})
    _objects(message, entry, source)
    for part in message.iter():  # some signs XML 1.0 cannot hold, not even escaped
        part.text = printable(part.text or "") or None
        part.attrib.update({name: printable(value) for name, value in part.attrib.items()})
    return tostring(message, encoding="unicode")


def _identification(message: Element, entry: LedgerEvent, kind: AuditEvent) -> None:
    event = entry.event
    indicator = outcome(entry)
    part = SubElement(
        message,
        "EventIdentification",
        EventActionCode=kind.action,
        EventDateTime=event.at.isoformat(),
        EventOutcomeIndicator=indicator,
    )
    _coded(part, "EventID", kind.code)
    if kind.type is not None:
        _coded(part, "EventTypeCode", kind.type)
    if indicator != _SUCCEEDED and event.reason:
        SubElement(part, "EventOutcomeDescription").text = event.reason


def _participants(message: Element, entry: LedgerEvent, source: EventSource, kind: AuditEvent) -> None:
    """The person who acts, who answers for it, our process, and the archive where objects move."""
    event = entry.event
    ours, theirs = {
        Transfer.NONE: (_APPLICATION, None),
        Transfer.FROM_ARCHIVE: (_DESTINATION, _SOURCE),
        Transfer.TO_ARCHIVE: (_SOURCE, _DESTINATION),
    }[kind.transfer]
    if event.type is EventType.SURVEY:
        ours, theirs = _SOURCE, _DESTINATION
    if event.actor:
        _participant(message, event.actor, None, requests=True, other_id=f"{entry.system_account}@{source.host}")
    if event.responsible and event.responsible != event.actor:
        _participant(message, event.responsible, _RESPONSIBLE, requests=False)
    account = f"{entry.system_account}@{source.host}"
    process = _participant(
        message, account, ours, requests=not event.actor, other_id=f"AETITLES={source.ae_title}", name=entry.software
    )
    process.set("NetworkAccessPointID", source.host)
    process.set("NetworkAccessPointTypeCode", _MACHINE_NAME)
    if theirs is not None:
        archive = source.archive_ae_title
        node = _participant(message, archive, theirs, requests=False, other_id=f"AETITLES={archive}")
        node.set("NetworkAccessPointID", source.archive_host)
        node.set("NetworkAccessPointTypeCode", _MACHINE_NAME)


def _participant(
    message: Element, user: str, role: Code | None, *, requests: bool, other_id: str = "", name: str = ""
) -> Element:
    part = SubElement(message, "ActiveParticipant", UserID=user, UserIsRequestor="true" if requests else "false")
    if other_id:
        part.set("AlternativeUserID", other_id)
    if name:
        part.set("UserName", name)
    if role is not None:
        _coded(part, "RoleIDCode", role)
    return part


def _objects(message: Element, entry: LedgerEvent, source: EventSource) -> None:
    event = entry.event
    if event.study:
        _object(message, event.study, _STUDY_UID, "DICOM study", kind="2", role="3")
    if event.study or event.patient:
        _object(message, event.patient or "unknown", _PATIENT_NUMBER, "pseudonym", kind="1", role="1")
    if event.type is EventType.SURVEY:
        _query(message, entry)
    own = _object(
        message, f"remediate:ledger/{source.ledger_id}/event/{entry.seq}", _URI, "ledger event", kind="2", role="13"
    )
    for name, value in _particulars(entry).items():
        _detail(own, name, value)


def _object(message: Element, id_: str, id_type: Code, name: str, *, kind: str, role: str) -> Element:
    part = SubElement(
        message,
        "ParticipantObjectIdentification",
        ParticipantObjectID=id_,
        ParticipantObjectTypeCode=kind,
        ParticipantObjectTypeCodeRole=role,
    )
    _coded(part, "ParticipantObjectIDTypeCode", id_type)
    if name:
        SubElement(part, "ParticipantObjectName").text = name
    return part


def _query(message: Element, entry: LedgerEvent) -> None:
    """The C-FIND request over which a survey ranged (A.5.3.10: the data set of the query)."""
    asked = Dataset()
    begin, end = (str(entry.event.details.get(name) or "").replace("-", "") for name in ("from", "to"))
    asked.StudyDate = f"{begin}-{end}" if begin or end else ""
    asked.QueryRetrieveLevel = "STUDY"
    asked.StudyInstanceUID = ""
    encoded = DicomBytesIO()
    encoded.is_implicit_VR, encoded.is_little_endian = False, True
    write_dataset(encoded, asked)
    part = _object(message, _STUDY_ROOT_FIND, _SOP_CLASS_UID, "", kind="2", role="3")
    SubElement(part, "ParticipantObjectQuery").text = b64encode(encoded.getvalue()).decode("ascii")
    _detail(part, "TransferSyntax", _EXPLICIT_LITTLE_ENDIAN)


def _particulars(entry: LedgerEvent) -> dict[str, str]:
    """What else the ledger holds of the event."""
    event = entry.event
    named = {
        "type": event.type.value,
        "reason": event.reason,
        "state": event.state.value if event.state else "",
        "batch": event.batch,
        "plan": event.plan,
        "configuration": entry.config_digest,
        "digest": entry.digest,
    }
    told = {name: str(value) for name, value in event.details.items() if value is not None}
    return {name: value for name, value in (named | told).items() if value}


def _detail(part: Element, name: str, value: str) -> None:
    SubElement(part, "ParticipantObjectDetail", type=name, value=b64encode(value.encode()).decode("ascii"))


def _coded(part: Element, name: str, code: Code) -> None:
    fields = {"csd-code": code.value, "codeSystemName": code.scheme, "originalText": code.meaning}
    SubElement(part, name, fields)
