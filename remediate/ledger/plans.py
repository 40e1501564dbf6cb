"""Plans with their items and approvals; whether enough people approved is for the caller to judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, insert, literal_column, select, update

from remediate.errors import LedgerError, PlanError
from remediate.ledger.decisions import require_judging
from remediate.ledger.events import PAGE, append, keep_checkpoint
from remediate.ledger.fast_sql import insert_rows, put
from remediate.ledger.left_to_do import left_to_do
from remediate.ledger.patients import CHUNK, patients_of_studies
from remediate.ledger.plan_keeping import MovedError, decide_studies
from remediate.ledger.plan_order import add_units
from remediate.ledger.plan_progress import keep_all_left, keep_left, progress_of
from remediate.ledger.proof.bound_rows import ITEMS, STATES, SUPERSEDES, digest_of_items, digest_of_states
from remediate.ledger.proof.signed_plans import approvals_of, making_of
from remediate.ledger.settings import next_number
from remediate.ledger.store import LedgerContext, Room
from remediate.ledger.tables.schema import approvals, chain_head, events, plan_items, plans
from remediate.ledger.tables.study import studies
from remediate.ledger.times import moment_of, offset_text, utc_text
from remediate.records.ledger import (
    DECIDER_NAMES,
    DECIDERS,
    PLAN_FILES,
    Approval,
    Decided,
    EventType,
    NewEvent,
    PlanItem,
    PlanKind,
    PlannedStudy,
    PlanProgress,
    PlanRow,
)
from remediate.records.needs import Ordering
from remediate.records.states import UNFINISHED, State
from remediate.texts.language import Sentence

_TAKEN_UP = Sentence(
    "Work in the archive took up studies of this plan while it was made; nothing was planned.",
    "Werk in het archief nam onderzoeken van dit plan in behandeling terwijl het gemaakt werd; er is niets gepland.",
)
_AGAIN = Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit.")


class PlanRoom(Room):
    """The part of port `PlanStore` that keeps plans."""

    def next_plan_id(self) -> str:
        """A new identifier such as plan-0007; never given twice."""
        with self._database.begin() as connection:
            return f"plan-{next_number(connection, 'plan'):04d}"

    def save_plan(self, plan: PlanRow, items: Iterable[PlanItem], event: NewEvent, *, supersedes: bool = True) -> None:
        """Keep a plan whose planned studies are named, and their units of work; no study changes its state.

        Older plans of the same kind that nobody approved are superseded, unless it `supersedes` none.
        """
        planned = (item for item in items if item.state is State.PLANNED)
        with self._database.begin() as connection:
            _save_head(connection, plan, supersedes=supersedes)
            while part := list(islice(planned, CHUNK)):
                known = patients_of_studies(connection, [item.study_instance_uid for item in part])
                insert_rows(connection, plan_items, [_item_values(plan.plan_id, item, known) for item in part])
            add_units(connection, plan.plan_id, None)
            told = event if supersedes else replace(event, details={**event.details, SUPERSEDES: False})
            self._tell_made(connection, plan, told, with_states=False)
            keep_left(connection, plan.plan_id)

    def keep_plan(
        self, plan: PlanRow, alone: Iterable[Decided], event: NewEvent, *, ordering: Ordering | None = None
    ) -> None:
        """Keep a plan over the whole inventory, and give every study its state and first reason: those that are named
        alone, and all others as is decided about their headers. Its patients stand in the order that is asked for.

        Older plans of the same kind that nobody approved are superseded. Raises ValueError, and writes nothing, when a
        study may not make its move, or not as many are planned as the head says; `LedgerError` when a worker may have
        done so by taking studies up meanwhile, or another plan began to judge since.
        """
        try:
            self._keep_whole(plan, alone, event, ordering)
        except MovedError:
            if self._database.is_ours_alone:
                raise
            raise LedgerError(_TAKEN_UP, advice=_AGAIN) from None

    def _keep_whole(self, plan: PlanRow, alone: Iterable[Decided], event: NewEvent, ordering: Ordering | None) -> None:
        with self._database.begin() as connection:
            require_judging(connection, plan.plan_id)
            _save_head(connection, plan)
            planned = decide_studies(
                connection, alone, plan_id=plan.plan_id, moment=utc_text(plan.created_at), ordering=ordering
            )
            if planned != plan.planned:
                raise MovedError("the ledger and the plan do not count the same studies")
            self._tell_made(connection, plan, event, with_states=True)
            keep_all_left(connection, plan.plan_id)

    def _tell_made(self, connection: Connection, plan: PlanRow, event: NewEvent, *, with_states: bool) -> None:
        """The event of a plan binds its content, its files and its rows; nothing of it counts unsigned."""
        bound = {"digest": plan.digest, "kind": plan.kind.value, "planned": plan.planned, **plan.files}
        bound[ITEMS] = digest_of_items(connection, plan.plan_id)
        if with_states:
            connection.execute(select(chain_head.c.seq).with_for_update()).one()  # no study moves from here on
            bound[STATES] = digest_of_states(connection)
        append(connection, self._context, (replace(event, details={**event.details, **bound}),))
        keep_checkpoint(connection, self._context, event.at)

    def plan(self, plan_id: str) -> PlanRow | None:
        """The head of a plan with its approvals in order; None when this ledger has no such plan."""
        with self._database.read() as connection:
            return _plan_row(connection, self._context, plan_id)

    def holds_planned_studies(self, plan_id: str) -> bool:
        """Whether the studies of a plan are, by the signed chain, those with which it was made."""
        with self._database.read() as connection:
            made = making_of(connection, self._context, plan_id)
            bound = made and made.details.get(ITEMS, "")
            return bound == "" or bound == digest_of_items(connection, plan_id)

    def plans(self) -> tuple[PlanRow, ...]:
        """Every plan, newest first."""
        with self._database.read() as connection:
            names = connection.execute(select(plans.c.plan_id).order_by(plans.c.created_at.desc())).scalars().all()
            found = (_plan_row(connection, self._context, name) for name in names)
            return tuple(row for row in found if row is not None)

    def planned_studies(self, plan_id: str) -> Iterator[PlannedStudy]:
        """The plan's studies, sorted by UID, a page at a time."""
        columns = (plan_items.c.study_instance_uid, plan_items.c.fingerprint, plan_items.c.instances)
        query = select(*columns).where(plan_items.c.plan_id == plan_id).order_by(columns[0]).limit(PAGE)
        after = ""
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(columns[0] > after)).all()
            yield from (PlannedStudy._make(row) for row in rows)
            if len(rows) < PAGE:
                return
            after = rows[-1].study_instance_uid

    def is_left_to(self, plan_id: str, newer: str) -> bool:
        """Whether all that is left of a plan is left of the newer one too."""
        same_study, *unfinished = left_to_do()
        other = plan_items.alias("other")
        beside = exists().where(
            other.c.plan_id == newer,
            other.c.study_instance_uid == plan_items.c.study_instance_uid,
            other.c.state.in_([state.value for state in UNFINISHED]),
        )
        query = select(plan_items.c.plan_id).select_from(plan_items.join(studies, same_study))
        only_here = query.where(plan_items.c.plan_id == plan_id, and_(*unfinished), ~beside).limit(1)
        with self._database.read() as connection:
            return connection.execute(only_here).first() is None

    def plan_progress(self, plan_id: str, batch_id: str, *, decides: bool = False) -> PlanProgress:
        """What a batch finished of a plan, and what is left of it. A study of unknown size counts as one object.

        What is left is told by the kept count. Where it `decides` what is done, a kept count that does not agree with
        the studies on whether anything is left at all is not believed: nothing is done by a count that went wrong.
        """
        with self._database.read() as connection:
            return progress_of(connection, plan_id, batch_id, decides=decides)

    def approve(self, plan_id: str, event: NewEvent) -> PlanRow:
        """Bind `event.actor` to the plan; a second approval by the same person changes nothing.

        Raises `PlanError` when the plan is unknown or superseded, ValueError when nobody is named.
        """
        if not event.actor:
            raise ValueError("an approval without a person")
        with self._database.begin() as connection:
            connection.execute(select(chain_head.c.seq).with_for_update()).one()  # one person after the other
            plan = _plan_row(connection, self._context, plan_id)
            if plan is None:
                raise PlanError(
                    Sentence(f"This ledger has no plan {plan_id}.", f"Dit logboek heeft geen plan {plan_id}.")
                )
            if plan.superseded:
                raise PlanError(
                    Sentence(
                        f"Plan {plan_id} was superseded by a newer one.",
                        f"Plan {plan_id} is vervangen door een nieuwer plan.",
                    )
                )
            if any(approval.person == event.actor for approval in plan.approvals):
                return plan
            given = {
                "at": utc_text(event.at),
                "utc_offset": offset_text(event.at),
                "system_account": self._context.system_account,
            }
            put(connection, approvals, {"plan_id": plan_id, "approver": event.actor}, given)
            append(connection, self._context, (replace(event, details={**event.details, "digest": plan.digest}),))
            keep_checkpoint(connection, self._context, event.at)
            approved = _plan_row(connection, self._context, plan_id)
        assert approved is not None
        return approved

    def withdraw(self, plan_id: str, event: NewEvent) -> PlanRow:
        """Write down that `event.actor` takes the plan back. Raises `PlanError` when the plan is unknown."""
        with self._database.begin() as connection:
            plan = _plan_row(connection, self._context, plan_id)
            if plan is None:
                raise PlanError(
                    Sentence(f"This ledger has no plan {plan_id}.", f"Dit logboek heeft geen plan {plan_id}.")
                )
            append(connection, self._context, (event,))
        return replace(plan, withdrawn=True)


