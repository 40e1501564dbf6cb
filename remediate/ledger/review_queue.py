"""The queue of studies that wait for people, found in pages by patient and by kind; and who looks at which.

A plan fills it; what people decide since is noted with their decisions (`reviews.py`). Every page goes on after the
last key of the one before, so that the hundredth costs as much as the first. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import delete, select, text

from remediate.ledger.fast_sql import insert_rows, put
from remediate.ledger.patients import CHUNK
from remediate.ledger.review_rounds import count_groups
from remediate.ledger.store import Room
from remediate.ledger.tables.review import WAITS, review_groups, review_head, review_leases, review_queue
from remediate.ledger.times import moment_of, utc_text
from remediate.records.reviews import Lease, QueueEntry, QueueGroup, QueuePatient, Stage

GROUP = 20_000
"""Rows handed to the database at once."""

_MOST_OF_A_PATIENT = 200
"""Studies of one patient that a page lists; it counts them all."""

_NOT_MINE = """(q.stage = 'open' OR NOT EXISTS (SELECT 1 FROM review_rounds r
    WHERE r.study_instance_uid = q.study_instance_uid AND r.stage <> 'decided'
    AND (r.first_account = :account OR r.second_account = :account)))"""
"""Whoever decided about a study once is not asked a second time."""

_GROUP = " AND q.group_code = :group_code"
_PATIENTS = f"""
SELECT q.patient, count(*) FROM review_queue q WHERE q.{WAITS} AND q.patient > :after AND {_NOT_MINE}{{more}}
GROUP BY q.patient ORDER BY q.patient LIMIT :most"""  # noqa: S608 - our own words
_OF_A_PATIENT = f"""
SELECT q.* FROM review_queue q WHERE q.{WAITS} AND q.patient = :patient AND {_NOT_MINE}{{more}}
ORDER BY q.study_instance_uid LIMIT {_MOST_OF_A_PATIENT}"""  # noqa: S608
_NEXT = f"""
SELECT q.* FROM review_queue q WHERE q.{WAITS} AND q.patient {{than}}= :patient
AND (q.patient {{than}} :patient OR q.study_instance_uid {{than}} :uid) AND {_NOT_MINE}{{more}}
ORDER BY q.patient {{order}}, q.study_instance_uid {{order}} LIMIT 1"""  # noqa: S608
_OF_A_GROUP = f"""
SELECT q.study_instance_uid FROM review_queue q WHERE q.{WAITS} AND q.group_code = :group_code AND {_NOT_MINE}
ORDER BY CASE WHEN :may = 1 THEN q.may_confirm ELSE 0 END DESC, q.patient, q.study_instance_uid
LIMIT :most"""  # noqa: S608
_TAKE = """
INSERT INTO review_leases (study_instance_uid, account, person, lease_until) VALUES (:uid, :account, :person, :until)
ON CONFLICT (study_instance_uid) DO UPDATE SET account = excluded.account, person = excluded.person,
    lease_until = excluded.lease_until
