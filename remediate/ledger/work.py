"""Handing out a plan's work, one patient at a time, by leased claims; does none of the work.

A unit is one patient's share of a plan. A claim on it holds until its lease ends; each hand-out raises the unit's
fence, so that a worker that was frozen past its lease finds out before it stores. A partial unique index keeps a
second worker off the same patient, in any plan. The statements are the same on SQLite and PostgreSQL, where none of
them waits for the disk: whatever is durable under a claim makes the claim durable too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Row, Select, bindparam, exists, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningUpdate

from remediate.errors import LedgerError, PlanError
from remediate.ledger.data_keys import make_data_key
from remediate.ledger.database import LOOSELY
from remediate.ledger.events import append, keep_checkpoint
from remediate.ledger.left_to_do import left_to_do
from remediate.ledger.life import first_sign
from remediate.ledger.plan_progress import keep_left_if_wrong
from remediate.ledger.proof.batch_roots import with_merkle_root
from remediate.ledger.settings import next_number
from remediate.ledger.store import Room
from remediate.ledger.tables.schema import UnitState, batches, life_signs, plan_items, plans, work_units
from remediate.ledger.times import moment_of, utc_text
from remediate.records.ledger import BatchRow, Claim, HeldPatient, NewEvent
from remediate.records.signs import Process
from remediate.records.states import State
from remediate.texts.language import Sentence

_STILL_HELD = "SELECT 1 FROM work_units WHERE unit_id = ? AND fence = ? AND owner = ? AND state = ? AND lease_until > ?"
_RENEWED = "UPDATE work_units SET lease_until = ? WHERE unit_id = ? AND fence = ? AND owner = ? AND state = ?"
_GIVEN_BACK = """UPDATE work_units SET state = ?, place = place - ?, owner = '', lease_until = ''
    WHERE unit_id = ? AND fence = ? AND owner = ? AND state = ?"""

BACK = 1_000
"""Places that a hand-out moves a unit back: what ends badly again and again keeps nobody waiting."""

_RACES = 20  # times that another worker may take the same patient first, on PostgreSQL


class WorkRoom(Room):
    """The part of port `PlanStore` that hands out work."""

    def open_batch(
        self, plan_id: str, event: NewEvent, *, process: Process | None = None, steady: float = 0.0
    ) -> BatchRow:
        """Start a batch, run by `process`, and make every unfinished study of the plan available again.

        Claims whose lease ended are freed; while this process holds the ledger's lock, all claims are, for then no
        other worker is alive. Raises `PlanError` when this ledger has no such plan.
        """
        with self._database.begin() as connection:
            if connection.execute(select(plans.c.plan_id).where(plans.c.plan_id == plan_id)).first() is None:
                raise PlanError(
                    Sentence(f"This ledger has no plan {plan_id}.", f"Dit logboek heeft geen plan {plan_id}.")
                )
            batch = BatchRow(
                batch_id=f"batch-{next_number(connection, 'batch'):04d}", plan_id=plan_id, opened_at=event.at
            )
            values = {"batch_id": batch.batch_id, "plan_id": plan_id, "opened_at": utc_text(event.at)}
            connection.execute(insert(batches).values(values))
            if process is not None:
                first_sign(connection, batch.batch_id, process, steady)
            make_data_key(connection, self._context, batch.batch_id, event.at)
            _free_claims(connection, None if self._database.is_ours_alone else event.at)
            _make_available(connection, plan_id)
            append(connection, self._context, (_with_batch(event, batch),))
            keep_left_if_wrong(connection, plan_id)
        return batch

    def close_batch(self, batch_id: str, stopped_because: str, counts: Mapping[str, int], event: NewEvent) -> None:
        """End a batch: its event holds the Merkle root over the batch's events, and a signed checkpoint follows."""
        values = {
            "closed_at": utc_text(event.at),
            "stopped_because": stopped_because,
            "counts": json.dumps(dict(counts), sort_keys=True),
        }
        with self._database.begin() as connection:
            closed = connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(values))
            if not closed.rowcount:
                raise LedgerError(
                    Sentence(f"This ledger has no batch {batch_id}.", f"Dit logboek heeft geen batch {batch_id}.")
                )
            append(connection, self._context, (with_merkle_root(connection, event, batch_id),))
            keep_checkpoint(connection, self._context, event.at)

    def batches(self) -> tuple[BatchRow, ...]:
        """Every batch, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(batches).order_by(batches.c.opened_at.desc(), batches.c.batch_id.desc()))
            return tuple(map(_batch_row, rows))

    def claim(self, batch_id: str, owner: str, lease: timedelta, *, now: datetime, most: int = 1) -> tuple[Claim, ...]:
        """Take the studies of so many patients at most, in the plan's order; none when nothing is free. Claims whose
        lease ended are free.

        A study that failed in this batch, or in one that is at work beside it, waits for the next night.
        """
        asked = {"batch": batch_id, "by": owner, "until": utc_text(now + lease), "now": utc_text(now)}
        for race in range(_RACES):
            try:
                with self._database.one_by_one() as connection:
                    return _claim(connection, {**asked, "most": 1 if race else most}, now)
            except IntegrityError:  # another worker took one of these patients at the same moment
                continue
        return ()

    def renew(self, claim: Claim, lease: timedelta, *, now: datetime) -> bool:
        """Prolong by unit and fence, never by owner alone: False when the claim was lost."""
        until = utc_text(now + lease)
        return bool(self._database.quick_change(_RENEWED, (until, *_mark(claim))))

    def holds(self, claim: Claim, *, now: datetime) -> bool:
        """Whether the claim is still ours and its lease has not ended: asked right before each store."""
        return bool(self._database.quick(_STILL_HELD, (*_mark(claim), utc_text(now))))

    def in_hand(self) -> frozenset[str]:
        """Studies on whose patients other workers have claims, ended or not; none while this process holds the ledger's
        lock, for then no other worker is alive."""
        if self._database.is_ours_alone:
            return frozenset()
        claimed = (
            select(plan_items.c.study_instance_uid)
            .where(plan_items.c.plan_id == work_units.c.plan_id, plan_items.c.patient_key == work_units.c.patient_key)
            .where(work_units.c.state == UnitState.CLAIMED.value)
        )
        with self._database.read() as connection:
            return frozenset(connection.execute(claimed).scalars())

    def owners(self, plan_id: str = "") -> frozenset[str]:
        """Who have claims, ended or not, under the names that they gave; of one plan only where that is named."""
        query = select(work_units.c.owner).where(work_units.c.state == UnitState.CLAIMED.value).distinct()
        if plan_id:
            query = query.where(work_units.c.plan_id == plan_id)
        with self._database.read() as connection:
            return frozenset(connection.execute(query).scalars())

    def held(self) -> tuple[HeldPatient, ...]:
        """Every claim, ended or not, the oldest first."""
        query = (
            select(work_units, plan_items.c.study_instance_uid)
            .outerjoin(
                plan_items,
                (plan_items.c.plan_id == work_units.c.plan_id) & (plan_items.c.patient_key == work_units.c.patient_key),
            )
            .where(work_units.c.state == UnitState.CLAIMED.value)
            .order_by(work_units.c.claimed_at, work_units.c.unit_id, plan_items.c.study_instance_uid)
        )
        with self._database.read() as connection:
            found = [list(rows) for _, rows in groupby(connection.execute(query), key=lambda row: row.unit_id)]
        return tuple(map(_held_patient, found))

    def take_back(self, owners: Collection[str]) -> int:
        """Free the claims of these, who are known to have ended, before their leases do; answers how many.

        Should one be alive after all, the fence tells it: each hand-out raises it.
        """
        if not owners:
            return 0
        held = update(work_units).where(work_units.c.state == UnitState.CLAIMED.value, work_units.c.owner.in_(owners))
        with self._database.begin() as connection:
            return connection.execute(held.values(state=UnitState.FREE.value, owner="", lease_until="")).rowcount

    def finish(self, claim: Claim, *, done: bool, keeps_place: bool = False) -> None:
        """Give the unit back: done for this batch, or free for somebody else, behind the others unless it keeps its
        place. A lost claim changes nothing."""
        state = UnitState.DONE if done else UnitState.FREE
        self._database.quick_change(_GIVEN_BACK, (state.value, BACK if keeps_place else 0, *_mark(claim)))


def hold_on(connection: Connection, claim: Claim, now: datetime) -> bool:
    """Whether the claim is still ours; if so, nobody can take it before the caller's transaction ends."""
    return connection.execute(_still_held(claim, now).with_for_update()).first() is not None


