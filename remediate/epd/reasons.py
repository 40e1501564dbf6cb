"""Why a record of the EPD, or a BSN in it, was refused, with one sentence each; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remediate.tables.faults import SENTENCES as ROWS
from remediate.tables.faults import RowFault
from remediate.texts.language import Sentence


class RejectReason(StrEnum):
    """Why a record was refused, or only the BSN in it: then the patient is kept without (see the last ones)."""

    # framing and headers of HL7 v2
    OUTSIDE_MESSAGE = "outside-message"
    HEADER_MALFORMED = "header-malformed"
    MESSAGE_TOO_LONG = "message-too-long"
    CHARACTER_SET_UNKNOWN = "character-set-unknown"
    CHARACTER_SET_WRONG = "character-set-wrong"
    SEGMENT_TRUNCATED = "segment-truncated"
    SEGMENT_BROKEN = "segment-broken"
    SEGMENTS_MIXED = "segments-mixed"
    PID_ABSENT = "pid-absent"
    MRG_ABSENT = "mrg-absent"
    EVENT_ABSENT = "event-absent"
    EVENT_CONTRADICTS = "event-contradicts"
    EVENT_UNSUPPORTED = "event-unsupported"
    EVENT_LINKS = "event-links"
    EVENT_MOVES_NUMBER = "event-moves-number"
    TIME_UNREADABLE = "time-unreadable"
    TIME_IN_FUTURE = "time-in-future"
    # content of either format
    IDENTIFIER_ABSENT = "identifier-absent"
    IDENTIFIER_SPOILED = RowFault.IDENTIFIER_SPOILED.value
    IDENTIFIER_TYPE = "identifier-type"
    IDENTIFIER_EXPIRED = "identifier-expired"
    BIRTH_DATE_UNREADABLE = "birth-date-unreadable"
    # merges
    PRIOR_IDENTIFIER_ABSENT = "prior-identifier-absent"
    MERGE_WITH_ITSELF = "merge-with-itself"
    MERGE_CONTRADICTS = "merge-contradicts"
    # CSV
    ROW_LENGTH = RowFault.ROW_LENGTH.value
    QUOTE_UNCLOSED = RowFault.QUOTE_UNCLOSED.value
    QUOTE_BROKEN = RowFault.QUOTE_BROKEN.value
    LINE_BREAK_DOUBTFUL = RowFault.LINE_BREAK_DOUBTFUL.value
    CELL_TOO_LONG = RowFault.CELL_TOO_LONG.value
    NUL_CHARACTER = RowFault.NUL_CHARACTER.value
    ROWS_CONTRADICT = "rows-contradict"
    ROW_OF_MERGED_NUMBER = "row-of-merged-number"
    # only the number is refused
    TWO_BSNS = "two-bsns"
    BSN_NOT_DIGITS = "bsn-not-digits"
    BSN_WRONG_LENGTH = "bsn-wrong-length"
    BSN_ELEVEN_TEST = "bsn-eleven-test"
    BSN_PLACEHOLDER = "bsn-placeholder"
    BSN_EXPIRED = "bsn-expired"
    IDENTITY_UNKNOWN = "identity-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRecord:
    """One record that was refused, or whose BSN was. Never holds a value of the record."""

    file: str  # name without folder
    line: int  # physical line where the message or row begins, from 1; CR, LF and CRLF each end one line
    reason: RejectReason
    met: str = ""  # the types that stand there instead, such as VN or EPI
    explanation: str = ""  # what hl7apy says about the message, in names of segments, fields and errors


SENTENCES: Mapping[RejectReason, Sentence] = {
    RejectReason.OUTSIDE_MESSAGE: Sentence(
        "There is text here that belongs to no message.", "Hier staat tekst die bij geen bericht hoort."
    ),
    RejectReason.HEADER_MALFORMED: Sentence(
        "The message header (MSH-1, MSH-2) does not tell the delimiters.",
        "De berichtkop (MSH-1, MSH-2) noemt de scheidingstekens niet.",
    ),
    RejectReason.MESSAGE_TOO_LONG: Sentence(
        "The message is longer than this reader accepts.", "Het bericht is langer dan deze lezer aanneemt."
    ),
    RejectReason.CHARACTER_SET_UNKNOWN: Sentence(
        "The character set that MSH-18 names is not known here.",
        "De tekenset die MSH-18 noemt is hier niet bekend.",
    ),
    RejectReason.CHARACTER_SET_WRONG: Sentence(
        "The text is not in the character set that MSH-18 or the configuration names.",
        "De tekst staat niet in de tekenset die MSH-18 of de configuratie noemt.",
    ),
    RejectReason.SEGMENT_TRUNCATED: Sentence("The message ends too early.", "Het bericht eindigt te vroeg."),
    RejectReason.SEGMENT_BROKEN: Sentence(
        "A line break stands inside a segment that tells who the patient is.",
        "Er staat een regeleinde in een segment dat zegt wie de patiënt is.",
    ),
    RejectReason.SEGMENTS_MIXED: Sentence(
        "Segments of more than one message run together.", "Segmenten van meer dan één bericht lopen door elkaar."
    ),
    RejectReason.PID_ABSENT: Sentence("The message has no PID segment.", "Het bericht heeft geen PID-segment."),
    RejectReason.MRG_ABSENT: Sentence(
        "The merge does not name the number that disappears (MRG).",
        "De samenvoeging noemt het vervallen nummer niet (MRG).",
    ),
    RejectReason.EVENT_ABSENT: Sentence(
        "The message does not say which event it is about.", "Het bericht zegt niet over welke gebeurtenis het gaat."
    ),
    RejectReason.EVENT_CONTRADICTS: Sentence(
        "MSH-9 and EVN-1 name different events.", "MSH-9 en EVN-1 noemen verschillende gebeurtenissen."
    ),
    RejectReason.EVENT_UNSUPPORTED: Sentence(
        "This event changes patients in a way that is not read here.",
        "Deze gebeurtenis wijzigt patiënten op een manier die hier niet gelezen wordt.",
    ),
    RejectReason.EVENT_LINKS: Sentence(
        "The message links two patients (A24), which is not followed; both stay as they are.",
        "Het bericht koppelt twee patiënten (A24), wat niet gevolgd wordt; ze blijven zoals ze zijn.",
    ),
    RejectReason.EVENT_MOVES_NUMBER: Sentence(
        "The message moves a number from one patient to another (A43), which is not followed; until a later message "
        "names these numbers, nothing about them counts as verified.",
        "Het bericht verplaatst een nummer naar een andere patiënt (A43), wat niet gevolgd wordt; tot een later "
        "bericht deze nummers noemt, geldt niets ervan als geverifieerd.",
    ),
    RejectReason.TIME_UNREADABLE: Sentence(
        "The date and time of this message or row cannot be read.",
        "Datum en tijd van dit bericht of deze rij zijn niet te lezen.",
    ),
    RejectReason.TIME_IN_FUTURE: Sentence(
        "The message or row is dated in the future: every later one would seem older.",
        "Het bericht of de rij heeft een datum in de toekomst: elk later bericht zou ouder lijken.",
    ),
    RejectReason.IDENTIFIER_ABSENT: Sentence(
        "The record names no hospital number.", "De registratie noemt geen ziekenhuisnummer."
    ),
    RejectReason.IDENTIFIER_TYPE: Sentence(
        "None of the numbers is of a type that numbers patients; see epd.identifier_types.",
        "Geen van de nummers is van een soort die een patiënt aanduidt; zie epd.identifier_types.",
    ),
    RejectReason.IDENTIFIER_EXPIRED: Sentence(
        "The hospital number has expired or is not yet in use (CX.7, CX.8).",
        "Het ziekenhuisnummer is verlopen of nog niet in gebruik (CX.7, CX.8).",
    ),
    RejectReason.BSN_EXPIRED: Sentence(
        "The BSN has expired or is not yet in use (CX.7, CX.8); the patient is kept without it.",
        "Het BSN is verlopen of nog niet in gebruik (CX.7, CX.8); de patiënt blijft zonder BSN.",
    ),
    RejectReason.IDENTITY_UNKNOWN: Sentence(
        "PID-31 says that it is not known who the patient is; the BSN counts as unverified.",
        "PID-31 zegt dat niet bekend is wie de patiënt is; het BSN geldt als niet geverifieerd.",
    ),
    RejectReason.BIRTH_DATE_UNREADABLE: Sentence(
        "The birth date is not a date in the expected form; what was known about the number is no longer verified.",
        "De geboortedatum is geen datum in de verwachte vorm; wat van het nummer bekend was is niet meer geverifieerd.",
    ),
    RejectReason.TWO_BSNS: Sentence(
        "The record holds two different BSNs; the patient is kept without.",
        "De registratie bevat twee verschillende BSN's; de patiënt blijft zonder.",
    ),
    RejectReason.PRIOR_IDENTIFIER_ABSENT: Sentence(
        "MRG-1 names no hospital number.", "MRG-1 noemt geen ziekenhuisnummer."
    ),
    RejectReason.MERGE_WITH_ITSELF: Sentence(
        "The merge names one number on both sides.", "De samenvoeging noemt aan beide kanten hetzelfde nummer."
    ),
    RejectReason.MERGE_CONTRADICTS: Sentence(
        "The merge runs against another merge of the same moment.",
        "De samenvoeging gaat in tegen een andere samenvoeging van hetzelfde moment.",
    ),
    **{RejectReason(fault.value): ROWS[fault] for fault in RowFault if fault is not RowFault.OTHER_ENCODING},
    RejectReason.ROWS_CONTRADICT: Sentence(
        "Rows of this file contradict each other about this number; none of them is believed.",
        "Rijen van dit bestand spreken elkaar over dit nummer tegen; geen ervan wordt geloofd.",
    ),
    RejectReason.ROW_OF_MERGED_NUMBER: Sentence(
        "The number was given up in a merge, which a CSV row does not undo.",
        "Het nummer is bij een samenvoeging vervallen; een CSV-rij draait dat niet terug.",
    ),
    RejectReason.BSN_NOT_DIGITS: Sentence(
        "The BSN does not consist of digits, or was spoiled by a spreadsheet; the patient is kept without it.",
        "Het BSN bestaat niet uit cijfers of is door een rekenblad verminkt; de patiënt blijft zonder BSN.",
    ),
    RejectReason.BSN_WRONG_LENGTH: Sentence(
        "The BSN has the wrong number of digits, and none are guessed; the patient is kept without it.",
        "Het BSN heeft niet het goede aantal cijfers en er wordt niets geraden; de patiënt blijft zonder BSN.",
    ),
    RejectReason.BSN_ELEVEN_TEST: Sentence(
        "The BSN fails the eleven-test; the patient is kept without it.",
        "Het BSN doorstaat de elfproef niet; de patiënt blijft zonder BSN.",
    ),
    RejectReason.BSN_PLACEHOLDER: Sentence(
        "The BSN is a placeholder; the patient is kept without it.",
        "Het BSN is een opvulwaarde; de patiënt blijft zonder BSN.",
    ),
}