WHERE review_leases.lease_until <= :now OR review_leases.account = excluded.account"""


class QueueRoom(Room):
    """Port `QueueStore`."""

    def fill_queue(self, plan_id: str, entries: Iterable[QueueEntry]) -> int:
        """From now on the queue holds these, and nothing else; answers how many. Leases stay."""
        count, rows = 0, iter(entries)
        with self._database.begin() as connection:
            connection.execute(delete(review_queue))
            while part := list(islice(rows, GROUP)):
                told = [(e.study_instance_uid, e.group, e.patient, int(e.may_confirm), e.stage.value) for e in part]
                insert_rows(connection, review_queue, told)
                count += len(part)
            put(connection, review_head, {"id": 1}, {"plan_id": plan_id})
            connection.execute(delete(review_groups))
            count_groups(connection)
        return count

    def queue_plan(self) -> str:
        """The plan whose studies in review the queue holds; "" before the first."""
        with self._database.read() as connection:
            return connection.execute(select(review_head.c.plan_id)).scalar() or ""

    def queue_groups(self) -> tuple[QueueGroup, ...]:
        """What waits by what the studies have in common, the largest first."""
        groups = review_groups.c
        ordered = select(review_groups).where(groups.studies > 0).order_by(groups.studies.desc(), groups.group_code)
        with self._database.read() as connection:
            return tuple(QueueGroup(*row) for row in connection.execute(ordered))

    def queue_patients(
        self, account: str, *, group: str = "", after: str = "", most: int = 20
    ) -> tuple[QueuePatient, ...]:
        """The next patients after one, each with all studies that wait for this account, perhaps of one group only."""
        named: dict[str, Any] = {"account": account, **({"group_code": group} if group else {})}
        more = _GROUP if group else ""
        pages = text(_PATIENTS.format(more=more))
        theirs = text(_OF_A_PATIENT.format(more=more))
        with self._database.read() as connection:
            patients = connection.execute(pages, {**named, "after": after, "most": most}).all()
            return tuple(
                QueuePatient(
                    patient,
                    studies,
                    tuple(map(_entry, connection.execute(theirs, {**named, "patient": patient}).mappings())),
                )
                for patient, studies in patients
            )

    def queue_entry(self, study_instance_uid: str) -> QueueEntry | None:
        """A study of the queue, waiting or decided; None when the last plan left nothing to people there."""
        this = review_queue.c.study_instance_uid == study_instance_uid
        with self._database.read() as connection:
            row = connection.execute(select(review_queue).where(this)).mappings().first()
        return None if row is None else _entry(row)

    def queue_beside(
        self, account: str, entry: QueueEntry | None, *, group: str = "", back: bool = False
    ) -> QueueEntry | None:
        """The study that stands next to this one, or before it; the first where none is named. None at the end."""
        named: dict[str, Any] = {"account": account, **({"group_code": group} if group else {})}
        than, order = ("<", "DESC") if back else (">", "ASC")
        query = text(_NEXT.format(than=than, order=order, more=_GROUP if group else ""))
        patient, uid = ("", "") if entry is None else (entry.patient, entry.study_instance_uid)
        with self._database.read() as connection:
            row = connection.execute(query, {**named, "patient": patient, "uid": uid}).mappings().first()
        return None if row is None else _entry(row)

    def queue_of_group(
        self, account: str, group: str, *, most: int, may_confirm_first: bool = False
    ) -> tuple[str, ...]:
        """So many studies of a group at most that wait for this account, those of a patient together."""
        asked = {"account": account, "group_code": group, "most": most, "may": int(may_confirm_first)}
        with self._database.read() as connection:
            return tuple(connection.execute(text(_OF_A_GROUP), asked).scalars())

    def lease_review(
        self, study_instance_uid: str, account: str, person: str, length: timedelta, *, now: datetime
    ) -> Lease:
        """Who may decide about a study from now on: this account, unless another one has it still."""
        values = {
            "uid": study_instance_uid,
            "account": account,
            "person": person,
            "until": utc_text(now + length),
            "now": utc_text(now),
        }
        with self._database.begin(durable=False) as connection:
            connection.execute(text(_TAKE), values)
            this = review_leases.c.study_instance_uid == study_instance_uid
            return _lease(connection.execute(select(review_leases).where(this)).one())

    def end_leases(self, account: str, study_instance_uids: Collection[str] | None = None) -> None:
        """What this account has in hand is free again: these studies, or all."""
        ours = review_leases.c.account == account
        if study_instance_uids is not None:
            ours &= review_leases.c.study_instance_uid.in_(list(study_instance_uids))
        with self._database.begin(durable=False) as connection:
            connection.execute(delete(review_leases).where(ours))

    def leases(self, study_instance_uids: Collection[str], *, now: datetime) -> Mapping[str, Lease]:
        """Who has which of these studies in hand."""
        listed = sorted(study_instance_uids)
        found: dict[str, Lease] = {}
        with self._database.read() as connection:
            for start in range(0, len(listed), CHUNK):
                these = review_leases.c.study_instance_uid.in_(listed[start : start + CHUNK])
                query = select(review_leases).where(these, review_leases.c.lease_until > utc_text(now))
                found.update({row.study_instance_uid: _lease(row) for row in connection.execute(query)})
        return found


def _entry(row: Mapping[Any, Any]) -> QueueEntry:
    return QueueEntry(
        study_instance_uid=row["study_instance_uid"],
        group=row["group_code"],
        patient=row["patient"],
        may_confirm=bool(row["may_confirm"]),
        stage=Stage(row["stage"]),
    )


def _lease(row: Any) -> Lease:
    return Lease(row.study_instance_uid, row.account, row.person, moment_of(row.lease_until))
