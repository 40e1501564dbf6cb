"""The inventory of studies: what the archive said, sealed evidence, states. Decides nothing and asks no archive."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from remediate.errors import ClaimLostError
from remediate.identity.evidence import Evidence, Source, StudyEvidence, without_lacks
from remediate.ledger.events import PAGE, append
from remediate.ledger.evidence_codec import encode_headers
from remediate.ledger.fast_sql import insert_rows, plan_page, select_in, states_page
from remediate.ledger.headers import forget_unused, headers_of_patients, highest_id, keep_headers, read_headers
from remediate.ledger.index_entries import (
    ACCESSION_NUMBER,
    KEEP,
    IndexEntry,
    KnownStudy,
    entry_of,
    hold_known,
    is_told_by,
    storable,
)
from remediate.ledger.patients import CHUNK
from remediate.ledger.plan_progress import left_among, move_left
from remediate.ledger.states import INDEX_CHANGED, STATE_BEFORE, change_state, let_go, state_of
from remediate.ledger.store import Room
from remediate.ledger.tables.study import studies as table
from remediate.ledger.times import utc_text
from remediate.ledger.work import not_taken
from remediate.records.dicom import FoundStudy
from remediate.records.ledger import Claim, EventType, NewEvent, StudyFacts, StudyRow
from remediate.records.states import OPEN, State, may_move

_STATES = {state.value: state for state in State}
_STRENGTH = {source: rank for rank, source in enumerate(Source)}
_UNTOUCHED = OPEN | {State.QUARANTINED}
_BY_OUR_HAND = OPEN | {State.VERIFIED, State.ROLLED_BACK, State.QUARANTINED}
_UNTRIED = {"attempts": 0, "plan_id": "", "found": ""}
_in_order = itemgetter(*(column.name for column in table.columns))
_SOURCES = "SELECT study_instance_uid, source FROM studies"
GROUP = 20_000
"""Rows handed to the database at once."""


class StudyRoom(Room):
    """Port `StudyStore`."""

    def save_found(self, found: Sequence[FoundStudy], *, now: datetime) -> tuple[str, ...]:
        """Add or refresh in one transaction; answers the UIDs that are new or whose index entry changed, sorted.

        An unchanged entry keeps its stronger evidence and its state. A changed one falls back to what the index says
        and to SURVEYED, with an event. A study with an open intent or in quarantine is left alone, and counts as
        changed again at the next survey. A verified or rolled back study keeps its state; what its objects told stays
        as long as the index says the same.
        """
        by_uid = {item.study_instance_uid: item for item in found}
        uids = sorted(by_uid)
        changed: list[str] = []
        with self._database.begin() as connection:
            parts = [uids[start : start + CHUNK] for start in range(0, len(uids), CHUNK)]
            known = [hold_known(connection, part) for part in parts]  # all of them before the chain, as workers do
            for part, before in zip(parts, known, strict=True):
                changed += self._save_part(connection, [by_uid[uid] for uid in part], before, now)
        return tuple(changed)

    def save_evidence(self, evidence: StudyEvidence, *, now: datetime) -> None:
        """Keep evidence that is at least as strong as what stands there. Raises ValueError on an unknown study."""
        uid = evidence.study_instance_uid
        with self._database.begin() as connection:
            this = table.c.study_instance_uid == uid
            query = select(table.c.source, table.c.headers_id, table.c.state).where(this)
            stored = connection.execute(query).first()
            if stored is None:
                raise ValueError("evidence of a study that was never surveyed")
            if _STRENGTH[evidence.source] < _STRENGTH[Source(stored.source)]:
                return
            (values,) = self._evidence_values(connection, [(evidence, encode_headers(evidence.headers))])
            if values["headers_id"] != stored.headers_id and self._was_otherwise(connection, stored, evidence):
                values["same_since"] = utc_text(now)
            connection.execute(update(table).where(this).values(**values, changed_at=utc_text(now)))
            forget_unused(connection, [stored.headers_id])

    def _was_otherwise(self, connection: Connection, stored: Row[Any, Any, Any], evidence: StudyEvidence) -> bool:
        """Whether somebody else changed what a header read before said; our own corrections are told by events."""
        if stored.source == Source.INDEX or State(stored.state) in _BY_OUR_HAND:
            return False
        before = read_headers(connection, self._keys, [stored.headers_id])[stored.headers_id]
        now = {without_lacks(header).claims for header in evidence.headers}
        return not {without_lacks(header).claims for header in before} <= now

    def note_gone(self, seen: Container[str], *, now: datetime) -> int:
        """What a complete survey did not find is no longer in the archive, until it is seen again; answers how many."""
        moment, after, gone = utc_text(now), "", 0
        while True:
            with self._database.begin() as connection:
                rows = states_page(connection, after, PAGE)
                missing = [uid for uid, _ in rows if uid not in seen]
                for start in range(0, len(missing), CHUNK):
                    these = table.c.study_instance_uid.in_(missing[start : start + CHUNK])
                    still = update(table).where(these, table.c.gone_since == "").values(gone_since=moment)
                    gone += connection.execute(still).rowcount
            if len(rows) < PAGE:
                return gone
            after = rows[-1][0]

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
                headers = read_headers(connection, self._keys, (row.headers_id for row in rows))
            for row in rows:
                yield self._study_row(row, headers[row.headers_id])
            if len(rows) < PAGE:
                return
            after = rows[-1].study_instance_uid

    def inventory(self) -> Iterator[list[StudyFacts]]:
        """Every study as a plan needs it, sorted by Study Instance UID, a page at a time."""
        after: str | None = None
        while True:
            with self._database.read() as connection:
                rows = plan_page(connection, after, PAGE)
            yield [StudyFacts(uid, _STATES[state], *others) for uid, state, *others in rows]
            if len(rows) < PAGE:
                return
            after = rows[-1][0]

    def headers_of_patients(self, part: int, parts: int) -> Iterator[list[tuple[int, tuple[Evidence, ...]]]]:
        """One of `parts` equal shares of what all headers say, those of a patient together, a page at a time."""
        return headers_of_patients(self._database, self._keys, part, parts)

    def highest_headers_id(self) -> int:
        """The highest key of headers; 0 when no study was surveyed."""
        with self._database.read() as connection:
            return highest_id(connection)

    def study(self, study_instance_uid: str) -> StudyRow | None:
        """One study, or None when it was never surveyed."""
        return next(iter(self.studies_named([study_instance_uid])), None)

    def studies_named(self, study_instance_uids: Collection[str]) -> list[StudyRow]:
        """Those of the named studies that were surveyed, sorted by UID."""
        uids = sorted(study_instance_uids)
        found = []
        with self._database.read() as connection:
            for start in range(0, len(uids), CHUNK):
                wanted = table.c.study_instance_uid.in_(uids[start : start + CHUNK])
                rows = connection.execute(select(table).where(wanted).order_by(table.c.study_instance_uid)).all()
                headers = read_headers(connection, self._keys, (row.headers_id for row in rows))
                found += [self._study_row(row, headers[row.headers_id]) for row in rows]
        return found

    def studies_of(self, patients: Collection[str]) -> tuple[str, ...]:
        """The studies that stand under one of these pseudonyms, sorted by UID."""
        wanted = table.c.patient_key.in_(list(patients)) & (table.c.patient_key != "")
        with self._database.read() as connection:
            uid = table.c.study_instance_uid
            return tuple(connection.execute(select(uid).where(wanted).order_by(uid)).scalars())

    def sources(self, study_instance_uids: Collection[str]) -> Mapping[str, Source]:
        """How the evidence was read of those of the named studies that were surveyed."""
        uids = sorted(study_instance_uids)
        found = {}
        with self._database.read() as connection:
            for start in range(0, len(uids), CHUNK):
                rows = select_in(connection, _SOURCES, "study_instance_uid", uids[start : start + CHUNK])
                found.update({uid: Source(source) for uid, source in rows})
        return found

    def counts(self) -> Mapping[tuple[State, str], int]:
        """How many studies stand in each state for each reason."""
        query = select(table.c.state, table.c.reason, func.count()).group_by(table.c.state, table.c.reason)
        with self._database.read() as connection:
            return {(State(state), reason): number for state, reason, number in connection.execute(query)}

    def move(
        self,
        study_instance_uid: str,
        new: State,
        event: NewEvent,
        *,
        plan_id: str | None = None,
        claim: Claim | None = None,
        attempt: bool = True,
        before: State | None = None,
    ) -> None:
        """State, reason (`event.reason`) and event in one transaction, for a worker under its claim.

        A move to FAILED that is no `attempt` says nothing of the study. One that no longer stands in `before`, where
        that is given, was moved by others meanwhile, and is left alone. Raises ValueError on a forbidden move,
        `ClaimLostError` when another worker took the patient meanwhile.
        """
        with self._database.begin() as connection:
            if claim is not None and not not_taken(connection, claim):
                raise ClaimLostError
            if before is not None and state_of(connection, study_instance_uid) is not before:
                return
            plan = plan_id or ""
            change_state(connection, self._context, study_instance_uid, new, event, plan_id=plan, attempt=attempt)

    def leave_alone(self, claim: Claim, study_instance_uid: str, event: NewEvent) -> None:
        """The claim's plan is done with a study, for good, and the study keeps its state.

        Raises `ClaimLostError` when another worker took the patient meanwhile.
        """
        with self._database.begin() as connection:
            if not not_taken(connection, claim):
                raise ClaimLostError
            let_go(connection, self._context, claim.plan_id, study_instance_uid, event)

    def _save_part(
        self, connection: Connection, found: Sequence[FoundStudy], before: Mapping[str, KnownStudy], now: datetime
    ) -> list[str]:
        """Save studies that are sorted by UID, `before` being those known; answers which are new or changed."""
        told = [entry for item in found if (entry := self._news(item, before.get(item.study_instance_uid))) is not None]
        _note_seen(connection, found, before, utc_text(now))
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        settled: list[tuple[FoundStudy, dict[str, Any]]] = []
        events: list[NewEvent] = []
        for entry, values in zip(told, self._values(connection, told, now), strict=True):
            uid = entry.item.study_instance_uid
            row = before.get(uid)
            if row is None:
                first = dict.fromkeys(("first_seen", "same_since"), values["changed_at"])
                new.append(values | first | _surveyed("") | {"study_instance_uid": uid})
            elif row.state is State.SURVEYED:
                changed.append(values | _since(row, values) | {"uid": uid})
            elif may_move(row.state, State.SURVEYED):
                changed.append(values | _since(row, values) | _surveyed(INDEX_CHANGED) | {"uid": uid})
                events.append(_fallen_back(uid, values["patient_key"], row.state, now))
            else:
                settled.append((entry.item, values))
        append(connection, self._context, events)
        fallen = [event.study for event in events]
        left = left_among(connection, fallen) if fallen else {}
        news = [values["uid"] for values in changed]
        news += [item.study_instance_uid for item, values in settled if self._save_settled(connection, item, values)]
        _write(connection, new, changed)
        if fallen:
            move_left(connection, fallen, left)
        freed = [before[uid].headers_id for entry in told if (uid := entry.item.study_instance_uid) in before]
        forget_unused(connection, [*freed, *(values["headers_id"] for _, values in settled)])
        return sorted([values["study_instance_uid"] for values in new] + news)

    def _news(self, item: FoundStudy, row: KnownStudy | None) -> IndexEntry | None:
        """What is to be saved: new, or changed while nobody is at work on it."""
        if row is not None and (row.state in _UNTOUCHED or row.is_open):
            return None
        entry = entry_of(self._keys, item)
        return None if row is not None and row.index_digest == entry.digest else entry

    def _values(self, connection: Connection, told: Sequence[IndexEntry], now: datetime) -> list[dict[str, Any]]:
        """The columns of studies as the index alone describes them."""
        evidence = self._evidence_values(connection, [(entry.evidence, entry.headers) for entry in told])
        moment = utc_text(now)
        return [entry.columns(self._keys, moment) | values for entry, values in zip(told, evidence, strict=True)]

    def _save_settled(self, connection: Connection, item: FoundStudy, values: dict[str, Any]) -> bool:
        """A study whose state stays: refresh its index entry; whether the index told something new."""
        this = table.c.study_instance_uid == item.study_instance_uid
        row = connection.execute(select(table.c.instances, table.c.headers_id).where(this)).one()
        stored = read_headers(connection, self._keys, [row.headers_id])[row.headers_id]
        is_news = item.instances != row.instances or not is_told_by(stored, item)
        kept = () if is_news else ("source", "evidence_date", "headers_id", "patient_key")
        refreshed = {name: value for name, value in values.items() if name not in kept}
        if is_news:
            refreshed["same_since"] = values["changed_at"]
        connection.execute(update(table).where(this).values(refreshed))
        return is_news

    def _evidence_values(
        self, connection: Connection, found: Sequence[tuple[StudyEvidence, bytes]]
    ) -> list[dict[str, Any]]:
        kept = keep_headers(connection, self._keys, [(evidence.headers, content) for evidence, content in found])
        return [
            {
                "source": evidence.source.value,
                "evidence_date": storable(evidence.study_date),
                "headers_id": headers_id,
                "patient_key": patient_key,
            }
            for (evidence, _), (headers_id, patient_key) in zip(found, kept, strict=True)
        ]

    def _study_row(self, row: Row[Any], headers: tuple[Evidence, ...]) -> StudyRow:
        uid = row.study_instance_uid
        evidence = StudyEvidence(
            study_instance_uid=uid, study_date=row.evidence_date, source=Source(row.source), headers=headers
        )
        return StudyRow(
            study_instance_uid=uid,
            state=State(row.state),
            reason=row.reason,
            evidence=evidence,
            study_date=row.study_date,
            modalities=tuple(row.modalities.split("\\")) if row.modalities else (),
            institution_name=row.institution_name,
            station_name=row.station_name,
            referring_department=row.referring_department,
            accession_number=self._keys.unseal(ACCESSION_NUMBER, row.accession_number, uid.encode()).decode(
                "utf-8", KEEP
            ),
            instances=row.instances,
            attempts=row.attempts,
            plan_id=row.plan_id,
            looked_at=row.source != Source.INDEX or row.index_tells == 1,
            found=row.found,
            gone=bool(row.gone_since),
            changed_since=row.same_since > row.first_seen,
            last_seen=row.last_seen,
        )


def _write(connection: Connection, new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    """Rows of one kind have the same columns, so each kind is one statement over many rows."""
    if new:
        insert_rows(connection, table, [_in_order(_UNTRIED | values) for values in new])
    for columns in {tuple(values) for values in changed}:
        rows = [values for values in changed if tuple(values) == columns]
        if rows:
            connection.execute(update(table).where(table.c.study_instance_uid == bindparam("uid")), rows)


def _note_seen(
    connection: Connection, found: Sequence[FoundStudy], before: Mapping[str, KnownStudy], moment: str
) -> None:
    """That these studies are in the archive today, and whether its index tells more than it did before."""
    behind = [
        {"uid": item.study_instance_uid, "seen": moment, "tells": max(row.index_tells, int(item.answers_other_ids))}
        for item in found
        if (row := before.get(item.study_instance_uid)) is not None and row.is_behind(item, moment)
    ]
    if behind:
        values = {"last_seen": bindparam("seen"), "gone_since": "", "index_tells": bindparam("tells")}
        connection.execute(update(table).where(table.c.study_instance_uid == bindparam("uid")).values(values), behind)


def _since(row: KnownStudy, values: Mapping[str, Any]) -> dict[str, Any]:
    """Since when a study of which the index entry changed is the same.

    What headers said is not known of it any more; what an index said is compared. Where nobody had looked, nothing is
    known to have been otherwise.
    """
    is_other = row.source != Source.INDEX or values["headers_id"] != row.headers_id
    return {"same_since": values["changed_at"]} if row.was_looked_at and is_other else {}


def _surveyed(reason: str) -> dict[str, Any]:
    return {"state": State.SURVEYED.value, "reason": reason}


def _fallen_back(uid: str, patient: str, before: State, now: datetime) -> NewEvent:
    return NewEvent(
        type=EventType.STATE,
        at=now,
        study=uid,
        patient=patient,
        state=State.SURVEYED,
        reason=INDEX_CHANGED,
        details={STATE_BEFORE: before.value},
    )
