"""People's decisions about undecided studies, sealed so that nobody makes or changes one without the keys.

Whether a decision still holds is judged elsewhere. Its history stands in the chain of events.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from remediate.digests import sha256_text
from remediate.errors import LedgerError
from remediate.ledger.events import append
from remediate.ledger.fast_sql import put
from remediate.ledger.patients import patients_of_studies
from remediate.ledger.schema import reviews as table
from remediate.ledger.store import Room
from remediate.records.ledger import NewEvent
from remediate.records.reviews import Decision, ReviewDecision
from remediate.texts.language import Sentence

_KIND = "review"
_FORM = 2
"""First element of a sealed decision; form 1 lacks the account, and those before begin with the decision itself."""
_NEWER = Sentence("Use the newer release.", "Gebruik de nieuwere versie.")

ROW_DIGEST = "row_sha256"
"""In the details of a decision's event: SHA-256 (base32) of the sealed row."""


class ReviewRoom(Room):
    """Port `ReviewStore`."""

    def save_reviews(self, decisions: Sequence[ReviewDecision], events: Sequence[NewEvent]) -> None:
        """Keep the newest decision of each study, with the events, in one transaction."""
        if not decisions:
            return
        newest = {item.study_instance_uid: item for item in decisions}
        rows = {uid: self._sealed(item) for uid, item in newest.items()}
        with self._database.begin() as connection:
            patients = patients_of_studies(connection, sorted(newest))
            for uid, sealed in rows.items():
                put(connection, table, {"study_instance_uid": uid}, {"sealed": sealed})
            append(connection, self._context, [_bound(event, patients, rows) for event in events])

    def reviews(self, study_instance_uids: Collection[str]) -> Mapping[str, ReviewDecision]:
        """The decisions on these studies. One query over their span of UIDs: cheap for neighbours, right for any."""
        if not study_instance_uids:
            return {}
        wanted = frozenset(study_instance_uids)
        uid = table.c.study_instance_uid
        span = (uid >= min(wanted)) & (uid <= max(wanted))  # BETWEEN takes no COLLATE on PostgreSQL
        with self._database.read() as connection:
            rows = connection.execute(select(table.c.study_instance_uid, table.c.sealed).where(span)).all()
        return {uid: self._unsealed(uid, sealed) for uid, sealed in rows if uid in wanted}

    def _sealed(self, item: ReviewDecision) -> bytes:
        fields = [
            _FORM,
            item.decision.value,
            item.authority,
            item.epd_patient_id,
            item.seen,
            item.settled,
            item.person,
            item.at.isoformat(),
            item.why,
            item.account,
        ]
        return self._keys.seal(_KIND, json.dumps(fields).encode(), item.study_instance_uid.encode())

    def _unsealed(self, uid: str, sealed: bytes) -> ReviewDecision:
        form, *fields = json.loads(self._keys.unseal(_KIND, sealed, uid.encode()))
        if isinstance(form, str):
            fields = [form, *fields, ""]
        elif form == 1:
            fields = [*fields, ""]
        elif form != _FORM:
            raise LedgerError(
                Sentence(
                    f"A review decision has form {form}; this release knows {_FORM}.",
                    f"Een beslissing van een beoordelaar heeft vorm {form}; deze versie kent {_FORM}.",
                ),
                advice=Sentence("Use the newer release.", "Gebruik de nieuwere versie."),
            )
        decision, authority, epd_patient_id, seen, settled, person, at, why, account = fields
        return ReviewDecision(
            study_instance_uid=uid,
            decision=Decision(decision),
            authority=authority,
            epd_patient_id=epd_patient_id,
            seen=seen,
            settled=settled,
            person=person,
            account=account,
            at=datetime.fromisoformat(at),
            why=why,
        )


def _bound(event: NewEvent, patients: Mapping[str, str], rows: Mapping[str, bytes]) -> NewEvent:
    """The event with the digest of the row that it explains, and with the patient."""
    sealed = rows.get(event.study)
    digest = {} if sealed is None else {ROW_DIGEST: sha256_text(sealed)}
    details = {**event.details, **digest}
    return replace(event, patient=event.patient or patients.get(event.study, ""), details=details)
