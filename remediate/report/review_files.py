"""The review list as a CSV for people and spreadsheets, and the decisions that come back in it. Decides nothing.

Nobody's BSN, name or birth date stands in the file, unless both sides were revealed: then names, birth dates and sexes
do, and what differs between them stands in square brackets. A number stands there as it is. What a spreadsheet makes of
it is seen when the file comes back, for each line is bound by its Study Instance UID and by what the person saw.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from remediate.errors import TableError, UsageError
from remediate.files import new_file, private_folder
from remediate.identity.evidence import Source
from remediate.reasons.study import sentence
from remediate.records.reviews import ReviewDecision
from remediate.report.review_words import (
    both_sides,
    claimed,
    compared,
    decided,
    read_decision,
    told_against,
    told_proofs,
)
from remediate.review.marks import bracketed, day
from remediate.review.queue import Answered
from remediate.review.rows import ReviewRow, Sides
from remediate.tables.columns import find_columns
from remediate.tables.reader import Misfit, Row, found_format, open_table
from remediate.texts import notation
from remediate.texts.language import Language, Sentence, strerror_nl
from remediate.texts.printable import one_line, printable_cell

_KEYS = ("StudyInstanceUID", "Seen", "decision", "why")
_READ = (*_KEYS, "EpdPatientID")

_DUTCH: Mapping[str, str] = {
    "decision": "beslissing", "why": "reden", "Group": "Groep", "Likeness": "Gelijkenis", "Candidate": "Kandidaat",
    "For": "Voor", "Against": "Tegen", "SurnameCompared": "AchternaamVergeleken",
    "GivenNameCompared": "VoornaamVergeleken", "BirthDateCompared": "GeboortedatumVergeleken",
    "SexCompared": "GeslachtVergeleken", "NameInStudy": "NaamInOnderzoek", "NameInEpd": "NaamInEpd",
    "BirthDateInStudy": "GeboortedatumInOnderzoek", "BirthDateInEpd": "GeboortedatumInEpd",
    "SexInStudy": "GeslachtInOnderzoek", "SexInEpd": "GeslachtInEpd", "BsnInStudy": "BsnInOnderzoek",
    "BsnInEpd": "BsnInEpd", "MayConfirm": "MagBevestigdWorden", "WhyNot": "WaaromNiet", "PatientID": "Patiëntnummer",
    "IssuerOfPatientID": "UitgevendeInstantie", "EpdPatientID": "EpdNummer", "EpdAuthority": "EpdInstantie",
    "StudyDate": "Onderzoeksdatum", "Modalities": "Modaliteiten", "Instances": "Objecten",
    "HeadersReadFrom": "HeadersGelezenUit", "EarlierDecision": "EerdereBeslissing",
    "StudyInstanceUID": "StudyInstanceUID", "Seen": "Gezien",
}  # fmt: skip
"""The columns, in English and Dutch."""

_NAMES = tuple(dict.fromkeys((*_READ, *(_DUTCH[name] for name in _READ))))

_MOST = 50_000_000
"""Bytes of a file that is read at all."""

_SOURCES: Mapping[Source, Sentence] = {
    Source.INDEX: Sentence("the archive's index only", "alleen de index van het archief"),
    Source.PROBE: Sentence("one header of the study or of each series", "één header van het onderzoek of elke serie"),
    Source.OBJECTS: Sentence("every object", "elk object"),
}
_OF = Sentence("{} of {}", "{} van {}")
YES_NO = {True: Sentence("yes", "ja"), False: Sentence("no", "nee")}


def review_csv(rows: Iterable[ReviewRow], language: Language) -> str:
    """The whole list: semicolons, CRLF and a byte order mark, as a Dutch Excel opens them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    header: list[str] | None = None
    for row in rows:
        cells = _cells(row, language)
        if header is None:
            header = [heading(name, language) for name in cells]
            writer.writerow(header)
        writer.writerow([printable_cell(cell) for cell in cells.values()])
    if header is None:
        writer.writerow([heading(name, language) for name in _KEYS])
    return "\ufeff" + buffer.getvalue()


