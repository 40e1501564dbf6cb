"""What a review list says in words: how fields compare, and why a line of decisions was refused. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.language import Sentence


class Comparison(StrEnum):
    """How one field of a study compares with the EPD; tells no value."""

    EQUAL = "equal"
    AGREES = "agrees"
    IN_FULL = "in-full"
    COMPATIBLE = "compatible"
    DIFFERS = "differs"
    YEAR_ONLY = "year-only"
    MONTH_ONLY = "month-only"
    DAY_ONLY = "day-only"
    DAY_AND_MONTH_SWAPPED = "day-and-month-swapped"
    ABSENT_IN_STUDY = "absent-in-study"
    ABSENT_IN_EPD = "absent-in-epd"
    ABSENT = "absent"
    UNREADABLE = "unreadable"
    PLACEHOLDER = "placeholder"


class ReviewProblem(StrEnum):
    """Why a line of decisions was not taken."""

    UNKNOWN_DECISION = "unknown-decision"
    WHY_MISSING = "why-missing"
    WHY_HOLDS_BSN = "why-holds-bsn"
    WHY_NAMES_PATIENT = "why-names-patient"
    LINE_INCOMPLETE = "line-incomplete"
    CONTRADICTING_LINES = "contradicting-lines"
    UNKNOWN_STUDY = "unknown-study"
    NOT_IN_REVIEW = "not-in-review"
    SEEN_CHANGED = "seen-changed"
    CANDIDATE_ALTERED = "candidate-altered"
    NO_CANDIDATE = "no-candidate"
    NOT_NEGOTIABLE = "not-negotiable"


SENTENCES: Mapping[Comparison | ReviewProblem, Sentence] = {
    Comparison.EQUAL: Sentence("equal", "gelijk"),
    Comparison.AGREES: Sentence("agrees", "komt overeen"),
    Comparison.IN_FULL: Sentence("agrees in full", "komt volledig overeen"),
    Comparison.COMPATIBLE: Sentence("compatible", "past"),
    Comparison.DIFFERS: Sentence("differs", "wijkt af"),
    Comparison.YEAR_ONLY: Sentence("differs in year only", "alleen het jaar wijkt af"),
    Comparison.MONTH_ONLY: Sentence("differs in month only", "alleen de maand wijkt af"),
    Comparison.DAY_ONLY: Sentence("differs in day only", "alleen de dag wijkt af"),
    Comparison.DAY_AND_MONTH_SWAPPED: Sentence("day and month are swapped", "dag en maand zijn verwisseld"),
    Comparison.ABSENT_IN_STUDY: Sentence("absent in the study", "ontbreekt in het onderzoek"),
    Comparison.ABSENT_IN_EPD: Sentence("absent in the EPD", "ontbreekt in het EPD"),
    Comparison.ABSENT: Sentence("absent in the study or in the EPD", "ontbreekt in het onderzoek of in het EPD"),
    Comparison.UNREADABLE: Sentence("no valid date in the study", "geen geldige datum in het onderzoek"),
    Comparison.PLACEHOLDER: Sentence("a placeholder", "een opvulwaarde"),
    ReviewProblem.UNKNOWN_DECISION: Sentence(
        "The decision is neither confirm nor exclude.", "De beslissing is geen confirm en geen exclude."
    ),
    ReviewProblem.WHY_MISSING: Sentence("A decision needs a why.", "Een beslissing heeft een reden nodig (why)."),
    ReviewProblem.WHY_HOLDS_BSN: Sentence(
        "The why holds a number that is or may be a BSN, whole or masked; write it without.",
        "De reden (why) bevat een nummer dat een BSN is of kan zijn, geheel of gemaskeerd; schrijf het zonder.",
    ),
    ReviewProblem.WHY_NAMES_PATIENT: Sentence(
        "The why repeats a part of the patient's name or the birth date; write it without.",
        "De reden (why) herhaalt een deel van de naam of de geboortedatum van de patiënt; schrijf het zonder.",
    ),
    ReviewProblem.LINE_INCOMPLETE: Sentence(
        "The line has no StudyInstanceUID or no Seen.", "De regel heeft geen StudyInstanceUID of geen Seen."
    ),
    ReviewProblem.CONTRADICTING_LINES: Sentence(
        "Lines of this study decide differently.", "Regels van dit onderzoek beslissen verschillend."
    ),
    ReviewProblem.UNKNOWN_STUDY: Sentence(
        "No surveyed study has this UID.", "Geen geïnventariseerd onderzoek heeft deze UID."
    ),
    ReviewProblem.NOT_IN_REVIEW: Sentence(
        "The study does not wait for a decision: it is proven, exempt, in work or done.",
        "Het onderzoek wacht niet op een beslissing: het is bewezen, uitgezonderd, in behandeling of klaar.",
    ),
    ReviewProblem.SEEN_CHANGED: Sentence(
        "Study or EPD record changed since the export; export again and look again.",
        "Onderzoek of EPD-record is sinds de export gewijzigd; exporteer opnieuw en kijk opnieuw.",
    ),
    ReviewProblem.CANDIDATE_ALTERED: Sentence(
        "The EPD number on the line is not the exported one.",
        "Het EPD-nummer op de regel is niet het geëxporteerde.",
    ),
    ReviewProblem.NO_CANDIDATE: Sentence(
        "The study has no candidate to confirm; it can only be excluded.",
        "Het onderzoek heeft geen kandidaat om te bevestigen; het kan alleen worden uitgesloten.",
    ),
    ReviewProblem.NOT_NEGOTIABLE: Sentence(
        "The policy does not allow this confirmation, whoever decides:",
        "Het beleid staat deze bevestiging niet toe, wie ook beslist:",
    ),
}
