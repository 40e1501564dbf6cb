"""`measure received`: how much of what other institutions sent is right, and a letter to each of which it is not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.measure_report import address_book, folder_of, keep, out_option, tell_places, tell_table, write_all
from remediate.cli.wiring import Session, now, session
from remediate.errors import UsageError
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import MeasurementKind
from remediate.report import measure_tables as tables
from remediate.report.measure_files import write_file
from remediate.report.measure_letters import letters
from remediate.report.measure_lines import received_lines
from remediate.report.measure_words import Say
from remediate.workflow.measure.received import ReceivedStudies, measure_received, received_json

_DATE = click.DateTime(formats=["%Y-%m-%d", "%Y%m%d"])


@click.command()
@common_options
@click.option("--from", "begin", type=_DATE, help="First Study Date, such as 2026-01-01.")
@click.option("--to", "end", type=_DATE, help="Last Study Date.")
@out_option
@pass_state
def received(state: State, begin: datetime | None, end: datetime | None, folder: Path | None) -> None:
    """Judge studies of which Institution Name is none of measure.own_institutions, by sender, and write letters.

    Letters are in Dutch and name counts and accession numbers only.
    """
    out = state.output
    if begin and end and begin > end:
        raise UsageError("--from lies after --to.")
    with session(state, exclusive=False) as work, out.progress(total=None, unit="studies", what="judged") as bar:
        found = measure_received(
            work.ledger,
            work.judge,
            own=work.config.measure.own_institutions,
            book=address_book(work),
            since=f"{begin:%Y%m%d}" if begin else "",
            until=f"{end:%Y%m%d}" if end else "",
            progress=bar.update,
        )
        figures = received_json(found)
        number = keep(work, MeasurementKind.RECEIVED, figures)
        where = folder_of(work, folder)
        places = write_all(work, out, "received", figures, where)
        written = _write_letters(work, found, where)
    say = Say(out.language)
    for line in received_lines(figures, say):
        out.say(line)
    tell_table(out, say("by_institution"), tables.senders_table(figures["by"]["institution"], say), file="received.csv")
    tell_table(out, say("why_not"), tables.reason_table(figures["wrong"], say, code_first=True))
    tell_table(out, say("problems"), tables.problem_table(figures["problems"], say))
    tell_places(out, places)
    if written:
        out.say(f"{say('letters')}:")
        out.table([path] for path in written)
    out.answer({**figures, "measurement": number, **places, "letters": written})


def _write_letters(work: Session, found: ReceivedStudies, folder: Path) -> list[str]:
    """Write them, and record that accession numbers left the ledger (NEN 7513)."""
    made = letters(found, hospital=work.config.report.hospital, profile=work.config.target.profile, day=now().date())
    written = [str(write_file(folder / "letters" / name, text.encode())) for name, text in made]
    if written:
        details: dict[str, str | int | float | bool | None] = {"what": "letters", "letters": len(written)}
        work.ledger.record(NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details))
    return written
