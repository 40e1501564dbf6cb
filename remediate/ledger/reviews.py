"""People's decisions about undecided studies, sealed so that nobody makes or changes one without the keys.

Whether a decision still holds is judged elsewhere. Its history stands in the chain of events.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from remediate.digests import sha256_text
from remediate.ledger.events import append
from remediate.ledger.fast_sql import put
from remediate.ledger.patients import CHUNK, patients_of_studies
from remediate.ledger.review_codec import decision_of, fields_of
from remediate.ledger.review_rounds import at_the_same_moment, note_stages, put_round
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import reviews as table
from remediate.ledger.tables.study import headers, studies
from remediate.records.ledger import NewEvent
from remediate.records.reviews import (
    Decision,
    QueueEntry,
    ReviewDecision,
    Round,
    Stage,
    bound_to_nothing,
    stands,
)
from remediate.records.states import State

_KIND = "review"
ROW_DIGEST = "row_sha256"
"""In the details of a decision's event: SHA-256 (base32) of the sealed row."""


class ReviewRoom(Room):
    """Port `ReviewStore`."""

    def save_reviews(
        self,
        decisions: Sequence[ReviewDecision],
        events: Sequence[NewEvent],
        rounds: Sequence[Round] = (),
        waiting: Sequence[QueueEntry] = (),
    ) -> None:
        """Keep the newest decision of each study, what does not count yet, and the events, in one transaction. What
        is `waiting` all the same stands in the queue from then on. What was carried gives way to what a person decided
        meanwhile.

        Raises `LedgerError` when somebody else decided or looked at one of the studies meanwhile.
        """
        if not decisions and not rounds:
            return
        named = sorted({*(one.study_instance_uid for one in decisions), *(one.study_instance_uid for one in rounds)})
        looks = {one.study_instance_uid: one.looked[-1] for one in rounds if not one.is_closed}
        with self._database.begin() as connection:
            made = looks | {item.study_instance_uid: item for item in decisions}
            late = self._overtaken(connection, made, named)
            newest = {item.study_instance_uid: item for item in decisions if item.study_instance_uid not in late}
            sealed = {uid: self._sealed(item) for uid, item in newest.items()}
            patients = patients_of_studies(connection, named)
            digests = _headers_digests(connection, [uid for uid, item in newest.items() if item.memory])
            for uid, item in newest.items():
                values = {
                    "sealed": sealed[uid],
                    "memory": item.memory,
                    "headers_digest": digests.get(uid, ""),
                    "origin": item.remembered_from,
                }
                put(connection, table, {"study_instance_uid": uid}, values)
            for one in rounds:
                put_round(connection, self._keys, one)
            note_stages(connection, _stages(newest, rounds), waiting)
            append(
                connection,
                self._context,
                [_bound(event, patients, sealed) for event in events if event.study not in late],
            )

    def _overtaken(
        self, connection: Connection, made: Mapping[str, ReviewDecision], named: Sequence[str]
    ) -> frozenset[str]:
        """What was carried to studies about which somebody decided meanwhile; nobody else decides about any of those
        that are named before this transaction ends. Raises `LedgerError`."""
        late: set[str] = set()
        for start in range(0, len(named), CHUNK):
            these = named[start : start + CHUNK]
            uid = studies.c.study_instance_uid
            connection.execute(select(uid).where(uid.in_(these)).order_by(uid).with_for_update()).all()
            kept = select(table.c.study_instance_uid, table.c.sealed).where(table.c.study_instance_uid.in_(these))
            for one, sealed in connection.execute(kept):
                if one in made and not _follows(made[one], self._unsealed(one, sealed)):
                    if not made[one].remembered_from:
                        raise at_the_same_moment()
                    late.add(one)
        return frozenset(late)

    def reviews(self, study_instance_uids: Collection[str]) -> Mapping[str, ReviewDecision]:
        """The decisions on these studies that were not taken back; one that was carried from another study and no
        longer `stands` is bound to nothing. One query over their span of UIDs: cheap for neighbours, right for any."""
        found = self._reviews(study_instance_uids)
        origins = self._origins({item.remembered_from for item in found.values()} - {""})
        return {
            uid: item
            if not item.remembered_from or stands(item, *origins[item.remembered_from])
            else bound_to_nothing(item)
            for uid, item in found.items()
            if item.decision is not Decision.TAKEN_BACK
        }

    def _origins(self, uids: Collection[str]) -> Mapping[str, tuple[ReviewDecision | None, State]]:
        """What is decided about each of these studies now, and where it stands."""
        found: defaultdict[str, tuple[ReviewDecision | None, State]] = defaultdict(lambda: (None, State.SURVEYED))
        listed = sorted(uids)
        query = select(table.c.study_instance_uid, table.c.sealed, studies.c.state).join(
            studies, studies.c.study_instance_uid == table.c.study_instance_uid
        )
        with self._database.read() as connection:
            for start in range(0, len(listed), CHUNK):
                these = table.c.study_instance_uid.in_(listed[start : start + CHUNK])
                for uid, sealed, state in connection.execute(query.where(these)):
                    found[uid] = self._unsealed(uid, sealed), State(state)
        return found

    def _reviews(self, study_instance_uids: Collection[str]) -> dict[str, ReviewDecision]:
        if not study_instance_uids:
            return {}
        wanted = frozenset(study_instance_uids)
        uid = table.c.study_instance_uid
        span = (uid >= min(wanted)) & (uid <= max(wanted))  # BETWEEN takes no COLLATE on PostgreSQL
        with self._database.read() as connection:
            rows = connection.execute(select(table.c.study_instance_uid, table.c.sealed).where(span)).all()
        return {uid: self._unsealed(uid, sealed) for uid, sealed in rows if uid in wanted}

    def remembered(self) -> Iterator[tuple[str, tuple[ReviewDecision, ...]]]:
        """Studies about which nobody decided and whose headers are those of studies about which somebody did, with
        these decisions, as long as these are remembered; sorted by UID. Whether one holds is judged elsewhere."""
        undecided = ~exists().where(table.c.study_instance_uid == studies.c.study_instance_uid)
        origin = table.alias("origin")
        query = (
            select(studies.c.study_instance_uid, studies.c.first_seen, origin.c.study_instance_uid, origin.c.sealed)
            .select_from(origin)
            .join(headers, headers.c.digest == origin.c.headers_digest)
            .join(studies, studies.c.headers_id == headers.c.headers_id)
            .where(origin.c.headers_digest != "", origin.c.memory != "", undecided)
            .order_by(studies.c.study_instance_uid, origin.c.study_instance_uid)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        found: dict[str, list[ReviewDecision]] = {}
        for uid, first_seen, source, sealed in rows:
            decision = self._unsealed(source, sealed)
            if decision.memory and datetime.fromisoformat(first_seen) > decision.at:
                found.setdefault(uid, []).append(decision)
        yield from ((uid, tuple(decisions)) for uid, decisions in found.items())

    def carried_from(self, study_instance_uids: Collection[str]) -> Sequence[ReviewDecision]:
        """The decisions that count because one about these studies was remembered."""
        listed = sorted(study_instance_uids)
        found: list[ReviewDecision] = []
        with self._database.read() as connection:
            for start in range(0, len(listed), CHUNK):
                query = select(table.c.study_instance_uid, table.c.sealed)
                these = table.c.origin.in_(listed[start : start + CHUNK])
                rows = connection.execute(query.where(table.c.origin != "", these)).all()
                found += [self._unsealed(uid, sealed) for uid, sealed in rows]
        return [item for item in found if item.decision is not Decision.TAKEN_BACK]

    def carried(self) -> int:
        """How many studies are decided as an earlier one was."""
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(table).where(table.c.origin != "")).scalar_one()

    def _sealed(self, item: ReviewDecision) -> bytes:
        return self._keys.seal(_KIND, json.dumps(fields_of(item)).encode(), item.study_instance_uid.encode())

    def _unsealed(self, uid: str, sealed: bytes) -> ReviewDecision:
        return decision_of(uid, json.loads(self._keys.unseal(_KIND, sealed, uid.encode())))


