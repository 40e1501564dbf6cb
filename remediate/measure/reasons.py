"""Why a study or a line of a list does not count as right, where plan and work did not already say so."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from remediate.reasons.study import sentence as sentence_of_study
from remediate.texts.language import Language, Sentence


class MeasureReason(StrEnum):
    """What measuring itself has to say."""

    CORRECTED_AFTERWARDS = "corrected-afterwards"
    UNKNOWN_WHEN = "unknown-when"
    NOT_LOOKED_AT = "not-looked-at"
    WRONG_AS_FOUND = "wrong-as-found"
    # a study of a sample that could not be looked at
    GONE = "not-in-archive"
    INCOMPLETE = "retrieve-incomplete"
    UNREADABLE = "header-unparsable"
    # a line of the job list
    ROW_WIDTH = "row-width"
    ROW_DAMAGED = "row-damaged"
    DUPLICATE_ROW = "duplicate-row"
    STATE_UNKNOWN = "state-unknown"
    TYPE_UNKNOWN = "type-unknown"
    TIME_UNREADABLE = "time-unreadable"
    TIME_AMBIGUOUS = "time-ambiguous"
    TIME_IMPOSSIBLE = "time-impossible"
    TIME_SKIPPED = "time-skipped"
    TIME_TWICE = "time-twice"
    EARLIER_ROW = "earlier-row"
    STUDY_UNREADABLE = "study-unreadable"
    NO_STUDY = "no-study"
    STUDY_UNKNOWN = "study-unknown"
    STUDY_AMBIGUOUS = "study-ambiguous"
    JOB_TIME_UNKNOWN = "job-time-unknown"
    # a line of the address book
    NO_INSTITUTION = "no-institution"
    TWO_ENTRIES = "two-entries"
    NOT_AN_ENTRY = "not-an-entry"
    LANGUAGE_UNKNOWN = "language-unknown"


SENTENCES: Mapping[MeasureReason, Sentence] = {
    MeasureReason.CORRECTED_AFTERWARDS: Sentence(
        "The study was corrected only after it had been sent.", "Het onderzoek is pas na het versturen gecorrigeerd."
    ),
    MeasureReason.UNKNOWN_WHEN: Sentence(
        "Others changed the study between two looks at it; how it was at that moment is unknown.",
        "Anderen wijzigden het onderzoek tussen twee keer kijken; hoe het op dat moment was, is onbekend.",
    ),
    MeasureReason.NOT_LOOKED_AT: Sentence(
        "No header of the study was read, and the index does not tell where the BSN stands.",
        "Van het onderzoek is geen header gelezen, en de index vertelt niet waar het BSN staat.",
    ),
    MeasureReason.WRONG_AS_FOUND: Sentence(
        "The study was not right when it was found, and was corrected since; what was wrong was not kept.",
        "Het onderzoek was niet goed toen het gevonden werd en is sindsdien gecorrigeerd; wat er mis was, is niet "
        "bewaard.",
    ),
    MeasureReason.GONE: Sentence("The archive no longer has this study.", "Het archief heeft dit onderzoek niet meer."),
    MeasureReason.INCOMPLETE: Sentence(
        "The archive did not hand over an object of each series.", "Het archief leverde niet van elke serie een object."
    ),
    MeasureReason.UNREADABLE: Sentence("A header cannot be read exactly.", "Een header is niet exact te lezen."),
    MeasureReason.ROW_WIDTH: Sentence(
        "The line has more or fewer cells than the header; it was left out.",
        "De regel heeft meer of minder cellen dan de kop; hij is weggelaten.",
    ),
    MeasureReason.ROW_DAMAGED: Sentence(
        "The line is damaged (a quotation mark that is not closed, for one); it was left out.",
        "De regel is beschadigd (een aanhalingsteken dat niet sluit, bijvoorbeeld); hij is weggelaten.",
    ),
    MeasureReason.DUPLICATE_ROW: Sentence(
        "The line stands in the list twice; it was counted once.",
        "De regel staat twee keer in de lijst; hij is één keer geteld.",
    ),
    MeasureReason.STATE_UNKNOWN: Sentence(
        "The state is none of the configured words (measure.jobs.states); the job was not judged.",
        "De status is geen van de ingestelde woorden (measure.jobs.states); de opdracht is niet beoordeeld.",
    ),
    MeasureReason.TYPE_UNKNOWN: Sentence(
        "The type is none of the configured words (measure.jobs.types); the job was judged all the same.",
        "Het type is geen van de ingestelde woorden (measure.jobs.types); de opdracht is wel beoordeeld.",
    ),
    MeasureReason.TIME_UNREADABLE: Sentence(
        "The time fits none of measure.jobs.time_formats; the job counts in no week.",
        "De tijd past bij geen van measure.jobs.time_formats; de opdracht telt in geen week.",
    ),
    MeasureReason.TIME_AMBIGUOUS: Sentence(
        "The time fits two of measure.jobs.time_formats, as two moments; the job counts in no week.",
        "De tijd past bij twee van measure.jobs.time_formats, als twee momenten; de opdracht telt in geen week.",
    ),
    MeasureReason.TIME_IMPOSSIBLE: Sentence(
        "The time lies in the future or before DICOM existed; the job counts in no week.",
        "De tijd ligt in de toekomst of voor het bestaan van DICOM; de opdracht telt in geen week.",
    ),
    MeasureReason.TIME_SKIPPED: Sentence(
        "The clock never showed this time: it was put forward in that hour. The job counts on its day.",
        "De klok heeft deze tijd nooit aangewezen: in dat uur ging de zomertijd in. De opdracht telt op haar dag.",
    ),
    MeasureReason.TIME_TWICE: Sentence(
        "The clock showed this time twice: it was put back in that hour. The job counts on its day.",
        "De klok heeft deze tijd twee keer aangewezen: in dat uur ging de wintertijd in. De opdracht telt op haar dag.",
    ),
    MeasureReason.EARLIER_ROW: Sentence(
        "The job is listed again under its number, as it ended; this line was left out.",
        "De opdracht staat onder haar nummer nog eens in de lijst, zoals zij eindigde; deze regel is weggelaten.",
    ),
    MeasureReason.STUDY_UNREADABLE: Sentence(
        "Part of what the line names as studies is no Study Instance UID; the others count.",
        "Een deel van wat de regel als onderzoeken noemt, is geen Study Instance UID; de andere tellen wel.",
    ),
    MeasureReason.NO_STUDY: Sentence(
        "The line names no study; the job was not judged.",
        "De regel noemt geen onderzoek; de opdracht is niet beoordeeld.",
    ),
    MeasureReason.STUDY_UNKNOWN: Sentence(
        "The study was never surveyed, or the archive no longer has it; the job was not judged.",
        "Het onderzoek is nooit geïnventariseerd, of het archief heeft het niet meer; de opdracht is niet beoordeeld.",
    ),
    MeasureReason.STUDY_AMBIGUOUS: Sentence(
        "Several studies have this accession number; the job was not judged.",
        "Meer onderzoeken hebben dit accessienummer; de opdracht is niet beoordeeld.",
    ),
    MeasureReason.JOB_TIME_UNKNOWN: Sentence(
        "The study was changed since it was first seen, and nobody knows whether the job was before or after that.",
        "Het onderzoek is gewijzigd sinds het voor het eerst gezien is, en niemand weet of de opdracht ervoor of erna "
        "was.",
    ),
    MeasureReason.NO_INSTITUTION: Sentence(
        "The entry of the address book names no institution.", "De regel van het adresboek noemt geen instelling."
    ),
    MeasureReason.TWO_ENTRIES: Sentence(
        "The institution stands in the address book twice; the first entry counts.",
        "De instelling staat twee keer in het adresboek; de eerste regel telt.",
    ),
    MeasureReason.LANGUAGE_UNKNOWN: Sentence(
        "The entry of the address book names another language than nl or en; it was left out.",
        "De regel van het adresboek noemt een andere taal dan nl of en; hij is weggelaten.",
    ),
    MeasureReason.NOT_AN_ENTRY: Sentence(
        "The entry of the address book is not a set of texts by name.",
        "De regel van het adresboek bestaat niet uit teksten met een naam.",
    ),
}

_BY_CODE: Mapping[str, Sentence] = {str(code): sentence for code, sentence in SENTENCES.items()}


def why(code: str, language: Language) -> str:
    """The plain sentence of any code that stands in a measurement; the code itself where none is known."""
    found = _BY_CODE.get(code)
    return found.in_(language) if found else sentence_of_study(code, language)