def _item_values(plan_id: str, item: PlanItem, known: Mapping[str, str]) -> tuple[object, ...]:
    """A row of `plan_items`, in the order of its columns. Studies without a patient number share nothing."""
    uid = item.study_instance_uid
    return plan_id, uid, known.get(uid) or f"study {uid}", item.state.value, "", item.fingerprint, item.instances


def _save_head(connection: Connection, plan: PlanRow, *, supersedes: bool = True) -> None:
    connection.execute(insert(plans).values(_plan_values(plan)))
    if not supersedes:
        return
    approved = exists().where(approvals.c.plan_id == plans.c.plan_id)
    older = (plans.c.kind == plan.kind.value) & (plans.c.plan_id != plan.plan_id) & ~approved
    connection.execute(update(plans).where(older).values(superseded=1))


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


def _plan_row(connection: Connection, context: LedgerContext, plan_id: str) -> PlanRow | None:
    """The head; what a plan is and who stands for it is not for a table to say."""
    row = connection.execute(select(plans).where(plans.c.plan_id == plan_id)).first()
    if row is None:
        return None
    made = making_of(connection, context, plan_id)
    digest = str(made.details.get("digest", "")) if made else ""
    given = approvals_of(connection, context, plan_id, digest) if digest else ()
    return PlanRow(
        plan_id=row.plan_id,
        kind=PlanKind(row.kind),
        digest=digest,
        path=row.path,
        created_at=moment_of(row.created_at),
        created_by=made.person if made else row.created_by,
        planned=row.planned,
        planner=made.account if made else "",
        deciders=tuple(json.loads(str(made.details.get(DECIDERS, "[]")))) if made else (),
        decider_names=tuple(json.loads(str(made.details.get(DECIDER_NAMES, "[]")))) if made else (),
        approvals=tuple(Approval(event.person, event.at, event.account) for event in given),
        superseded=bool(row.superseded),
        withdrawn=_is_withdrawn(connection, plan_id),
        files={name: str(made.details[name]) for name in PLAN_FILES if name in made.details} if made else {},
    )


def _is_withdrawn(connection: Connection, plan_id: str) -> bool:
    """As the chain says: nothing in a table can be put back to make such a plan executable again."""
    kind: ColumnElement[str] = literal_column(f"'{EventType.WITHDRAWN.value}'")  # for SQLite's partial index
    told = exists().where(events.c.plan == plan_id, events.c.type == kind)
    return bool(connection.execute(select(told)).scalar())