def not_taken(connection: Connection, claim: Claim) -> bool:
    """Whether nobody else took what was claimed, ended lease or not; if so, nobody can before the transaction ends."""
    query = select(work_units.c.unit_id).where(*_held(claim))
    return connection.execute(query.with_for_update()).first() is not None


def _still_held(claim: Claim, now: datetime) -> Select[tuple[int]]:
    return select(work_units.c.unit_id).where(*_held(claim), work_units.c.lease_until > utc_text(now))


def _mark(claim: Claim) -> tuple[int, int, str, str]:
    return claim.unit_id, claim.fence, claim.owner, UnitState.CLAIMED.value


def _held(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        work_units.c.unit_id == claim.unit_id,
        work_units.c.fence == claim.fence,
        work_units.c.owner == claim.owner,  # a server that fails may forget a claim, and hand out its fence again
        work_units.c.state == UnitState.CLAIMED.value,
    )


def _free_claims(connection: Connection, ended_before: datetime | None) -> None:
    """Free the claims whose lease ended by then; None frees all."""
    freed = update(work_units).where(work_units.c.state == UnitState.CLAIMED.value)
    if ended_before is not None:
        freed = freed.where(work_units.c.lease_until <= utc_text(ended_before))
    connection.execute(freed.values(state=UnitState.FREE.value, owner="", lease_until=""))


