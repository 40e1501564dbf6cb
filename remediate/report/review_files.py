"""The review list as a CSV that a spreadsheet keeps intact, and the decisions that come back in it. Decides nothing.

Identifiers begin with an apostrophe, so that no spreadsheet makes numbers or dates of them; coming back it may be
there or not. Nobody's BSN, name or birth date stands in the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from remediate.errors import TableError, UsageError
from remediate.files import new_file, private_folder
from remediate.identity.evidence import Source
from remediate.language import Language, Sentence, strerror_nl
from remediate.printable import one_line, printable_cell
from remediate.records.reviews import ReviewDecision
from remediate.tables.columns import find_columns
from remediate.tables.reader import Misfit, Row, found_format, open_table
from remediate.workflow.reasons import sentence
from remediate.workflow.review import Answered
from remediate.workflow.review_reasons import SENTENCES, Comparison
from remediate.workflow.review_rows import ReviewRow

_KEYS = ("StudyInstanceUID", "Seen", "decision", "why")
_READ = (*_KEYS, "EpdPatientID")
_MOST = 50_000_000
"""Bytes of a file that is read at all."""

_SOURCES: Mapping[Source, Sentence] = {
    Source.INDEX: Sentence("the archive's index only", "alleen de index van het archief"),
    Source.PROBE: Sentence("one header of the study or of each series", "één header van het onderzoek of elke serie"),
    Source.OBJECTS: Sentence("every object", "elk object"),
}
_WORD = re.compile(r"[A-Za-z]+")
_OF = Sentence("{} of {}", "{} van {}")
_YES_NO = {True: Sentence("yes", "ja"), False: Sentence("no", "nee")}


def review_csv(rows: Iterable[ReviewRow], language: Language) -> str:
    """The whole list: semicolons, CRLF and a byte order mark, as a Dutch Excel opens them."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    header: list[str] | None = None
    for row in rows:
        cells = _cells(row, language)
        if header is None:
            header = list(cells)
            writer.writerow(header)
        writer.writerow([printable_cell(cell) for cell in cells.values()])
    if header is None:
        writer.writerow(_KEYS)
    return "\ufeff" + buffer.getvalue()


def _cells(row: ReviewRow, language: Language) -> dict[str, str]:
    """The cells of a line by column; what a person reads first comes first."""
    return {
        "decision": "",
        "why": "",
        "Likeness": str(row.likeness),
        "Candidate": _OF.in_(language).format(row.candidate, row.candidates) if row.candidates else "",
        "For": _sentences(row.proofs, language),
        "Against": _sentences(row.reasons, language),
        "Surname": _compared(row.surname, language),
        "GivenName": _compared(row.given_name, language),
        "BirthDate": _compared(row.birth_date, language),
        "Sex": _compared(row.sex, language),
        "BsnInStudy": ", ".join(row.bsn_in_study),
        "BsnInEpd": row.bsn_in_epd,
        "MayConfirm": _YES_NO[row.may_confirm].in_(language),
        "WhyNot": _sentences(row.not_negotiable, language),
        "PatientID": as_text(row.patient_id),
        "IssuerOfPatientID": as_text(row.issuer),
        "EpdPatientID": as_text(row.epd_patient_id),
        "EpdAuthority": as_text(row.authority),
        "StudyDate": _day(row.study_date),
        "Modalities": ", ".join(row.modalities),
        "Instances": "" if row.instances is None else str(row.instances),
        "ReadFrom": _SOURCES[row.source].in_(language),
        "Earlier": "" if row.earlier is None else _earlier(row.earlier),
        "StudyInstanceUID": as_text(row.study_instance_uid),
        "Seen": row.seen,
    }


def as_text(identifier: str) -> str:
    """An identifier that a spreadsheet leaves alone: leading zeros, dots and long numbers stay."""
    return identifier if not identifier or _WORD.fullmatch(identifier) else f"'{identifier}"


def _from_text(cell: str) -> str:
    return cell.removeprefix("'")


def _sentences(codes: Iterable[str], language: Language) -> str:
    return " ".join(sentence(code, language) for code in codes)


def _compared(found: Iterable[Comparison], language: Language) -> str:
    return " / ".join(SENTENCES[one].in_(language) for one in found)


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _earlier(decision: ReviewDecision) -> str:
    return f"{decision.decision.value}, {decision.person}, {decision.at:%Y-%m-%d %H:%M}"


def write_review(path: Path, text: str) -> None:
    """Write a new file, readable by its owner only. Raises `UsageError` where one stands, with decisions perhaps."""
    private_folder(path.parent)
    try:
        with new_file(path) as file:
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
        form = found_format(path, lambda names: len(find_columns(names, _READ).places))
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
    found = find_columns(header, _READ)
    missing = [key for key in _READ if key in found.twice or (key in _KEYS and key not in found.places)]
    if missing:
        raise UsageError(
            Sentence(
                f"{path} is not a review list: it needs one column {', one column '.join(missing)}.",
                f"{path} is geen beoordelingslijst: er hoort één kolom {', één kolom '.join(missing)} in te staan.",
            ),
            advice=Sentence("Make one with `remediate review export`.", "Maak er een met `remediate review export`."),
        )
    return tuple(map(found.place, _READ))


def _answered(row: Row | Misfit) -> Answered:
    """What a line says; of a line that is no row only that it may hold a decision."""
    uid, seen, decision, why, epd = (
        map(one_line, row.cells) if isinstance(row, Row) else ("", "", row.fault.value, "", "")
    )
    return Answered(
        line=row.line,
        study_instance_uid=_from_text(uid),
        epd_patient_id=_from_text(epd),
        seen=seen,
        decision=decision.casefold(),
        why=why,
    )
