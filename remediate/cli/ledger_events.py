"""One event of the ledger as a line and as JSON; holds no command."""

from __future__ import annotations

from remediate.records.ledger import LedgerEvent


def event_line(entry: LedgerEvent) -> str:
    """Number, moment with its zone, what, outcome, why, study, particulars, and who."""
    event = entry.event
    parts = (
        f"{entry.seq:>6}",
        event.at.isoformat(sep=" ", timespec="seconds"),
        f"{event.type.value:<15}",
        event.state.value if event.state else "",
        event.reason,
        event.study,
        " ".join(f"{key}={value}" for key, value in event.details.items() if value not in ("", None)),
        f"by {event.actor or entry.system_account}",
        f"for {event.responsible}" if event.responsible not in ("", event.actor, entry.system_account) else "",
    )
    return "  ".join(part for part in parts if part)


def event_json(entry: LedgerEvent) -> dict[str, object]:
    """Every field of an event."""
    event = entry.event
    return {
        "seq": entry.seq,
        "at": event.at.isoformat(),
        "type": event.type.value,
        "actor": event.actor,
        "responsible": event.responsible,
        "system_account": entry.system_account,
        "study": event.study,
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