def _make_available(connection: Connection, plan_id: str) -> None:
    """Of the units that nobody works on: free those with something left to do, and only those."""
    ours = (work_units.c.plan_id == plan_id) & (work_units.c.state != UnitState.CLAIMED.value)
    left = (
        exists()
        .where(plan_items.c.plan_id == plan_id, plan_items.c.patient_key == work_units.c.patient_key)
        .where(*left_to_do())
    )
    connection.execute(update(work_units).where(ours, ~left).values(state=UnitState.DONE.value))
    connection.execute(update(work_units).where(ours, left).values(state=UnitState.FREE.value))


def _claim(connection: Connection, asked: Mapping[str, Any], now: datetime) -> tuple[Claim, ...]:
    """Where the statements are transactions of their own, whoever is killed between them has claims, and no work."""
    batch_id, owner = asked["batch"], asked["by"]
    while units := _next_units(connection, asked, now):
        patients = {"batch": batch_id, "plan": units[0].plan_id, "patients": [unit.patient_key for unit in units]}
        left: dict[str, list[str]] = {}
        for row in connection.execute(_LEFT, patients):
            left.setdefault(row.patient_key, []).append(row.study_instance_uid)
        for unit in units:
            if unit.patient_key not in left:
                ours = (work_units.c.unit_id == unit.unit_id, work_units.c.fence == unit.fence)
                done = update(work_units).where(*ours, work_units.c.owner == owner)
                connection.execute(done.values(state=UnitState.DONE.value, owner="", lease_until=""))
        claims = tuple(
            Claim(
                unit_id=unit.unit_id,
                plan_id=unit.plan_id,
                batch_id=batch_id,
                studies=tuple(sorted(left[unit.patient_key])),
                owner=owner,
                fence=unit.fence,
            )
            for unit in units
            if unit.patient_key in left
        )
        if claims:
            return claims
    if connection.execute(_OPEN_BATCH, {"batch": batch_id}).first() is None:
        raise LedgerError(Sentence(f"Batch {batch_id} is not open.", f"Batch {batch_id} is niet open."))
    return ()


