"""One event of the ledger as a line and as JSON; holds no command."""

from __future__ import annotations

from remediate.cli.output import Output
from remediate.records.ledger import LedgerEvent
from remediate.records.states import WORDS
from remediate.report.event_words import particulars
from remediate.report.ledger_export import event_fields
from remediate.texts.language import Sentence


def event_line(entry: LedgerEvent, out: Output) -> str:
    """Number, moment with its zone, what, outcome, why, study, plan and batch, particulars, and who."""
    event = entry.event
    parts = (
        f"{entry.seq:>6}",
        out.moment(event.at),
        f"{event.type.value:<15}",
        WORDS[event.state].in_(out.language) if event.state else "",
        event.reason,
        event.study,
        event.plan,
        event.batch,
        " ".join(particulars(event.details)),
        Sentence(*(f"{by} {entry.who}" for by in ("by", "door"))).in_(out.language),
        Sentence(*(f"{what} {event.responsible}" for what in ("for", "voor"))).in_(out.language)
        if event.responsible not in ("", event.actor, entry.system_account)
        else "",
    )
    return "  ".join(part for part in parts if part)


def event_json(entry: LedgerEvent) -> dict[str, object]:
    """Every field of an event."""
    return {"seq": entry.seq, "study": entry.event.study} | event_fields(entry)
