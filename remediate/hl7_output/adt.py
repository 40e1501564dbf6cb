"""Builds the ADT message that tells an archive a patient's BSN; sends nothing.

Source: HL7 v2 chapter 3 (ADT^A31, ADT^A08), 2.A (CX, HD, XPN, FN) and 2.7.1 (escapes); HL7 Netherlands for NLMINBIZA
and NNNLD. hl7apy builds and validates; `epd/` reads the same message back.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from remediate.config.hl7 import Hl7OutputSettings
from remediate.errors import MessageError
from remediate.identity.bsn import BSN_AUTHORITY, BSN_OID, BSN_TYPE_CODE
from remediate.identity.patients import PersonName
from remediate.records.messages import PatientUpdate
from remediate.texts.language import Sentence

STRUCTURES = {"A31": "ADT_A05", "A08": "ADT_A01"}
"""Message structure of each event (table 0354)."""

_NO_PATIENT_CLASS = "N"  # PV1-2 is required, and an update is about no visit (table 0004)
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def adt_message(update: PatientUpdate, settings: Hl7OutputSettings, *, control_id: str, at: datetime) -> bytes:
    """The message, segments ended by CR, without MLLP framing; the same for the same arguments.

    Raises `MessageError` when the standard or the configured character set cannot hold what must be said.
    """
    from hl7apy.exceptions import HL7apyException  # a third of a second, and most commands need it not

    try:
        message = _built(update, settings, control_id, at)
        message.validate()
        text = str(message.to_er7())
    except HL7apyException as error:
        raise MessageError(
            Sentence(
                f"No valid message can be made of this patient: {type(error).__name__}.",
                f"Van deze patiënt kan geen geldig bericht worden gemaakt: {type(error).__name__}.",
            )
        ) from None
    try:
        return f"{text}\r".encode(settings.codec)
    except UnicodeEncodeError:
        raise MessageError(
            Sentence(
                f"A name does not fit hl7_output.character_set {settings.character_set}.",
                f"Een naam past niet in hl7_output.character_set {settings.character_set}.",
            ),
            advice=Sentence("Use UNICODE UTF-8.", "Gebruik UNICODE UTF-8."),
        ) from None


def _built(update: PatientUpdate, settings: Hl7OutputSettings, control_id: str, at: datetime) -> Any:
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.core import Message

    structure, moment = STRUCTURES[settings.event], f"{at:%Y%m%d%H%M%S%z}"
    message = Message(structure, version=settings.version, validation_level=VALIDATION_LEVEL.STRICT)
    _set(message.msh, 3, settings.sending_application)
    _set(message.msh, 4, settings.sending_facility)
    _set(message.msh, 5, settings.receiving_application)
    _set(message.msh, 6, settings.receiving_facility)
    message.msh.msh_7 = moment
    message.msh.msh_9 = f"ADT^{settings.event}^{structure}"
    message.msh.msh_10 = control_id
    message.msh.msh_11 = settings.processing
    message.msh.msh_12 = settings.version
    message.msh.msh_18 = settings.character_set
    message.evn.evn_1 = settings.event
    message.evn.evn_2 = moment
    _add_patient(message.pid, update)
    message.pv1.pv1_2 = _NO_PATIENT_CLASS
    return message


def _add_patient(pid: Any, update: PatientUpdate) -> None:
    """PID-3 in the order in which archives read it: the first number says whose record it is."""
    local = pid.add_field("PID_3")
    local.cx_1, local.cx_5 = escaped(update.patient_id), "PI"
    if update.issuer:
        local.cx_4.hd_1 = escaped(update.issuer)
    if not update.is_taken_back:
        bsn = pid.add_field("PID_3")
        bsn.cx_1, bsn.cx_5 = update.bsn.digits, BSN_TYPE_CODE
        bsn.cx_4.hd_1, bsn.cx_4.hd_2, bsn.cx_4.hd_3 = BSN_AUTHORITY, BSN_OID, "ISO"
    _add_name(pid.add_field("PID_5"), update.name)
    if update.birth_date is not None:
        pid.pid_7 = update.birth_date.isoformat().replace("-", "")
    if update.sex:
        pid.pid_8 = update.sex


def _add_name(field: Any, name: PersonName) -> None:
    parts = (_whole(name), name.prefix, name.surname, name.partner_prefix, name.partner_surname)
    for number, text in enumerate(parts, start=1):
        if text:
            setattr(field.xpn_1, f"fn_{number}", escaped(text))
    first, _, further = (name.given_names or name.initials).partition(" ")
    if first:
        field.xpn_2 = escaped(first)
    if further:
        field.xpn_3 = escaped(further)
    field.xpn_7 = "L"


def _whole(name: PersonName) -> str:
    """The surname as it is written: the partner's before the own one, where there are two."""
    own, partner = (
        f"{prefix} {surname}".strip()
        for prefix, surname in ((name.prefix, name.surname), (name.partner_prefix, name.partner_surname))
    )
    return f"{partner} - {own}" if partner and own else partner or own


def _set(segment: Any, number: int, text: str) -> None:
    if text:
        setattr(segment, f"msh_{number}", escaped(text))


def escaped(text: str) -> str:
    """A value with the signs that HL7 gives a meaning written as escapes; line ends and other controls as a blank."""
    return "".join(_ESCAPES.get(sign, sign) for sign in _CONTROL.sub(" ", text))
