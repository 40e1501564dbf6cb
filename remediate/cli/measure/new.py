"""`measure new`: what share of newly arrived studies is right as it came, by group, and whether it fell."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.measure.report import (
    address_book,
    dated,
    folder_of,
    keep,
    moved_away,
    out_option,
    tell_places,
    tell_table,
    write_all,
)
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.errors import ExitCode, RemediateError
from remediate.measure.coverage import UNKNOWN
from remediate.measure.inflow import DIMENSIONS, Charts, chart_inflow, measure_inflow
from remediate.measure.inflow_figures import courses_of_falls, inflow_json
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import MeasurementKind
from remediate.report.inflow_note import PREFIX, notes
from remediate.report.inflow_words import SAID, Teller, inflow_lines, inflow_table, summary_line
from remediate.report.measure.files import write_file
from remediate.report.measure.words import Say
from remediate.texts.language import Language
from remediate.wiring import Session, now, today

_NOTES = "notes"


@click.command()
@common_options
@click.option(
    "--day",
    type=click.Choice(["made", "came"]),
    help="Count by Study Date, or by the day of the first survey that saw it.  [default: measure.new.day]",
)
@out_option
@pass_state
def new(state: CommandState, day: str | None, folder: Path | None) -> int:
    """What share of newly arrived studies has the BSN in the right place as it came, and whether it fell.

    Every study counts as it was found, never after a correction. Each station, department, modality and sender has a
    control chart of its own, and so have all studies together. Where one falls, a note to the department is written
    and the exit code is 2, as long as the fall lasts. Works on what the last survey found; asks no archive.
    """
    out = state.output
    with session(state, exclusive=False) as work, out.progress(total=None, unit="studies", what="judged") as bar:
        charts = _charts(work, day, bar.update)
        if charts is None:
            raise RemediateError(SAID["never"], advice="remediate survey")
        figures = dated(inflow_json(charts, today=now().astimezone(work.config.execute.window.zone).date()))
        number = keep(work, MeasurementKind.NEW, figures)
        _to_the_front(work, charts)
        where = folder_of(work, folder)
        full = {**figures, "days": [*figures["days"], *courses_of_falls(charts)]}
        places = write_all(work, out, "new", full, where)
        written, moved = _write_notes(work, state, charts, figures, where)
    _tell(out, figures, places, written)
    out.answer({**full, "measurement": number, **places, "notes": written, "notes_moved": moved})
    return ExitCode.CHANGES if figures["falls"] else ExitCode.DONE


def _to_the_front(work: Session, charts: Charts) -> None:
    """What came in wrong of late is what the next plan begins with, as far as it is planned at all."""
    work.ledger.forget_needs("inflow")
    last = charts.inflow.length
    work.ledger.keep_needs("inflow", {uid: last - day for uid, day in charts.inflow.wrong.items()})


def _charts(work: Session, day: str | None, progress: Any) -> Charts | None:
    config = work.config
    settings = config.measure.new.model_copy(update={"day": day} if day else {})
    inflow = measure_inflow(
        work.ledger,
        work.ledger,
        work.judge,
        settings=settings,
        own=config.measure.own_institutions,
        book=address_book(work),
        zone=config.execute.window.zone,
        progress=progress,
    )
    return None if inflow is None else chart_inflow(inflow, settings)


def _write_notes(
    work: Session, state: CommandState, charts: Charts, figures: Mapping[str, Any], folder: Path
) -> tuple[list[str], list[str]]:
    """Write them, and record that Study Instance UIDs left the ledger (NEN 7513); those of earlier runs make room.

    In Dutch, as whoever gets one reads it, unless English was asked for.
    """
    is_english = state.language_given and state.output.language is Language.EN
    moved = [str(path) for path in moved_away(folder, _NOTES, PREFIX.values())]
    made = notes(
        figures,
        {(group.dimension, group.name): _newest(found) for group, found in charts.inflow.examples.items()},
        Language.EN if is_english else Language.NL,
        hospital=work.config.report.hospital,
        day=today(work.config),
        settings=work.config.measure.letter,
    )
    written = [str(write_file(folder / _NOTES / name, text.encode())) for name, text in made]
    if written:
        details: dict[str, str | int | float | bool | None] = {"what": _NOTES, "notes": len(written)}
        work.ledger.record(NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details))
    return written, moved


def _newest(found: list[tuple[int, str]]) -> list[str]:
    return [uid for _, uid in sorted(found, reverse=True)]


def _tell(out: Output, figures: Mapping[str, Any], places: Mapping[str, str], written: list[str]) -> None:
    say = Say(out.language)
    told = Teller(say)
    for line in inflow_lines(figures, say):
        out.say(line)
    for dimension in DIMENSIONS:
        groups = figures["by"][dimension]
        if set(groups) - {UNKNOWN}:
            title = told("by_sender") if dimension == "sender" else say(f"by_{dimension}")
            tell_table(out, title, inflow_table(groups, say), file="new.csv")
    tell_places(out, places)
    if written:
        out.say(f"{told('notes')}:")
        out.table([path] for path in written)
        out.next_step(told("next_fall", note=written[0]))
    out.summary(summary_line(figures, say))