def _next_units(connection: Connection, asked: Mapping[str, Any], now: datetime) -> list[Row[Any]]:
    """Free units, or such whose lease has ended, in the plan's order."""
    taking = _TAKEN if connection.dialect.name == "sqlite" else _TAKEN_LOOSELY
    units = connection.execute(taking, asked).all()
    if not units:
        _free_claims(connection, now)
        units = connection.execute(taking, asked).all()
    return sorted(units, key=lambda unit: (unit.place, unit.unit_id))


def _left_of_patients() -> Select[tuple[str, str]]:
    """What is left of the studies of these patients. A study that failed in this batch, or in that of another worker
    that gave a sign of life since this one began, waits for the next night."""
    began = select(life_signs.c.began).where(life_signs.c.batch_id == bindparam("batch"))
    beside = select(life_signs.c.batch_id).where(life_signs.c.heard >= began.scalar_subquery())
    tonight = (plan_items.c.batch_id == bindparam("batch")) | plan_items.c.batch_id.in_(beside)
    return select(plan_items.c.study_instance_uid, plan_items.c.patient_key).where(
        plan_items.c.plan_id == bindparam("plan"),
        plan_items.c.patient_key.in_(bindparam("patients", expanding=True)),
        *left_to_do(),
        ~((plan_items.c.state == State.FAILED.value) & tonight),
    )


def _taking() -> ReturningUpdate[Any]:
    """The first free units in the plan's order whose patients nobody is at work on."""
    other = work_units.alias("other")
    taken = exists().where(other.c.patient_key == work_units.c.patient_key, other.c.state == UnitState.CLAIMED.value)
    free = (
        select(work_units.c.unit_id)
        .where(work_units.c.plan_id == _open_batch().scalar_subquery())
        .where(work_units.c.state == UnitState.FREE.value, ~taken)
        .order_by(work_units.c.place, work_units.c.unit_id)
        .limit(bindparam("most", type_=Integer, literal_execute=True))  # an unknown number counts as a tenth of all
        .with_for_update(skip_locked=True)
        .cte("free")  # the server looks once: units that it saw and left would be locked
    )
    return (
        update(work_units)
        .where(work_units.c.unit_id.in_(select(free.c.unit_id)))
        .values(
            state=UnitState.CLAIMED.value,
            owner=bindparam("by"),
            fence=work_units.c.fence + 1,
            place=work_units.c.place + BACK,
            lease_until=bindparam("until"),
            claimed_at=bindparam("now"),
        )
        .returning(*(work_units.c[name] for name in ("unit_id", "plan_id", "patient_key", "fence", "place")))
    )


def _open_batch() -> Select[tuple[str]]:
    """The plan of a batch that is open."""
    return select(batches.c.plan_id).where(batches.c.batch_id == bindparam("batch"), batches.c.closed_at.is_(None))


# Made once: to put them together takes longer than to run them.
_OPEN_BATCH, _LEFT, _TAKEN = _open_batch(), _left_of_patients(), _taking()
_TAKEN_LOOSELY = _TAKEN.where(text(LOOSELY))


def _with_batch(event: NewEvent, batch: BatchRow) -> NewEvent:
    return event if event.batch else replace(event, batch=batch.batch_id, plan=event.plan or batch.plan_id)


def _held_patient(rows: Sequence[Row[Any]]) -> HeldPatient:
    unit = rows[0]
    return HeldPatient(
        unit_id=unit.unit_id,
        plan_id=unit.plan_id,
        studies=tuple(row.study_instance_uid for row in rows if row.study_instance_uid),
        owner=unit.owner,
        since=moment_of(unit.claimed_at),
        until=moment_of(unit.lease_until),
    )


def _batch_row(row: Row[Any]) -> BatchRow:
    return BatchRow(
        batch_id=row.batch_id,
        plan_id=row.plan_id,
        opened_at=moment_of(row.opened_at),
        closed_at=None if row.closed_at is None else moment_of(row.closed_at),
        stopped_because=row.stopped_because,
        counts=json.loads(row.counts),
    )