def _cells(row: ReviewRow, language: Language) -> dict[str, str]:
    """The cells of a line by column; what a person reads first comes first."""
    return {
        "decision": "",
        "why": "",
        "Group": row.group,
        "Likeness": str(row.likeness),
        "Candidate": _OF.in_(language).format(row.candidate, row.candidates) if row.candidates else "",
        "For": " ".join(told_proofs(row, language)),
        "Against": " ".join(told_against(row, language)),
        "SurnameCompared": compared(row.surname, language),
        "GivenNameCompared": compared(row.given_name, language),
        "BirthDateCompared": compared(row.birth_date, language),
        "SexCompared": compared(row.sex, language),
        **(_side_by_side(row.sides) if row.sides is not None else {}),
        "BsnInStudy": claimed(row, language),
        "BsnInEpd": row.bsn_in_epd,
        "MayConfirm": YES_NO[row.may_confirm].in_(language),
        "WhyNot": _sentences(row.not_negotiable if row.candidate else row.reasons, language),
        "PatientID": row.patient_id,
        "IssuerOfPatientID": row.issuer,
        "EpdPatientID": row.epd_patient_id,
        "EpdAuthority": row.authority,
        "StudyDate": day(row.study_date),
        "Modalities": ", ".join(row.modalities),
        "Instances": "" if row.instances is None else str(row.instances),
        "HeadersReadFrom": _SOURCES[row.source].in_(language),
        "EarlierDecision": "" if row.earlier is None else _earlier(row.earlier, language),
        "StudyInstanceUID": row.study_instance_uid,
        "Seen": row.seen,
    }


def heading(name: str, language: Language) -> str:
    """What stands above a column, here and in the lists of a plan."""
    return _DUTCH[name] if language is Language.NL else name


def _side_by_side(sides: Sides) -> dict[str, str]:
    """Each field of the study beside that of the EPD, what differs in square brackets."""
    (name, name_in_epd), (born, born_in_epd), (sex, sex_in_epd) = (map(bracketed, each) for each in both_sides(sides))
    return {"NameInStudy": name, "NameInEpd": name_in_epd, "BirthDateInStudy": born, "BirthDateInEpd": born_in_epd,
            "SexInStudy": sex, "SexInEpd": sex_in_epd}  # fmt: skip


def _from_text(cell: str) -> str:
    return cell.removeprefix("'")


def _sentences(codes: Iterable[str], language: Language) -> str:
    return " ".join(sentence(code, language) for code in codes)


def _earlier(decision: ReviewDecision, language: Language) -> str:
    at = notation.minute(decision.at, decision.at.tzinfo, language)
    return f"{decided(decision.decision, language)}, {decision.person}, {at}"


def write_review(path: Path, text: str, *, first: Callable[[], None] = lambda: None) -> None:
    """Write a new file, readable by its owner only, once `first` was done. Raises `UsageError` where one stands, with
    decisions perhaps."""
    private_folder(path.parent)
    try:
        with new_file(path) as file:
            first()
            file.write(text.encode())
    except FileExistsError:
        raise UsageError(
            Sentence(
                f"{path} exists; decisions in it would be lost.",
                f"{path} bestaat al; beslissingen daarin zouden verloren gaan.",
            ),
            advice=Sentence("Name another file.", "Noem een ander bestand."),
        ) from None


def read_answers(path: Path) -> tuple[Answered, ...]:
    """The lines of a file of decisions, in their order. Raises `UsageError` when it is no review list."""
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(
                Sentence(f"{path} is too large for a review list.", f"{path} is te groot voor een beoordelingslijst.")
            )
        form = found_format(path, lambda names: len(find_columns(names, _NAMES).places))
        with open_table(path, form) as table:
            places = _places(path, table.names)
            return tuple(_answered(row) for row in table.rows(places))
    except OSError as error:
        raise UsageError(
            Sentence(
                f"{path} cannot be read: {error.strerror}.", f"{path} kan niet worden gelezen: {strerror_nl(error)}."
            )
        ) from None
    except TableError as error:
        raise UsageError(error.message, advice=error.advice) from None


def _places(path: Path, header: Sequence[str]) -> tuple[int | None, ...]:
    """Where the columns that are read stand, under their names in either language."""
    found = find_columns(header, _NAMES)
    stands = {key: [at for name in (key, _DUTCH[key]) if (at := found.place(name)) is not None] for key in _READ}
    twice = {key for key in _READ if {key, _DUTCH[key]} & {*found.twice} or len({*stands[key]}) > 1}
    missing = [key for key in _READ if key in twice or (key in _KEYS and not stands[key])]
    if missing:
        dutch = [_DUTCH[key] for key in missing]
        raise UsageError(
            Sentence(
                f"{path} is not a review list: it needs one column {', one column '.join(missing)}.",
                f"{path} is geen beoordelingslijst: er hoort één kolom {', één kolom '.join(dutch)} in te staan.",
            ),
            advice=Sentence("Make one with `remediate review export`.", "Maak er een met `remediate review export`."),
        )
    return tuple(next(iter(stands[key]), None) for key in _READ)


def _answered(row: Row | Misfit) -> Answered:
    """What a line says; of a line that is no row only that it may hold a decision."""
    uid, seen, decision, why, epd = (
        map(one_line, row.cells) if isinstance(row, Row) else ("", "", row.fault.value, "", "")
    )
    return Answered(
        line=row.line,
        study_instance_uid=_from_text(uid),
        epd_patient_id=_from_text(epd),
        seen=_from_text(seen),
        decision=read_decision(_from_text(decision)),
        why=why,
    )
