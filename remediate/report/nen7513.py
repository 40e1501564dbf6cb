"""Events as records with the fields of NEN 7513 (chapter 7), a JSON object each; decides nothing.

The standard prescribes fields, not a form; its field names are used here. Patients stand under their pseudonym.
"""

from __future__ import annotations

from typing import Any

from remediate.records.ledger import LedgerEvent
from remediate.report.audit_events import audit_event, outcome
from remediate.report.event_source import EventSource
from remediate.texts.printable import printable_json


def nen7513_line(entry: LedgerEvent, source: EventSource) -> str:
    """One record: gebeurtenis, gebruiker, objecten, bron."""
    event = entry.event
    kind = audit_event(event.type)
    record: dict[str, Any] = {
        "gebeurtenis": {
            "gebeurteniscode": {"code": kind.code.value, "codestelsel": kind.code.scheme, "naam": kind.code.meaning},
            "soort": event.type.value,
            "actiecode": kind.action,
            "datum_en_tijd": event.at.isoformat(),
            "uitkomst": outcome(entry),
            "reden": event.reason,
        },
        "gebruiker": {
            "gebruikers_id": event.actor or entry.system_account,
            "account": entry.system_account,
            "gebruikersrol": "persoon" if event.actor else "systeem",
            "verantwoordelijke_gebruiker": event.responsible,
            "toegangspunt": source.host,
        },
        "objecten": _objects(entry),
        "bron": {
            "identificatie": source.name,
            "instelling": source.hospital,
            "programma": entry.software,
            "configuratie": entry.config_digest,
            "logregel": entry.seq,
            "controlegetal": entry.digest,
        },
        "bijzonderheden": dict(event.details),
    }
    return printable_json(record)


def _objects(entry: LedgerEvent) -> list[dict[str, str]]:
    event = entry.event
    found = (
        ("patient", "pseudoniem", event.patient),
        ("onderzoek", "Study Instance UID", event.study),
        ("plan", "plan", event.plan),
        ("batch", "batch", event.batch),
    )
    return [{"soort": kind, "identificatortype": form, "identificator": text} for kind, form, text in found if text]
