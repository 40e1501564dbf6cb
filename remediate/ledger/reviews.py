"""People's decisions about undecided studies, sealed so that nobody makes or changes one without the keys.

Whether a decision still holds is judged elsewhere. Its history stands in the chain of events.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select

from remediate.ledger.events import append
from remediate.ledger.patients import patients_of_studies
from remediate.ledger.room import Room
from remediate.ledger.schema import reviews as table
from remediate.records.ledger import NewEvent
from remediate.records.reviews import Decision, ReviewDecision

_KIND = "review"


class ReviewRoom(Room):
    """Port `ReviewStore`."""

    def save_reviews(self, decisions: Sequence[ReviewDecision], events: Sequence[NewEvent]) -> None:
        """Keep the newest decision of each study, with the events, in one transaction."""
        if not decisions:
            return
        newest = {item.study_instance_uid: item for item in decisions}
        rows = [{"study_instance_uid": uid, "sealed": self._sealed(item)} for uid, item in newest.items()]
        with self._database.begin() as connection:
            patients = patients_of_studies(connection, sorted(newest))
            old = delete(table).where(table.c.study_instance_uid == bindparam("uid"))
            connection.execute(old, [{"uid": uid} for uid in newest])
            connection.execute(insert(table), rows)
            named = [replace(event, patient=event.patient or patients.get(event.study, "")) for event in events]
            append(connection, self._context, named)

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
            item.decision.value,
            item.authority,
            item.epd_patient_id,
            item.seen,
            item.settled,
            item.person,
            item.at.isoformat(),
            item.why,
        ]
        return self._keys.seal(_KIND, json.dumps(fields).encode(), item.study_instance_uid.encode())

    def _unsealed(self, uid: str, sealed: bytes) -> ReviewDecision:
        fields = json.loads(self._keys.unseal(_KIND, sealed, uid.encode()))
        decision, authority, epd_patient_id, seen, settled, person, at, why = fields
        return ReviewDecision(
            study_instance_uid=uid,
            decision=Decision(decision),
            authority=authority,
            epd_patient_id=epd_patient_id,
            seen=seen,
            settled=settled,
            person=person,
            at=datetime.fromisoformat(at),
            why=why,
        )
