"""What is left of a plan, kept beside it and moved along with each study: counting a million anew takes seconds.

A row of `plan_left` is exact, or it is not there. Whoever changes the state of studies asks before (`left_among`) and
tells after (`move_left`), as the last thing in the transaction: then it holds the head of the chain, so that nobody
counts between the two. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, literal_column, select, update

from remediate.ledger.fast_sql import put
from remediate.ledger.left_to_do import left_to_do
from remediate.ledger.patients import CHUNK
from remediate.ledger.tables.schema import chain_head, plan_items, plan_left, plans
from remediate.ledger.tables.study import studies
from remediate.records.ledger import PlanProgress
from remediate.records.states import State

Left = Mapping[str, tuple[int, int]]
"""By plan: studies and objects."""

_EMPTY: ColumnElement[str] = literal_column("''")  # said beside the filter, for SQLite to take the index
_OBJECTS = func.coalesce(plan_items.c.instances, 1)
"""A study of unknown size counts as one object."""


def left_among(connection: Connection, study_instance_uids: Collection[str]) -> Left:
    """What each plan of which the count is kept has left of these studies."""
    same_study, *conditions = left_to_do()
    uids = sorted(study_instance_uids)
    found: dict[str, tuple[int, int]] = dict.fromkeys(connection.execute(select(plan_left.c.plan_id)).scalars(), (0, 0))
    for start in range(0, len(uids) if found else 0, CHUNK):
        theirs = plan_items.c.study_instance_uid.in_(uids[start : start + CHUNK])
        query = (
            select(plan_items.c.plan_id, func.count(), func.sum(_OBJECTS))
            .select_from(plan_items.join(studies, same_study))
            .where(plan_items.c.plan_id.in_(list(found)), theirs, *conditions)
            .group_by(plan_items.c.plan_id)
        )
        for plan_id, number, objects in connection.execute(query):
            before = found[plan_id]
            found[plan_id] = before[0] + number, before[1] + int(objects)
    return found


def move_left(connection: Connection, study_instance_uids: Collection[str], before: Left) -> None:
    """Bring the kept counts to what stands now; a plan that nobody counted before is not known any more."""
    for plan_id, after in left_among(connection, study_instance_uids).items():
        this = plan_left.c.plan_id == plan_id
        if plan_id not in before:
            connection.execute(delete(plan_left).where(this))
        elif after != before[plan_id]:
            studies_moved, objects_moved = (now - then for now, then in zip(after, before[plan_id], strict=True))
            values = {
                "studies": plan_left.c.studies + studies_moved,
                "objects": plan_left.c.objects + objects_moved,
            }
            connection.execute(update(plan_left).where(this).values(values))


def keep_left(connection: Connection, plan_id: str) -> None:
    """Count a plan and keep it, while no study moves."""
    _hold_still(connection)
    counted = connection.execute(_counted(plan_id)).one()
    put(connection, plan_left, {"plan_id": plan_id}, {"studies": counted[0], "objects": int(counted[1])})


def keep_left_if_unknown(connection: Connection, plan_id: str) -> None:
    """The same, where it is not kept."""
    known = select(plan_left.c.plan_id).where(plan_left.c.plan_id == plan_id)
    if connection.execute(known).first() is None:
        keep_left(connection, plan_id)


def keep_all_left(connection: Connection, plan_id: str) -> None:
    """After many studies moved at once: count anew what is kept, and the plan that moved them; what that one
    superseded is begun no more, and not kept."""
    _hold_still(connection)
    superseded = select(plans.c.plan_id).where(plans.c.superseded == 1)
    connection.execute(delete(plan_left).where(plan_left.c.plan_id.in_(superseded)))
    for known in sorted({plan_id, *connection.execute(select(plan_left.c.plan_id)).scalars()}):
        keep_left(connection, known)


def progress_of(connection: Connection, plan_id: str, batch_id: str) -> PlanProgress:
    """What a batch finished of a plan, and what is left of it."""
    kept = select(plan_left.c.studies, plan_left.c.objects).where(plan_left.c.plan_id == plan_id)
    left = connection.execute(kept).first() or connection.execute(_counted(plan_id)).one()
    done = (0, 0)
    if batch_id:
        finished = plan_items.c.state.in_([State.VERIFIED.value, State.ROLLED_BACK.value])
        ours = (plan_items.c.plan_id == plan_id, plan_items.c.batch_id == batch_id, plan_items.c.batch_id != _EMPTY)
        query = select(func.count(), func.coalesce(func.sum(_OBJECTS), 0)).where(*ours, finished)
        done = connection.execute(query).one()._tuple()
    return PlanProgress(int(done[0]), int(done[1]), int(left[0]), int(left[1]))


def _counted(plan_id: str) -> Select[int, Any]:
    same_study, *conditions = left_to_do()
    return (
        select(func.count(), func.coalesce(func.sum(_OBJECTS), 0))
        .select_from(plan_items.join(studies, same_study))
        .where(plan_items.c.plan_id == plan_id, *conditions)
    )


def _hold_still(connection: Connection) -> None:
    connection.execute(select(chain_head.c.seq).with_for_update()).one()
