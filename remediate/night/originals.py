"""Copies a study's originals out of the spool, for a person who puts them back by hand; the ledger is told first."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from remediate.errors import SpoolError, UsageError
from remediate.ports import Events, Spool, Vault
from remediate.records.ledger import EventType, NewEvent
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line


def copy_originals(
    vault: Vault,
    events: Events,
    spool: Spool,
    study_instance_uid: str,
    folder: Path,
    *,
    person: str,
    why: str,
    now: datetime,
) -> int:
    """Answers how many objects were written into `folder`, in clear.

    Raises `SpoolError` when the spool holds none of this study, `UsageError` when nobody is named or no reason given.
    """
    person, why = one_line(person), one_line(why)
    if not person or not why:
        raise UsageError(
            Sentence(
                "Originals hold patient data: say who asks for them and why, --by NAME --why TEXT.",
                "Originelen bevatten patiëntgegevens: zeg wie erom vraagt en waarom, --by NAAM --why TEKST.",
            )
        )
    intent = vault.last_intent(study_instance_uid)
    kept = [part for part in spool.parts(study_instance_uid) if intent is not None and part.name == intent.spool_folder]
    found = [item for part in kept for item in spool.received(part)]
    if not found:
        raise SpoolError(
            Sentence(
                "The spool holds no originals of that study.", "De spool bevat geen originelen van dat onderzoek."
            ),
            advice=Sentence(
                "It keeps them until a study is verified, and in quarantine. A verified study goes back as it was "
                "with: remediate rollback --study STUDY --by NAME --why TEXT",
                "Ze staan er tot een onderzoek geverifieerd is, en bij quarantaine. Een geverifieerd onderzoek gaat "
                "terug zoals het was met: remediate rollback --study ONDERZOEK --by NAAM --why TEKST",
            ),
        )
    details: dict[str, str | int | float | bool | None] = {"what": "originals", "instances": len(found), "why": why}
    events.record(NewEvent(type=EventType.EXPORT, at=now, actor=person, study=study_instance_uid, details=details))
    for item in found:
        spool.copy_out(item, folder)
    return len(found)