def _follows(new: ReviewDecision, kept: ReviewDecision) -> bool:
    """Whether a decision was made knowing the one that is kept: in its place, or when undoing it."""
    if Decision.TAKEN_BACK in (new.decision, kept.decision) or _is_same(kept.before, new):
        return True
    return _is_same(new.before, kept)


def _is_same(one: ReviewDecision | None, other: ReviewDecision) -> bool:
    return one is not None and (one.at, one.account, one.decision) == (other.at, other.account, other.decision)


def _stages(newest: Mapping[str, ReviewDecision], rounds: Sequence[Round]) -> dict[str, Stage]:
    """How far each study came: a decision counts, unless it was taken back or others have to look."""
    stages = {one.study_instance_uid: Stage.OPEN if one.is_closed else one.stage for one in rounds}
    for uid, item in newest.items():
        stages[uid] = Stage.OPEN if item.decision is Decision.TAKEN_BACK else Stage.DECIDED
    return stages


def _headers_digests(connection: Connection, uids: Sequence[str]) -> dict[str, str]:
    """What names the headers of these studies, for as long as any study has them."""
    found: dict[str, str] = {}
    listed = sorted(uids)
    same = headers.c.headers_id == studies.c.headers_id
    for start in range(0, len(listed), CHUNK):
        query = select(studies.c.study_instance_uid, headers.c.digest).join(headers, same)
        these = studies.c.study_instance_uid.in_(listed[start : start + CHUNK])
        found.update((uid, digest) for uid, digest in connection.execute(query.where(these)))
    return found


def _bound(event: NewEvent, patients: Mapping[str, str], rows: Mapping[str, bytes]) -> NewEvent:
    """The event with the digest of the row that it explains, and with the patient."""
    sealed = rows.get(event.study)
    digest = {} if sealed is None else {ROW_DIGEST: sha256_text(sealed)}
    details = {**event.details, **digest}
    return replace(event, patient=event.patient or patients.get(event.study, ""), details=details)
