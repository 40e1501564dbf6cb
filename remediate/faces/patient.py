"""Who a typed number leads to in the ledger, and all that it tells of one patient."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any

from remediate.audit.patient_answer import PatientAnswer
from remediate.errors import PlanError
from remediate.faces.changes import changes_of
from remediate.identity.bsn import Bsn, parse_bsn
from remediate.identity.patients import LocalId, Patient
from remediate.plan.reading import digest_of, studies_in
from remediate.records.ledger import PlanRow
from remediate.report.patient_page import Changed, PatientPage
from remediate.texts.language import Language
from remediate.wiring import Session, now


def pseudonyms_of(work: Session, number: str, issuer: str | None) -> tuple[str, ...]:
    """Under which the ledger may know the patient."""
    named = (work.ledger.patient_pseudonym(value, authority) for value, authority in numbers_of(work, number, issuer))
    return tuple(dict.fromkeys(name for name in named if name))


def numbers_of(work: Session, number: str, issuer: str | None) -> tuple[tuple[str, str], ...]:
    """The numbers, with issuers as headers spell them, under which a patient may stand: the number as given, and every
    one of whoever the EPD says has it as hospital number or as BSN."""
    settings = work.config.epd
    aliases = [header for header, authority in settings.issuer_aliases.items() if authority == settings.default_issuer]
    spelled = (issuer,) if issuer is not None else ("", settings.default_issuer, *aliases)
    found = {(number, one): None for one in spelled}
    for local_id in _known_numbers(work, number, issuer):
        more = ("", *aliases) if local_id.authority == settings.default_issuer else ()
        found |= {(local_id.value, one): None for one in (local_id.authority, *more)}
    return tuple(found)


def people_of(work: Session, number: str, issuer: str | None) -> tuple[Patient, ...]:
    """Whom the EPD says a number leads to, as hospital number or, without an issuer, as BSN."""
    bsn = parse_bsn(number)
    claims = [bsn] if isinstance(bsn, Bsn) and issuer is None else []
    authority = work.config.epd.default_issuer if issuer is None else issuer
    local_id = LocalId(value=number, authority=authority) if number else None
    candidates = work.registry.candidates(local_id, claims)
    return tuple(dict.fromkeys((*candidates.by_patient_id, *candidates.by_claim)))


def _known_numbers(work: Session, number: str, issuer: str | None) -> list[LocalId]:
    known = {one for person in people_of(work, number, issuer) for one in person.identifiers}
    return sorted(known, key=lambda one: (one.authority, one.value))


def in_plan(head: PlanRow, uids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """What the plan's own file says, where it is the one that was made."""
    path = Path(head.path)
    try:
        if "plan.json" in head.files and digest_of(path) != head.files["plan.json"]:
            return {}
        with path.open(encoding="utf-8", newline="\n") as file:
            return studies_in(file, uids)
    except (OSError, PlanError, ValueError, KeyError):
        return {}


def page_of(
    work: Session, answer: PatientAnswer, *, language: Language, zone: tzinfo | None, reveal: bool, who: str
) -> PatientPage:
    changes = {}
    for one in answer.studies:
        uid = one.row.study_instance_uid
        found, _ = changes_of(work, uid, reveal=reveal, language=language, undone=True)
        changes[uid] = [
            Changed(int(str(c["objects"])), str(c["element"]), str(c["before"]), str(c["after"] or "")) for c in found
        ]
    hospital = work.config.report.hospital
    is_revealed = reveal and any(change.element for found in changes.values() for change in found)
    return PatientPage(answer, changes, is_revealed, hospital, now(), who, zone)
