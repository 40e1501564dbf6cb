"""What passes between the use cases and the HL7 interface: the update of one patient's record, and the answer to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from remediate.identity.bsn import Bsn
from remediate.identity.patients import PersonName


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientUpdate:
    """What an archive is asked to know of one of its patients from now on. Never print it."""

    patient_id: str = field(repr=False)  # as the archive files the patient: PID-3, first repetition
    issuer: str  # of that number: CX.4.1
    bsn: Bsn  # PID-3, second repetition
    name: PersonName = field(repr=False)  # PID-5, as the EPD has it
    birth_date: date | None = field(repr=False)  # PID-7
    sex: str = field(repr=False)  # PID-8
    is_taken_back: bool = False  # the BSN is left out: our correction of it was rolled back

    def facts(self) -> str:
        """Canonical text for a keyed digest. It holds patient data in clear: never stored or shown."""
        name = self.name
        born = self.birth_date.isoformat() if self.birth_date else ""
        parts = (name.surname, name.prefix, name.partner_surname, name.partner_prefix, name.given_names, name.initials)
        return json.dumps([self.patient_id, self.issuer, self.bsn.digits, *parts, born, self.sex])


class MessageAnswer(StrEnum):
    """What became of a message, as far as the answer tells (HL7 v2 chapter 2, section 2.9.2)."""

    ACCEPTED = "accepted"  # AA, CA
    REFUSED = "refused"  # AE, AR, CE, CR
    NONE = "no-answer"  # silence, or a connection that ended: the receiver may have applied it
    FOREIGN = "answer-to-another-message"
    UNREADABLE = "answer-unreadable"
    UNREACHABLE = "receiver-unreachable"  # nothing was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The answer to one message. A receiver's own words may quote the patient, so that only codes are kept."""

    answer: MessageAnswer
    code: str = ""  # MSA-1, table 0008; "" when there is none
    error: str = ""  # ERR-3.1 or ERR-1.4.1, table 0357; "" when there is none
