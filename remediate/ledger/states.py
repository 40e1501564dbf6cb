"""The one function through which a study changes state: state, reason, plan, intent and event go together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from remediate.ledger.events import append
from remediate.ledger.plan_progress import left_among, move_left
from remediate.ledger.store import LedgerContext
from remediate.ledger.tables.schema import IntentOutcome, intents, plan_items
from remediate.ledger.tables.study import studies
from remediate.ledger.times import utc_text
from remediate.records.ledger import AS_FOUND, NewEvent
from remediate.records.states import DONE, State, may_move

STATE_BEFORE = "state_before"
"""In the details of an event that moved a study: from where. Other events only say where the study stands."""

INDEX_CHANGED = "index-changed"
"""The reason of a move to SURVEYED: the archive's index says something else than it did."""

LEFT_ALONE = "left_alone"
"""True in the details of an event by which a plan is done with a study that it did not move."""

_KEEPS_INTENT = frozenset({State.INTENT, State.STORED, State.FAILED, State.QUARANTINED, State.ROLLED_BACK})
"""States in which an intent stays open, or (rolled back) ends in a way of its own."""


def change_state(
    connection: Connection,
    context: LedgerContext,
    study_instance_uid: str,
    new: State,
    event: NewEvent,
    *,
    plan_id: str = "",
    attempt: bool = True,
) -> None:
    """Move one study within the caller's transaction. Raises ValueError on a move that the state machine forbids.

    FAILED adds an attempt unless it is none; VERIFIED and ROLLED_BACK forget the attempts. The progress of the plan
    named by `plan_id`, else by the event, else by the study, moves along.
    """
    row = connection.execute(
        select(studies.c.state, studies.c.plan_id, studies.c.patient_key, studies.c.found)
        .where(studies.c.study_instance_uid == study_instance_uid)
        .with_for_update()
    ).first()
    if row is None:
        raise ValueError("a study that was never surveyed")
    if not may_move(State(row.state), new):
        raise ValueError(f"no move from {row.state} to {new.value}")
    left = left_among(connection, [study_instance_uid])
    plan = plan_id or event.plan or row.plan_id
    values: dict[str, Any] = {"state": new.value, "reason": event.reason, "changed_at": utc_text(event.at)}
    if plan_id:
        values["plan_id"] = plan_id
    if not row.found and (found := event.details.get(AS_FOUND)):
        values["found"] = found
    if new is State.FAILED and attempt:
        values["attempts"] = studies.c.attempts + 1
    if new in DONE:
        values["attempts"] = 0
    connection.execute(update(studies).where(studies.c.study_instance_uid == study_instance_uid).values(values))
    connection.execute(
        update(plan_items)
        .where(plan_items.c.plan_id == plan, plan_items.c.study_instance_uid == study_instance_uid)
        .values(state=new.value, batch_id=event.batch)
    )
    _settle_intents(connection, study_instance_uid, new)
    complete = replace(
        event,
        study=study_instance_uid,
        state=new,
        patient=event.patient or row.patient_key,
        plan=plan,
        details={**event.details, STATE_BEFORE: row.state},
    )
    append(connection, context, (complete,))
    move_left(connection, [study_instance_uid], left)


def state_of(connection: Connection, study_instance_uid: str) -> State:
    """Where a study stands, until the caller's transaction ends."""
    this = studies.c.study_instance_uid == study_instance_uid
    return State(connection.execute(select(studies.c.state).where(this).with_for_update()).scalar_one())


def let_go(
    connection: Connection, context: LedgerContext, plan_id: str, study_instance_uid: str, event: NewEvent
) -> None:
    """One plan is done with one study, which keeps its state; within the caller's transaction."""
    this = studies.c.study_instance_uid == study_instance_uid
    connection.execute(select(studies.c.state).where(this).with_for_update())  # or a survey moves it between the counts
    left = left_among(connection, [study_instance_uid])
    connection.execute(
        update(plan_items)
        .where(plan_items.c.plan_id == plan_id, plan_items.c.study_instance_uid == study_instance_uid)
        .values(state=State.DRIFTED.value, batch_id=event.batch)
    )
    told = {**event.details, LEFT_ALONE: True}
    append(connection, context, (replace(event, study=study_instance_uid, plan=plan_id, details=told),))
    move_left(connection, [study_instance_uid], left)


def _settle_intents(connection: Connection, study_instance_uid: str, new: State) -> None:
    """Close the open intent when the study is verified, rolled back or let go; a roll-back also undoes what it
    reverses."""
    ours = intents.c.study_instance_uid == study_instance_uid
    is_open = intents.c.outcome == IntentOutcome.OPEN.value
    if new is State.VERIFIED:
        connection.execute(update(intents).where(ours, is_open).values(outcome=IntentOutcome.VERIFIED.value))
    elif new not in _KEEPS_INTENT:
        connection.execute(update(intents).where(ours, is_open).values(outcome=IntentOutcome.DROPPED.value))
    elif new is State.ROLLED_BACK:
        is_verified = intents.c.outcome == IntentOutcome.VERIFIED.value
        newest = select(func.max(intents.c.intent_id)).where(ours, is_verified).scalar_subquery()
        outcome = case((is_open, IntentOutcome.UNDO.value), else_=IntentOutcome.UNDONE.value)
        connection.execute(
            update(intents)
            .where(ours, is_open | (is_verified & (intents.c.intent_id == newest)))
            .values(outcome=outcome)
        )
