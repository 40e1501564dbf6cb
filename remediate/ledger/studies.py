"""The inventory of studies: what the archive said, sealed evidence, states. Decides nothing and asks no archive."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from remediate.identity.evidence import Source, StudyEvidence
from remediate.ledger.events import PAGE, append
from remediate.ledger.evidence_codec import decode_evidence, encode_evidence
from remediate.ledger.patients import CHUNK, patient_pseudonym
from remediate.ledger.room import Room
from remediate.ledger.schema import studies as table
from remediate.ledger.states import change_state
from remediate.ledger.times import utc_text
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import EventType, NewEvent, PlanItem, StudyRow
from remediate.records.states import MOVES, State, may_move

_STRENGTH = {source: rank for rank, source in enumerate(Source)}
_UNTOUCHED = frozenset({State.INTENT, State.STORED, State.QUARANTINED})
_KEPT = frozenset({State.VERIFIED, State.ROLLED_BACK})
"""Our own store changes the index: the state stays, and the next plan judges the new evidence."""

_INDEX_CHANGED = "index-changed"


class StudyRoom(Room):
    """Port `StudyStore`."""

    def save_found(self, found: Sequence[FoundStudy], *, now: datetime) -> tuple[str, ...]:
        """Add or refresh in one transaction; answers the UIDs that are new or whose index entry changed, sorted.

        An unchanged entry keeps its stronger evidence and its state. A changed one falls back to what the index says
        and to SURVEYED, with an event; a verified or rolled-back one keeps its state. A study in the middle of a
        correction, or in quarantine, is left alone and counts as changed again at the next survey.
        """
        by_uid = {item.study_instance_uid: item for item in found}
        uids = sorted(by_uid)
        changed: list[str] = []
        with self._database.begin() as connection:
            for start in range(0, len(uids), CHUNK):
                part = [by_uid[uid] for uid in uids[start : start + CHUNK]]
                changed += self._save_part(connection, part, now)
        return tuple(changed)

    def save_evidence(self, evidence: StudyEvidence, *, now: datetime) -> None:
        """Keep evidence that is at least as strong as what stands there. Raises ValueError on an unknown study."""
        uid = evidence.study_instance_uid
        with self._database.begin() as connection:
            stored = connection.execute(select(table.c.source).where(table.c.study_instance_uid == uid)).scalar()
            if stored is None:
                raise ValueError("evidence of a study that was never surveyed")
            if _STRENGTH[evidence.source] < _STRENGTH[Source(stored)]:
                return
            values = self._evidence_values(evidence)
            connection.execute(
                update(table).where(table.c.study_instance_uid == uid).values(**values, changed_at=utc_text(now))
            )

    def studies(self, states: Iterable[State] | None = None) -> Iterator[StudyRow]:
        """Every study in one of the states (None: all), sorted by Study Instance UID, a page at a time.

        Studies may be moved while this runs; each is given once, as it stood when its page was read.
        """
        query = select(table).order_by(table.c.study_instance_uid).limit(PAGE)
        if states is not None:
            query = query.where(table.c.state.in_([state.value for state in states]))
        after = ""
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(table.c.study_instance_uid > after)).all()
            yield from map(self._study_row, rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].study_instance_uid

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """One study, or None when it was never surveyed."""
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.study_instance_uid == study_instance_uid)).first()
        return None if row is None else self._study_row(row)

    def counts(self) -> Mapping[tuple[State, str], int]:
        """How many studies stand in each state for each reason."""
        query = select(table.c.state, table.c.reason, func.count()).group_by(table.c.state, table.c.reason)
        with self._database.read() as connection:
            return {(State(state), reason): number for state, reason, number in connection.execute(query)}

    def move(self, study_instance_uid: str, new: State, event: NewEvent, *, plan_id: str | None = None) -> None:
        """State, reason (`event.reason`) and event in one transaction. Raises ValueError on a forbidden move."""
        with self._database.begin() as connection:
            change_state(connection, self._context, study_instance_uid, new, event, plan_id=plan_id or "")

    def save_decisions(self, items: Sequence[PlanItem], *, plan_id: str, now: datetime) -> None:
        """State and first reason of every item, in one transaction. Raises ValueError, and writes nothing, when one
        of them is unknown or may not make its move."""
        by_state: dict[State, list[dict[str, str]]] = defaultdict(list)
        for item in items:
            reason = item.reasons[0] if item.reasons else ""
            by_state[item.state].append({"uid": item.study_instance_uid, "why": reason})
        with self._database.begin() as connection:
            for new, rows in by_state.items():
                # Not IN (...): its expanding parameters do not go with many rows.
                from_there = or_(*(table.c.state == old.value for old in MOVES if may_move(old, new)))
                values: dict[str, Any] = {"state": new.value, "reason": bindparam("why"), "changed_at": utc_text(now)}
                if new is State.PLANNED:
                    values["plan_id"] = plan_id
                statement = (
                    update(table).where(table.c.study_instance_uid == bindparam("uid"), from_there).values(values)
                )
                if connection.execute(statement, rows).rowcount != len(rows):
                    raise ValueError(f"a study that may not become {new.value}")

    def _save_part(self, connection: Connection, found: Sequence[FoundStudy], now: datetime) -> list[str]:
        """Save studies that are sorted by UID; answers which are new or changed."""
        query = select(table.c.study_instance_uid, table.c.state, table.c.reason, table.c.index_digest).where(
            table.c.study_instance_uid.in_([item.study_instance_uid for item in found])
        )
        known = {row.study_instance_uid: row for row in connection.execute(query)}
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        events: list[NewEvent] = []
        for item in found:
            row = known.get(item.study_instance_uid)
            if row is None:
                new.append(self._values(item, now) | {"study_instance_uid": item.study_instance_uid})
                continue
            old = State(row.state)
            if old in _UNTOUCHED or row.index_digest == self._index_digest(item):
                continue
            values = self._values(item, now)
            if old in _KEPT:
                values |= {"state": row.state, "reason": row.reason}
            elif old is not State.SURVEYED:
                values["reason"] = _INDEX_CHANGED
                events.append(_fallen_back(item.study_instance_uid, values["patient_key"], now))
            changed.append(values | {"uid": item.study_instance_uid})
        if new:
            connection.execute(insert(table), new)
        if changed:
            connection.execute(update(table).where(table.c.study_instance_uid == bindparam("uid")), changed)
        append(connection, self._context, events)
        return sorted([row["study_instance_uid"] for row in new] + [row["uid"] for row in changed])

    def _values(self, item: FoundStudy, now: datetime) -> dict[str, Any]:
        """The columns of a study as the index alone describes it."""
        uid = item.study_instance_uid
        index = {
            "state": State.SURVEYED.value,
            "reason": "",
            "study_date": _storable(item.study_date),
            "modalities": _storable("\\".join(item.modalities)),
            "institution_name": _storable(item.institution_name),
            "station_name": _storable(item.station_name),
            "referring_department": _storable(item.referring_department),
            "accession_number": self._keys.seal(
                "accession-number", item.accession_number.encode("utf-8", "surrogatepass"), uid.encode()
            ),
            "instances": item.instances,
            "index_digest": self._index_digest(item),
            "changed_at": utc_text(now),
        }
        return index | self._evidence_values(_index_evidence(item))

    def _evidence_values(self, evidence: StudyEvidence) -> dict[str, Any]:
        uid = evidence.study_instance_uid
        first = evidence.headers[0] if evidence.headers else None
        return {
            "source": evidence.source.value,
            "evidence": self._keys.seal("evidence", encode_evidence(evidence), uid.encode()),
            "patient_key": patient_pseudonym(self._keys, first.patient_id, first.issuer) if first else "",
        }

    def _index_digest(self, item: FoundStudy) -> str:
        """Keyed, since it covers names and numbers."""
        fields = [
            item.study_date,
            item.modalities,
            item.institution_name,
            item.station_name,
            item.referring_department,
            item.accession_number,
            item.instances,
        ]
        content = json.dumps(fields).encode() + encode_evidence(_index_evidence(item))
        return self._keys.digest("index-entry", content)

    def _study_row(self, row: Row[Any]) -> StudyRow:
        uid = row.study_instance_uid
        return StudyRow(
            study_instance_uid=uid,
            state=State(row.state),
            reason=row.reason,
            evidence=decode_evidence(self._keys.unseal("evidence", row.evidence, uid.encode())),
            study_date=row.study_date,
            modalities=tuple(row.modalities.split("\\")) if row.modalities else (),
            institution_name=row.institution_name,
            station_name=row.station_name,
            referring_department=row.referring_department,
            accession_number=self._keys.unseal("accession-number", row.accession_number, uid.encode()).decode(
                "utf-8", "surrogatepass"
            ),
            instances=row.instances,
            attempts=row.attempts,
            plan_id=row.plan_id,
        )


def _index_evidence(item: FoundStudy) -> StudyEvidence:
    return StudyEvidence(
        study_instance_uid=item.study_instance_uid,
        study_date=item.study_date,
        source=Source.INDEX,
        headers=(item.evidence,),
    )


def _fallen_back(uid: str, patient: str, now: datetime) -> NewEvent:
    return NewEvent(
        type=EventType.STATE, at=now, study=uid, patient=patient, state=State.SURVEYED, reason=_INDEX_CHANGED
    )


def _storable(text: str) -> str:
    """Without what databases refuse: NUL, and halves of surrogate pairs from headers decoded amiss."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
