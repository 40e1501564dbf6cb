"""How the ledger's events are called in the audit vocabulary of DICOM PS3.15 A.5.3, which NEN 7513 shares; no text.

Events that PS3.15 has no message for are given a code of our own, in coding scheme `99REMEDIATE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from remediate.records.ledger import EventType, LedgerEvent
from remediate.records.states import State

OWN_SCHEME = "99REMEDIATE"
"""Coding scheme of codes that DICOM does not define."""


class Code(NamedTuple):
    """A coded concept: code value, coding scheme designator, code meaning."""

    value: str
    scheme: str
    meaning: str


class Transfer(Enum):
    """Which way objects go, where an event is about moving them."""

    NONE = 0
    FROM_ARCHIVE = 1
    TO_ARCHIVE = 2


class AuditEvent(NamedTuple):
    """What kind of event it is. `action`: C create, R read, U update, D delete, E execute."""

    code: Code
    action: str
    type: Code | None = None
    transfer: Transfer = Transfer.NONE


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


_ACTIVITY = _dcm("110100", "Application Activity")
_BEGIN = _dcm("110102", "Begin Transferring DICOM Instances")
_ACCESSED = _dcm("110103", "DICOM Instances Accessed")
_TRANSFERRED = _dcm("110104", "DICOM Instances Transferred")
_ALERT = _dcm("110113", "Security Alert")

_DEFINED: Mapping[EventType, AuditEvent] = {
    EventType.LEDGER_CREATED: AuditEvent(_ALERT, "E", _dcm("110134", "Audit Recording Started")),
    EventType.SURVEY: AuditEvent(_dcm("110112", "Query"), "E"),
    EventType.HEADER_PROBE: AuditEvent(_BEGIN, "E", None, Transfer.FROM_ARCHIVE),
    EventType.RETRIEVED: AuditEvent(_BEGIN, "E", None, Transfer.FROM_ARCHIVE),
    EventType.BATCH_OPENED: AuditEvent(_ACTIVITY, "E", _dcm("110120", "Application Start")),
    EventType.BATCH_CLOSED: AuditEvent(_ACTIVITY, "E", _dcm("110121", "Application Stop")),
    EventType.INTENT: AuditEvent(_BEGIN, "E", None, Transfer.TO_ARCHIVE),
    EventType.MESSAGE: AuditEvent(_dcm("110110", "Patient Record"), "U"),
    EventType.STORED: AuditEvent(_TRANSFERRED, "U", None, Transfer.TO_ARCHIVE),
    EventType.VERIFIED: AuditEvent(_ACCESSED, "U"),
    EventType.VERIFY: AuditEvent(_ACCESSED, "R"),
    EventType.ROLLBACK: AuditEvent(_ACCESSED, "U"),
    EventType.COPY_CHECKED: AuditEvent(_ACCESSED, "R"),
    EventType.COPY_INTENT: AuditEvent(_BEGIN, "E"),
    EventType.COPY_UPDATED: AuditEvent(_ACCESSED, "U"),
    EventType.TOLD: AuditEvent(_dcm("110106", "Export"), "R"),
    EventType.EXPORT: AuditEvent(_dcm("110106", "Export"), "R"),
    EventType.KEY_USE: AuditEvent(_ALERT, "E", _dcm("110132", "Use of Restricted Function")),
    EventType.CONFIG_CHANGED: AuditEvent(_ALERT, "E", _dcm("110131", "Software Configuration")),
    EventType.ACCOUNT: AuditEvent(_ALERT, "E", _dcm("110137", "User Security Attributes Changed")),
}

_OWN_ACTIONS: Mapping[EventType, str] = {
    EventType.SURVEY_IMPORT: "C",
    EventType.EPD_LOADED: "C",
    EventType.MESSAGES_PLANNED: "C",
    EventType.PLANNED: "C",
    EventType.STATE: "U",
    EventType.REVIEW_DECISION: "U",
    EventType.REVIEW_LOOK: "U",
}
"""What events of our own do; any other executes something."""

_OUTCOMES: Mapping[State, str] = {State.DRIFTED: "4", State.FAILED: "4", State.QUARANTINED: "8"}


def audit_event(type_: EventType) -> AuditEvent:
    """The kind of an event."""
    own = Code(type_.value, OWN_SCHEME, type_.value.replace("-", " ").capitalize())
    return _DEFINED.get(type_, AuditEvent(own, _OWN_ACTIONS.get(type_, "E")))


def outcome(entry: LedgerEvent) -> str:
    """Event outcome indicator: 0 success, 4 minor failure (tried again, or left as it is), 8 serious failure."""
    state = entry.event.state
    return _OUTCOMES.get(state, "0") if state is not None else "0"
