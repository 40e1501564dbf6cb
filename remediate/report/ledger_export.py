"""Events of the ledger as CSV and as JSON lines, for spreadsheets and programs; decides nothing, opens no file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from remediate.records.ledger import LedgerEvent
from remediate.report.event_source import EventSource
from remediate.texts.printable import printable_cell, printable_json

_COLUMNS = (
    "event", "at", "type", "actor", "responsible", "system_account", "study_instance_uid", "patient", "batch", "plan",
    "state", "reason", "details", "software", "config", "digest",
)  # fmt: skip

Render = Callable[[LedgerEvent, EventSource], str]
"""One event as one line of text, without the newline."""


def csv_heading() -> str:
    """The first line, with the byte order mark by which a Dutch Excel knows UTF-8."""
    return "\ufeff" + ";".join(_COLUMNS)


def csv_line(entry: LedgerEvent, _source: EventSource) -> str:
    """An event in the order of the heading, cells made harmless for spreadsheets."""
    event = entry.event
    cells = (
        str(entry.seq), event.at.isoformat(), event.type.value, event.actor, event.responsible, entry.system_account,
        event.study, event.patient, event.batch, event.plan, event.state.value if event.state else "", event.reason,
        " ".join(f"{key}={value}" for key, value in event.details.items() if value not in ("", None)),
        entry.software, entry.config_digest, entry.digest,
    )  # fmt: skip
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="").writerow([printable_cell(cell) for cell in cells])
    return line.getvalue()


def json_line(entry: LedgerEvent, source: EventSource) -> str:
    """An event as a JSON object, with the ledger that holds it."""
    ours = {"ledger": source.ledger_id, "event": entry.seq, "study_instance_uid": entry.event.study}
    return printable_json(ours | event_fields(entry))


def event_fields(entry: LedgerEvent) -> dict[str, object]:
    """Every field of an event but its number and study, which have names of their own in each answer."""
    event = entry.event
    return {
        "at": event.at.isoformat(),
        "type": event.type.value,
        "actor": event.actor,
        "responsible": event.responsible,
        "system_account": entry.system_account,
        "patient": event.patient,
        "batch": event.batch,
        "plan": event.plan,
        "state": event.state.value if event.state else None,
        "reason": event.reason,
        "details": dict(event.details),
        "software": entry.software,
        "config": entry.config_digest,
        "digest": entry.digest,
    }
