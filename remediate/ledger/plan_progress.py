"""What is left of a plan, kept beside it and moved along with each study: counting a million anew takes seconds.

A row of `plan_left` is exact, or it is not there. Whoever changes the state of studies asks before (`left_among`) and
tells after (`move_left`), as the last thing in the transaction: then it holds the head of the chain, so that nobody
counts between the two. Decides nothing, and is not believed where whether anything is left decides something.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, delete, func, literal_column, select, update

from remediate.ledger.fast_sql import put
from remediate.ledger.left_to_do import left_to_do
from remediate.ledger.patients import CHUNK
from remediate.ledger.tables.schema import chain_head, plan_items, plan_left, plans
from remediate.ledger.tables.study import studies
from remediate.records.ledger import PlanProgress
from remediate.records.states import State

Counted = tuple[int, int]
"""Studies and objects."""

Left = Mapping[str, Counted]
"""By plan."""

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
    _keep(connection, plan_id, *_count(connection, plan_id))


def keep_left_if_wrong(connection: Connection, plan_id: str) -> None:
    """The same, where nothing is kept or what is kept cannot be."""
    if _kept(connection, plan_id, decides=True) is None:
        keep_left(connection, plan_id)


def keep_all_left(connection: Connection, plan_id: str) -> None:
    """After a plan moved many studies at once: count anew what is kept. All of the plan's own are left, and still ours;
    what it superseded is begun no more, and not kept."""
    _hold_still(connection)
    superseded = select(plans.c.plan_id).where(plans.c.superseded == 1)
    connection.execute(delete(plan_left).where(plan_left.c.plan_id.in_(superseded)))
    for known in connection.execute(select(plan_left.c.plan_id).order_by(plan_left.c.plan_id)).scalars().all():
        keep_left(connection, known)
    own = select(func.count(), func.coalesce(func.sum(_OBJECTS), 0)).where(plan_items.c.plan_id == plan_id)
    _keep(connection, plan_id, *connection.execute(own).one())


def wrongly_kept(connection: Connection) -> Iterator[tuple[str, Counted, Counted]]:
    """Plans of which another number is kept than a count of all studies finds: what is kept, and what is found."""
    for plan_id, *kept in connection.execute(select(plan_left).order_by(plan_left.c.plan_id)).all():
        found = _count(connection, plan_id)
        if tuple(kept) != found:
            yield plan_id, (kept[0], kept[1]), found


def progress_of(connection: Connection, plan_id: str, batch_id: str, *, decides: bool = False) -> PlanProgress:
    """What a batch finished of a plan, and what is left of it."""
    left = _kept(connection, plan_id, decides=decides) or _count(connection, plan_id)
    done = (0, 0)
    if batch_id:
        finished = plan_items.c.state.in_([State.VERIFIED.value, State.ROLLED_BACK.value])
        ours = (plan_items.c.plan_id == plan_id, plan_items.c.batch_id == batch_id, plan_items.c.batch_id != _EMPTY)
        query = select(func.count(), func.coalesce(func.sum(_OBJECTS), 0)).where(*ours, finished)
        number, objects = connection.execute(query).one()
        done = int(number), int(objects)
    return PlanProgress(*done, *left)


def _kept(connection: Connection, plan_id: str, *, decides: bool) -> Counted | None:
    """None where no count is kept; also where, before something is decided, the studies themselves say otherwise."""
    query = select(plan_left.c.studies, plan_left.c.objects).where(plan_left.c.plan_id == plan_id)
    kept = connection.execute(query).first()
    if kept is None:
        return None
    if decides:
        same_study, *conditions = left_to_do()
        ours = select(plan_items.c.plan_id).select_from(plan_items.join(studies, same_study))
        found = connection.execute(ours.where(plan_items.c.plan_id == plan_id, *conditions).limit(1)).first()
        if (kept.studies > 0) is (found is None):
            return None
    return kept.studies, kept.objects


def _keep(connection: Connection, plan_id: str, number: int, objects: int) -> None:
    put(connection, plan_left, {"plan_id": plan_id}, {"studies": int(number), "objects": int(objects)})


def _count(connection: Connection, plan_id: str) -> Counted:
    same_study, *conditions = left_to_do()
    query = (
        select(func.count(), func.coalesce(func.sum(_OBJECTS), 0))
        .select_from(plan_items.join(studies, same_study))
        .where(plan_items.c.plan_id == plan_id, *conditions)
    )
    number, objects = connection.execute(query).one()
    return int(number), int(objects)


def _hold_still(connection: Connection) -> None:
    connection.execute(select(chain_head.c.seq).with_for_update()).one()
