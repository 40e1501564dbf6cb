"""Keeps what was measured, writes its files and the page; prints where they are. Measures nothing itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from remediate.cli.commands import F, full_option
from remediate.cli.output import Output
from remediate.digests import sha256_of_value
from remediate.files import private_folder
from remediate.measure.address_book import AddressBook, read_address_book
from remediate.measure.courses import courses_json
from remediate.measure.sample import ARCHIVE
from remediate.measure.trend import measure_trend, trend_json
from remediate.measure.undecided import Undecided
from remediate.records.ledger import EventType, NewEvent
from remediate.records.measurements import KeptMeasurement, MeasurementKind
from remediate.report.measure import charts
from remediate.report.measure.board import board, campaign_mail
from remediate.report.measure.files import write_file, write_measurement
from remediate.report.measure.page import PageFigures, page
from remediate.report.measure.tables import FigureTable
from remediate.report.measure.words import Say
from remediate.report.png import png
from remediate.texts.language import Sentence
from remediate.wiring import SOFTWARE, Session, now, processors

_out = click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for page and figures.  [default: measure.folder of the configuration]",
)


def out_option(function: F) -> F:
    """Where files go, and whether tables are shown: of every measurement."""
    return _out(full_option(function))


def folder_of(work: Session, folder: Path | None) -> Path:
    """Where files go."""
    return (folder or work.config.path(work.config.measure.folder)).resolve()


def undecided_of(work: Session, progress: Callable[[int], object] = lambda _: None) -> Undecided:
    """Judges what no plan has decided yet."""
    return Undecided(
        census=work.ledger,
        studies=work.ledger,
        inventory=work.ledger,
        judge=work.judge,
        processes=processors(),
        folder=str(work.config.path(".")),
        progress=progress,
    )


def address_book(work: Session) -> AddressBook:
    """Whom to call elsewhere, and the names under which they are known."""
    name = work.config.measure.address_book
    return read_address_book(work.config.path(name)) if name else AddressBook()


def dated(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Figures with the moment of their making, which goes wherever they go."""
    return {**figures, "measured_at": now().isoformat(timespec="seconds")}


def keep(work: Session, kind: MeasurementKind, figures: Mapping[str, Any]) -> int:
    """Keep a measurement in the ledger; the event carries a digest, so that the chain proves the figures."""
    details: dict[str, str | int | float | bool | None] = {
        "what": f"measure {kind.value}",
        "studies": figures["studies"],
        "correct": figures["correct"],
        "figures": sha256_of_value(figures),
    }
    event = NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details)
    return work.ledger.keep_measurement(kind, figures, event)


def write_all(work: Session, out: Output, name: str, figures: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Files of this measurement, and the page over everything measured so far; answers where they are."""
    written = write_measurement(folder, name, figures, out.language)
    places = {"figures": str(written[0])}
    newest = {kind: work.ledger.newest_measurement(kind) for kind in MeasurementKind}
    if newest[MeasurementKind.SURVEY] is not None:
        places |= _write_page(work, out, newest, folder)
    return places


def _write_page(
    work: Session, out: Output, newest: Mapping[MeasurementKind, KeptMeasurement | None], folder: Path
) -> dict[str, str]:
    say = Say(out.language, out.zone)
    survey = newest[MeasurementKind.SURVEY]
    assert survey is not None
    of_archive = (one for one in work.ledger.measurements(MeasurementKind.SAMPLE) if one.figures["source"] == ARCHIVE)
    sampled = next(iter(deque(of_archive, maxlen=1)), None)
    others = {kind.value: kept.figures for kind, kept in newest.items() if kept and kept is not survey}
    if "sent" not in others.get(MeasurementKind.JOBS.value, {}):
        others.pop(MeasurementKind.JOBS.value, None)  # of an earlier version, which counted no unjudged studies
    hospital = work.config.report.hospital
    zone = work.config.execute.window.zone
    at = now().astimezone(zone)
    measured = PageFigures(
        at=at,
        survey=survey.figures,
        trend=trend_json(measure_trend(work.ledger, work.ledger), zone),
        hospital=hospital,
        software=SOFTWARE,
        courses=courses_json(work.ledger, zone),
        measured_at={kind.value: kept.at.isoformat() for kind, kept in newest.items() if kept}
        | ({"archive_sample": sampled.at.isoformat()} if sampled else {}),
        archive_sample=sampled.figures if sampled else None,
        old_after_days=work.config.measure.old_after_days,
        **others,
    )
    drawing = charts.slide(survey.figures, say, hospital=hospital, day=say.day(survey.at))
    files = {"board": ("board.html", board), "mail": ("campaign-mail.txt", campaign_mail)}
    sheets = {
        key: str(write_file(folder / name, made(measured, out.language).encode("utf-8", "replace")))
        for key, (name, made) in files.items()
    }
    return sheets | {
        "page": str(write_file(folder / "measure.html", page(measured, out.language).encode("utf-8", "replace"))),
        "picture": str(write_file(folder / "measure.png", png(drawing))),
    }


def moved_away(folder: Path, name: str, kinds: Iterable[str]) -> Iterator[Path]:
    """Texts of an earlier run, so that none is sent that no longer holds; where each is now."""
    earlier = sorted(path for kind in kinds for path in (folder / name).glob(f"{kind}-*.*"))
    if earlier:
        place = folder / f"{name}-earlier" / f"{now():%Y%m%dT%H%M%S.%f}"
        private_folder(place)
        for path in earlier:
            yield path.rename(place / path.name)


_TABLES = Sentence("Tables: --full, or the page.", "Tabellen: --full, of de pagina.")


def tell_places(out: Output, places: Mapping[str, str]) -> None:
    """Where the files are."""
    say = Say(out.language, out.zone)
    if not out.full:
        out.say(_TABLES)
    out.table((f"{say(key if key != 'figures' else 'files')}:", path) for key, path in places.items())


def tell_table(out: Output, title: str, table: FigureTable, *, file: str = "", always: bool = False) -> None:
    """One table with its title, numbers to the right; nothing without rows, nor without --full unless `always`."""
    if not table.rows or not (out.full or always):
        return
    out.say(f"{title}:")
    rows = [table.heads, *table.rows]
    widths = [max(len(row[at]) for row in rows) for at in range(len(table.heads))]
    last = 2 + sum(width + 2 for width in widths[:-1])
    for row in rows:
        cells = (
            cell.ljust(width) if at in table.words else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        out.say("  " + "  ".join(cells).rstrip(), column=last)
    if table.more:
        out.say("  " + Say(out.language, out.zone)("more_rows", more=table.more, file=file or "--json"))
