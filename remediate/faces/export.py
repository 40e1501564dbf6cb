"""Events of the ledger as a file for others, in a form that they read; no number that may be a BSN stands in it."""

from __future__ import annotations

import mmap
import socket
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from remediate.errors import LedgerError
from remediate.files import new_file
from remediate.records.ledger import EventType, LedgerEvent, NewEvent
from remediate.report.audit_xml import audit_message
from remediate.report.event_source import EventSource
from remediate.report.leak_scan import numbers_in
from remediate.report.ledger_export import Render, csv_heading, csv_line, json_line
from remediate.report.nen7513 import nen7513_line
from remediate.texts.language import Sentence
from remediate.wiring import Session, now

FORMS: Mapping[str, Render] = {
    "csv": csv_line,
    "jsonl": json_line,
    "nen7513": nen7513_line,
    "dicom-audit": audit_message,
}


def write_events(
    work: Session, path: Path, found: Iterable[LedgerEvent], form: str, *, batch: str = "", study: str = ""
) -> int:
    """Write these events to a new file and record that they were taken out; answers how many. Raises `LedgerError`
    where one holds a number that may be a BSN: whoever calls then leaves no file."""
    heading = (csv_heading(),) if form == "csv" else ()
    number = _write(path, chain(heading, lines_of(found, form, source_of(work)))) - len(heading)
    _refuse_leaks(path)
    work.ledger.record(_exported(work, form, number, batch, study))
    return number


def source_of(work: Session) -> EventSource:
    archive = work.config.archive
    return EventSource(
        ledger_id=work.ledger.ledger_id,
        hospital=work.config.report.hospital,
        host=socket.gethostname(),
        ae_title=archive.ae_title,
        archive_ae_title=archive.called_ae_title,
        archive_host=archive.host,
    )


def lines_of(events: Iterable[LedgerEvent], form: str, source: EventSource) -> Iterator[str]:
    render = FORMS[form]
    return (render(entry, source) for entry in events)


def _write(path: Path, lines: Iterable[str]) -> int:
    """The lines, owner-only and durable; answers how many."""
    path.unlink(missing_ok=True)
    number = 0
    with new_file(path) as file:
        for number, line in enumerate(lines, start=1):  # noqa: B007 - the count is the answer
            file.write(f"{line}\n".encode())
    return number


def _refuse_leaks(path: Path) -> None:
    """Raises `LedgerError` when the file holds a number that may be a BSN; tells where, never what."""
    if not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        found = next(numbers_in(content), None)
    if found is not None:
        raise LedgerError(
            Sentence(
                f"Line {found.line} would hold a number that may be a BSN. Nothing was exported.",
                f"Regel {found.line} zou een nummer bevatten dat een BSN kan zijn. Er is niets geëxporteerd.",
            ),
            advice=Sentence(
                "Look at that event with `remediate ledger list`; who typed it into a name or reason?",
                "Bekijk die gebeurtenis met `remediate ledger list`; wie typte het in een naam of reden?",
            ),
        )


def _exported(work: Session, form: str, number: int, batch: str, study: str) -> NewEvent:
    return NewEvent(
        type=EventType.EXPORT,
        at=now(),
        actor=work.account,
        details={"what": "ledger", "form": form, "events": number, "of_batch": batch, "of_study": study},
    )
