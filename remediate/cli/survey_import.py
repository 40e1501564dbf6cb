"""`survey import`: a study list out of an archive's database into the ledger, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output, studies
from remediate.cli.wiring import session
from remediate.config.base import date_form
from remediate.errors import ExitCode, UsageError, WrongValueError
from remediate.header.uids import SENTENCES as UIDS
from remediate.header.uids import UidProblem
from remediate.survey.list_import import ImportResult, import_studies
from remediate.survey.study_list import DATES, LeftOutRow, Unread
from remediate.tables.faults import SENTENCES as ROWS
from remediate.texts.language import Sentence
from remediate.wiring import now

_SHOWN = 20


@click.command("import")
@common_options
@click.option(
    "--date-format",
    default="",
    help="Form of dates that have not the year first, such as %d-%m-%Y.  [default: as the columns tell]",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_state
def survey_import(state: CommandState, file: Path, date_format: str) -> int:
    """Take a study list that was exported out of the archive's database (CSV, columns named by DICOM keyword)."""
    out = state.output
    if date_format:
        try:
            date_form(date_format)
        except WrongValueError as error:
            raise UsageError(
                Sentence(f"--date-format {error.sentence.en}.", f"--date-format {error.sentence.nl}.")
            ) from None
    with session(state, exclusive=True) as work:
        result = import_studies(
            file,
            surveyed=work.ledger,
            events=work.ledger,
            settings=work.evidence_settings,
            now=now(),
            date_format=date_format,
        )
    _tell(out, result)
    out.answer(_json(result))
    return ExitCode.ERROR if result.is_doubtful else ExitCode.DONE


def _tell(out: Output, result: ImportResult) -> None:
    seen = studies(result.studies)
    out.say(
        Sentence(
            f"{seen.en} imported: {result.new} new, {result.undated} without a date.",
            f"{seen.nl} ingelezen: {result.new} nieuw, {result.undated} zonder datum.",
        )
    )
    for sentence in (*_left_out(result), *map(_unread, result.overview.unread), *_remarks(result)):
        out.say(sentence)
    for item in result.left_out[:_SHOWN]:
        text = _sentence(item).in_(out.language)
        out.say(Sentence(f"  line {item.line}: {item.reason}. {text}", f"  regel {item.line}: {item.reason}. {text}"))
    more = result.lines_left_out - _SHOWN
    if more > 0:
        out.say(Sentence(f"  ... and {more} more; --json names them.", f"  ... en nog {more}; --json noemt ze."))
    out.say(
        Sentence(
            "Headers were not looked at; `execute` reads every one before it stores anything.",
            "Headers zijn niet bekeken; `execute` leest ze alle voordat er iets wordt opgeslagen.",
        )
    )
    out.next_step("remediate plan")


def _left_out(result: ImportResult) -> Iterator[Sentence]:
    if result.is_complete:
        return
    rows = result.lines_left_out
    yield Sentence(
        f"NOT complete: {rows} of {result.overview.rows} rows left out.",
        f"NIET volledig: {rows} van {result.overview.rows} rijen weggelaten.",
    )
    for reason, number in sorted(result.reasons.items()):
        yield Sentence(f"  {reason}: {number}", f"  {reason}: {number}")


def _unread(one: Unread) -> Sentence:
    how = " or ".join(f"--date-format {form}" for form in one.likely)
    hoe = how.replace(" or ", " of ")
    if one.column in DATES:
        wanted = f"try {how}" if how else "export dates as YYYYMMDD"
        nodig = f"probeer {hoe}" if hoe else "exporteer datums als JJJJMMDD"
        return Sentence(
            f"{one.column}: dates cannot be read: {one.cells} of {one.of}; {wanted}. These studies go to review.",
            f"{one.column}: datums zijn niet te lezen: {one.cells} van {one.of}; {nodig}. Deze onderzoeken gaan naar "
            "beoordeling.",
        )
    return Sentence(
        f"{one.column}: counts cannot be read: {one.cells} of {one.of}; they count as not told.",
        f"{one.column}: aantallen zijn niet te lezen: {one.cells} van {one.of}; ze gelden als niet genoemd.",
    )


def _remarks(result: ImportResult) -> Iterator[Sentence]:
    seen = result.overview
    if seen.garbled_names:
        yield Sentence(
            f"PatientName: {seen.garbled_names} of {seen.names} names cannot be read (such as Ã¼ for ü, or signs that "
            "were lost): the list was exported in another encoding than it says.",
            f"PatientName: {seen.garbled_names} van {seen.names} namen zijn niet te lezen (zoals Ã¼ voor ü, of tekens "
            "die verloren gingen): de lijst is in een andere tekencodering geëxporteerd dan zij zegt.",
        )
    if seen.names > 1 and not seen.parted_names:
        yield Sentence(
            "PatientName: no name has a ^ between surname and given name, as DICOM writes them (SURNAME^GIVEN NAME); "
            "without it hardly any study is decided.",
            "PatientName: geen enkele naam heeft een ^ tussen achternaam en voornaam, zoals DICOM ze schrijft "
            "(ACHTERNAAM^VOORNAAM); zonder wordt bijna geen onderzoek beslist.",
        )
    if result.in_two_ways:
        told = studies(result.in_two_ways)
        yield Sentence(
            f"{told.en} stand in several rows that say different things about the patient; each is kept as a header.",
            f"{told.nl} staan in meer rijen die over de patiënt verschillende dingen zeggen; elke rij telt als header.",
        )
    if seen.other_columns:
        names = ", ".join(seen.other_columns)
        yield Sentence(f"Columns that are not read: {names}.", f"Kolommen die niet gelezen worden: {names}.")


def _sentence(item: LeftOutRow) -> Sentence:
    return UIDS[item.reason] if isinstance(item.reason, UidProblem) else ROWS[item.reason]


def _json(result: ImportResult) -> dict[str, object]:
    seen = result.overview
    return {
        "studies": result.studies,
        "new": result.new,
        "queries": 0,
        "complete": result.is_complete,
        "undated": result.undated,
        "rows": seen.rows,
        "left_out": result.lines_left_out,
        "reasons": dict(sorted(result.reasons.items())),
        "rejected": [{"line": item.line, "reason": item.reason.value} for item in result.left_out],
        "unread": [
            {"column": one.column, "cells": one.cells, "of": one.of, "likely": list(one.likely)} for one in seen.unread
        ],
        "names": {"all": seen.names, "garbled": seen.garbled_names, "parted": seen.parted_names},
        "in_several_rows": result.in_two_ways,
        "other_columns": list(seen.other_columns),
    }
