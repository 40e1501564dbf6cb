"""Who needs it first: appointments, reasons to come before others, and the order of a plan. Values only.

A *rank* is one number that sorts: the reason times `STEP`, and what tells those of one reason apart. Lower is sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import NamedTuple

from remediate.texts.language import Sentence

STEP = 10**13


class Need(IntEnum):
    """Why a study comes when it comes; what stands first goes first."""

    INFLOW = 0
    APPOINTMENT = 1
    UNSENT = 2
    LIKELY = 3
    NEWEST = 4

    @property
    def code(self) -> str:
        """How plan.json names it."""
        return self.name.lower()


REASONS: Mapping[Need, Sentence] = {
    Need.INFLOW: Sentence(
        "It came in of late, and came in wrong (measure new).",
        "Het kwam kort geleden binnen, en kwam fout binnen (measure new).",
    ),
    Need.APPOINTMENT: Sentence(
        "The patient has an appointment; the soonest comes first.",
        "De patiënt heeft een afspraak; de eerstvolgende gaat voor.",
    ),
    Need.UNSENT: Sentence(
        "It was sent, or was to be sent, and is not right; the latest comes first.",
        "Het is verstuurd of moest verstuurd worden, en is niet goed; het laatste gaat voor.",
    ),
    Need.LIKELY: Sentence(
        "Studies of its kind (modality, department, age) are sent often; the most often sent come first.",
        "Onderzoeken van deze soort (modaliteit, afdeling, leeftijd) worden vaak verstuurd; de vaakst verstuurde gaan "
        "voor.",
    ),
    Need.NEWEST: Sentence("The newest study comes first.", "Het nieuwste onderzoek gaat voor."),
}


class OrderBy(StrEnum):
    """In which order a plan's patients are worked on."""

    NEED = "need"
    NEWEST = "newest"
    UID = "uid"


class Ordering(NamedTuple):
    """How a plan orders its patients."""

    by: OrderBy
    today: date  # in the hospital's zone; a Study Date after it counts as none
    longest_waiting: int = 10  # one patient in so many is of those that have waited longest

    @property
    def edges(self) -> tuple[str, ...]:
        """The Study Dates (DA) at which an age of `KindOfStudy` ends, the youngest first."""
        return tuple(f"{self.today - timedelta(days=days):%Y%m%d}" for days in AGES)


AGES = (7, 31, 92, 183, 365, 730, 1826, 3652)
"""Days that part studies by their age: what is sent is mostly young."""


class KindOfStudy(NamedTuple):
    """What tells how often a study is sent."""

    modalities: str  # as the ledger keeps them, separated by backslashes
    place: str  # department, or institution where none is known
    age: int  # index into AGES; len(AGES) where it is older, or nobody knows

    @property
    def key(self) -> str:
        """As the ledger joins it."""
        return f"{self.modalities}\x1f{self.place}\x1f{self.age}"


class Appointment(NamedTuple):
    """One line of a list of appointments or orders, or one message. Numbers stand in clear: never print it."""

    line: int
    key: str  # the number of the appointment; "" where it has none: then it is never moved and never cancelled
    numbers: tuple[tuple[str, str], ...]  # (authority, number) of the patient, the preferred one first
    at: int  # YYYYMMDDHHMM on the hospital's clock; 0: not told
    told: int  # YYYYMMDDHHMMSSffff of the message; 0: not told
    cancelled: bool = False


class KeptAppointment(NamedTuple):
    """The same once the patient is known."""

    key: str
    patient: str  # the keyed fingerprint of the patient's facts, by which plans know whose a study is
    at: int
    told: int
    cancelled: bool


class ListFault(StrEnum):
    """Why a line of a list moves nobody forward."""

    UNREADABLE = "unreadable"
    NO_NUMBER = "no-number"
    TIME_UNREADABLE = "time-unreadable"
    UNKNOWN_PATIENT = "unknown-patient"
    TWO_PATIENTS = "two-patients"
    CANCELLED = "cancelled"
    PAST = "past"
    FAR_AHEAD = "far-ahead"


LEFT_OUT: Mapping[ListFault, Sentence] = {
    ListFault.UNREADABLE: Sentence("cannot be read", "niet te lezen"),
    ListFault.NO_NUMBER: Sentence("without a patient's number", "zonder patiëntnummer"),
    ListFault.TIME_UNREADABLE: Sentence("without a time that can be read", "zonder leesbaar tijdstip"),
    ListFault.UNKNOWN_PATIENT: Sentence(
        "of a patient whom the EPD does not know", "van een patiënt die het EPD niet kent"
    ),
    ListFault.TWO_PATIENTS: Sentence(
        "whose numbers lead to two patients", "met nummers die naar twee patiënten leiden"
    ),
    ListFault.CANCELLED: Sentence("cancelled", "geannuleerd"),
    ListFault.PAST: Sentence("in the past", "in het verleden"),
    ListFault.FAR_AHEAD: Sentence("too far ahead (needs.days_ahead)", "te ver vooruit (needs.days_ahead)"),
}


class UnreadLine(NamedTuple):
    """A line or message that moves nobody forward."""

    line: int
    why: ListFault
