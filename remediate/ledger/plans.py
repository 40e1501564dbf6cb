"""Plans with their items and approvals; whether enough people approved is for the caller to judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from remediate.errors import PlanError
from remediate.ledger.dialect import insert_rows
from remediate.ledger.events import PAGE, append
from remediate.ledger.facts import next_number
from remediate.ledger.keys import Keys
from remediate.ledger.patients import CHUNK, patient_pseudonym, patients_of_studies
from remediate.ledger.room import Room
from remediate.ledger.schema import approvals, plan_items, plans, work_units
from remediate.ledger.times import moment_of, offset_text, utc_text
from remediate.records.ledger import NewEvent, PlanItem, PlanKind, PlanRow
from remediate.records.states import State


class PlanRoom(Room):
    """The part of port `PlanStore` that keeps plans."""

    def next_plan_id(self) -> str:
        """A new identifier such as plan-0007; never given twice."""
        with self._database.begin() as connection:
            return f"plan-{next_number(connection, 'plan'):04d}"

    def save_plan(self, plan: PlanRow, items: Iterable[PlanItem], event: NewEvent) -> None:
        """Keep the head and the items to be planned (the others stand in plan.json only), and their units of work.

        Older plans of the same kind that nobody approved are superseded.
        """
        planned = (item for item in items if item.state is State.PLANNED)
        with self._database.begin() as connection:
            connection.execute(insert(plans).values(_plan_values(plan)))
            approved = exists().where(approvals.c.plan_id == plans.c.plan_id)
            older = (plans.c.kind == plan.kind.value) & (plans.c.plan_id != plan.plan_id) & ~approved
            connection.execute(update(plans).where(older).values(superseded=1))
            while part := list(islice(planned, CHUNK)):
                known = patients_of_studies(connection, [item.study_instance_uid for item in part])
                insert_rows(connection, plan_items, [self._item_values(plan.plan_id, item, known) for item in part])
            units = select(plan_items.c.plan_id, plan_items.c.patient_key).where(plan_items.c.plan_id == plan.plan_id)
            ordered = units.distinct().order_by(plan_items.c.patient_key)
            connection.execute(insert(work_units).from_select(["plan_id", "patient_key"], ordered))
            append(connection, self._context, (event,))

    def plan(self, plan_id: str) -> PlanRow | None:
        """The head of a plan with its approvals in order; None when this ledger has no such plan."""
        with self._database.read() as connection:
            return _plan_row(connection, plan_id)

    def plans(self) -> tuple[PlanRow, ...]:
        """Every plan, newest first."""
        with self._database.read() as connection:
            names = connection.execute(select(plans.c.plan_id).order_by(plans.c.created_at.desc())).scalars().all()
            found = (_plan_row(connection, name) for name in names)
            return tuple(row for row in found if row is not None)

    def plan_items(self, plan_id: str) -> Iterator[PlanItem]:
        """The planned items, sorted by UID, a page at a time."""
        query = (
            select(plan_items)
            .where(plan_items.c.plan_id == plan_id)
            .order_by(plan_items.c.study_instance_uid)
            .limit(PAGE)
        )
        after = ""
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(plan_items.c.study_instance_uid > after)).all()
            yield from (_open_item(self._keys, row) for row in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].study_instance_uid

    def approve(self, plan_id: str, event: NewEvent) -> PlanRow:
        """Bind `event.actor` to the plan; a second approval by the same person changes nothing.

        Raises `PlanError` when the plan is unknown or superseded, ValueError when nobody is named.
        """
        if not event.actor:
            raise ValueError("an approval without a person")
        with self._database.begin() as connection:
            plan = _plan_row(connection, plan_id)
            if plan is None:
                raise PlanError(f"This ledger has no plan {plan_id}.")
            if plan.superseded:
                raise PlanError(f"Plan {plan_id} was superseded by a newer one.")
            if any(person == event.actor for person, _ in plan.approvals):
                return plan
            approval = {
                "plan_id": plan_id,
                "approver": event.actor,
                "at": utc_text(event.at),
                "utc_offset": offset_text(event.at),
                "system_account": self._context.system_account,
            }
            connection.execute(insert(approvals).values(approval))
            append(connection, self._context, (event,))
            approved = _plan_row(connection, plan_id)
        assert approved is not None
        return approved

    def _item_values(self, plan_id: str, item: PlanItem, known: Mapping[str, str]) -> tuple[object, ...]:
        """A row of `plan_items`, in the order of its columns."""
        uid = item.study_instance_uid
        patient = known.get(uid) or patient_pseudonym(self._keys, item.patient_id, item.issuer)
        # Studies without a patient number share nothing, so each is a unit of its own.
        unit = patient or self._keys.pseudonym("study-without-patient", uid)
        return plan_id, uid, unit, item.state.value, "", _seal_item(self._keys, plan_id, item)


def _plan_values(plan: PlanRow) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "kind": plan.kind.value,
        "digest": plan.digest,
        "path": plan.path,
        "created_at": utc_text(plan.created_at),
        "created_by": plan.created_by,
        "planned": plan.planned,
        "superseded": int(plan.superseded),
    }


def _plan_row(connection: Connection, plan_id: str) -> PlanRow | None:
    row = connection.execute(select(plans).where(plans.c.plan_id == plan_id)).first()
    if row is None:
        return None
    query = select(approvals).where(approvals.c.plan_id == plan_id).order_by(approvals.c.at, approvals.c.approver)
    given = connection.execute(query).all()
    return PlanRow(
        plan_id=row.plan_id,
        kind=PlanKind(row.kind),
        digest=row.digest,
        path=row.path,
        created_at=moment_of(row.created_at),
        created_by=row.created_by,
        planned=row.planned,
        approvals=tuple((item.approver, moment_of(item.at, item.utc_offset)) for item in given),
        superseded=bool(row.superseded),
    )


def _seal_item(keys: Keys, plan_id: str, item: PlanItem) -> bytes:
    """The fields of an item that have no column; a patient's number may be a BSN, so nothing of it stands in clear."""
    fields = [
        item.patient_id,
        item.issuer,
        item.epd_patient_id,
        item.state.value,
        item.reasons,
        item.proofs,
        item.corrections,
        item.bsn_masked,
        item.fingerprint,
        item.instances,
    ]
    return keys.seal("plan-item", json.dumps(fields).encode(), f"{plan_id}|{item.study_instance_uid}".encode())


def _open_item(keys: Keys, row: Row[Any]) -> PlanItem:
    aad = f"{row.plan_id}|{row.study_instance_uid}".encode()
    fields = json.loads(keys.unseal("plan-item", row.item, aad))
    patient_id, issuer, epd_patient_id, state, reasons, proofs, corrections, bsn_masked, fingerprint, instances = fields
    return PlanItem(
        study_instance_uid=row.study_instance_uid,
        patient_id=patient_id,
        issuer=issuer,
        epd_patient_id=epd_patient_id,
        state=State(state),
        reasons=tuple(reasons),
        proofs=tuple(proofs),
        corrections=tuple(corrections),
        bsn_masked=bsn_masked,
        fingerprint=fingerprint,
        instances=instances,
    )
