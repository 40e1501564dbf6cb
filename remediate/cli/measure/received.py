"""`measure received`: how much of what other institutions sent is right, and a letter to each of which it is not."""

from __future__ import annotations

from calendar import monthrange
from collections import deque
from datetime import date, datetime
from pathlib import Path

import click

from remediate.cli.arguments import DATE
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
from remediate.cli.wiring import session
from remediate.errors import UsageError
from remediate.measure.received import ReceivedStudies, measure_received, received_json
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import MeasurementKind
from remediate.report.measure import tables
from remediate.report.measure.files import write_file
from remediate.report.measure.letters import KINDS, LetterSender, letters
from remediate.report.measure.lines import received_lines
from remediate.report.measure.words import Say
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now, today

_LETTERS, _PAGES = "letters", "letters-to-print"


@click.command()
@common_options
@click.option("--from", "begin", type=DATE, help="First Study Date, such as 2026-01-01.")
@click.option("--to", "end", type=DATE, help="Last Study Date.")
@out_option
@pass_state
def received(state: CommandState, begin: datetime | None, end: datetime | None, folder: Path | None) -> None:
    """Judge studies of which Institution Name is none of measure.own_institutions, by sender, and write letters.

    Letters name counts and accession numbers only. They are Dutch, unless --lang or the address book says English.
    """
    out = state.output
    if begin and end and begin > end:
        raise UsageError(Sentence("--from lies after --to.", "--from ligt na --to."))
    with session(state, exclusive=False) as work, out.progress(total=None, unit="studies", what="judged") as bar:
        found = measure_received(
            work.ledger,
            work.ledger,
            work.judge,
            own=work.config.measure.own_institutions,
            book=address_book(work),
            today=today(work.config),
            zone=work.config.execute.window.zone,
            old_after_days=work.config.measure.old_after_days,
            since=f"{begin:%Y%m%d}" if begin else "",
            until=f"{end:%Y%m%d}" if end else "",
            progress=bar.update,
        )
        figures = dated(received_json(found))
        number = keep(work, MeasurementKind.RECEIVED, figures)
        where = folder_of(work, folder)
        places = write_all(work, out, "received", figures, where)
        told = found if begin or end else _recent(work, found)
        language = out.language if state.language_given else work.config.measure.letter.language
        written, moved = _write_letters(work, told, where, language)
    say = Say(out.language, out.zone)
    for line in received_lines(figures, say):
        out.say(line)
    tell_table(out, say("by_institution"), tables.senders_table(figures["by"]["institution"], say), file="received.csv")
    tell_table(out, say("why_not"), tables.reason_table(figures["wrong"], say, code_first=True))
    tell_table(out, say("problems"), tables.problem_table(figures["problems"], say), always=True)
    tell_places(out, places)
    if written:
        out.say(f"{say('letters')}:")
        out.table([path] for path in written)
        out.say(say("letters_printed", folder=str(where / _PAGES)))
    if moved:
        out.say(say("letters_moved", number=len(moved), folder=str(Path(moved[0]).parent)))
    out.answer({**figures, "measurement": number, **places, "letters": written, "letters_moved": moved})


def _recent(work: Session, found: ReceivedStudies) -> ReceivedStudies:
    """The months up to the newest study from elsewhere: what a letter speaks of, where no period was asked for."""
    settings = work.config.measure
    newest = work.ledger.newest_from_elsewhere(settings.own_institutions, until=today(work.config))
    if newest is None:
        return found
    since = _months_before(newest, settings.letter.months)
    return measure_received(
        work.ledger,
        work.ledger,
        work.judge,
        own=settings.own_institutions,
        book=found.book,
        today=today(work.config),
        zone=work.config.execute.window.zone,
        old_after_days=found.old_after_days,
        since=f"{since:%Y%m%d}",
        until=f"{newest:%Y%m%d}",
    )


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _write_letters(
    work: Session, found: ReceivedStudies, folder: Path, language: Language
) -> tuple[list[str], list[str]]:
    """Write them, and record that accession numbers left the ledger (NEN 7513). Those of earlier runs make room.

    Answers where the letters are, and where earlier ones went.
    """
    kinds = [name for words in KINDS.values() for name in words]
    moved = [str(path) for path in moved_away(folder, _LETTERS, kinds)]
    deque(moved_away(folder, _PAGES, kinds), maxlen=0)
    surveyed = deque((one.event.at for one in work.ledger.events(type_=EventType.SURVEY)), maxlen=1)
    sender = LetterSender(
        hospital=work.config.report.hospital,
        profile=work.config.target.profile,
        day=today(work.config),
        surveyed=surveyed.pop().astimezone(work.config.execute.window.zone).date() if surveyed else None,
        settings=work.config.measure.letter,
        language=language,
    )
    made = list(letters(found, sender))
    written = [str(write_file(folder / _LETTERS / f"{one.name}.txt", one.text.encode())) for one in made]
    for one in made:
        write_file(folder / _PAGES / f"{one.name}.html", one.page.encode())
    if written:
        details: dict[str, str | int | float | bool | None] = {"what": "letters", "letters": len(written)}
        work.ledger.record(NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details))
    return written, moved
