"""Keeps a plan over the whole inventory in a few statements, however many studies it has; decides nothing.

Most studies follow from what was decided about their headers; the database joins the two by itself. Only studies that
were decided alone are named one by one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from remediate.ledger.fast_sql import insert_rows, use_memory
from remediate.ledger.plan_order import add_units
from remediate.ledger.tables.decision import decisions
from remediate.ledger.tables.schema import plan_items
from remediate.ledger.tables.study import studies
from remediate.records.ledger import Decided
from remediate.records.needs import Ordering
from remediate.records.states import State, may_move

CACHE_BYTES = 256 << 20
"""With less, pages that change again and again are written out in between."""

GROUP = 20_000
"""Rows handed to the database at once."""

_APART = [state.value for state in State if state is State.FAILED or not may_move(state, State.REVIEW)]
"""States in which a study is never decided by its headers. Named as an exclusion: an index on the state, whose entries
move while they are read, would cost twice the time of walking through the studies."""


class MovedError(ValueError):
    """Studies do not stand where they stood when they were judged."""


_scratch = MetaData()
_alone = Table(
    "plan_alone",
    _scratch,
    Column("study_instance_uid", studies.c.study_instance_uid.type, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("stays", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


def decide_studies(
    connection: Connection, alone: Iterable[Decided], *, plan_id: str, moment: str, ordering: Ordering | None = None
) -> int:
    """Give every study its state and first reason, and the plan its studies and units of work; answers how many.

    Within the caller's transaction. Raises ValueError when a study may not make its move, or is not known.
    """
    use_memory(connection, CACHE_BYTES)
    _scratch.create_all(connection, checkfirst=False)
    named = _fill(connection, _alone, ((*decided[:-1], int(decided.stays)) for decided in alone))
    _decide_by_headers(connection, plan_id, moment)
    _decide_alone(connection, plan_id, moment, named)
    planned = _add_items(connection, plan_id)
    add_units(connection, plan_id, ordering)
    _scratch.drop_all(connection, checkfirst=False)
    return planned


def _fill(connection: Connection, table: Table, rows: Iterable[tuple[object, ...]]) -> int:
    count = 0
    remaining = iter(rows)
    while part := list(islice(remaining, GROUP)):
        insert_rows(connection, table, part)
        count += len(part)
    return count


def _decide_by_headers(connection: Connection, plan_id: str, moment: str) -> None:
    """A verified study that is still correct stays verified, so that `verify` finds it; what is so already is left."""
    is_planned = decisions.c.state == State.PLANNED.value
    news = or_(studies.c.state != decisions.c.state, studies.c.reason != decisions.c.reason, is_planned)
    still_right = (studies.c.state == State.VERIFIED.value) & (decisions.c.state == State.CORRECT.value)
    named = exists().where(_alone.c.study_instance_uid == studies.c.study_instance_uid)
    for planned in (False, True):
        values = {"state": decisions.c.state, "reason": decisions.c.reason, "changed_at": moment}
        if planned:
            values["plan_id"] = plan_id
        connection.execute(
            update(studies)
            .where(studies.c.headers_id == decisions.c.headers_id, studies.c.state.not_in(_APART), news)
            .where(is_planned if planned else ~is_planned, ~still_right, ~named)
            .values(values)
        )


def _decide_alone(connection: Connection, plan_id: str, moment: str, named: int) -> None:
    same = studies.c.study_instance_uid == _alone.c.study_instance_uid
    known = select(_alone.c.study_instance_uid).where(exists().where(same))
    if len(connection.execute(known).all()) != named:
        raise ValueError("a decision about a study that was never surveyed")
    for new in State:
        ours = (_alone.c.stays == 0) & (_alone.c.state == new.value)
        allowed = [old.value for old in State if may_move(old, new)]
        wanted = connection.execute(select(_alone.c.study_instance_uid).where(ours)).all()
        if not wanted:
            continue
        values = {"state": new.value, "reason": _alone.c.reason, "changed_at": moment}
        if new is State.PLANNED:
            values["plan_id"] = plan_id
        moved = connection.execute(update(studies).where(same, ours, studies.c.state.in_(allowed)).values(values))
        if moved.rowcount != len(wanted):
            raise MovedError(f"a study that may not become {new.value}")


def _add_items(connection: Connection, plan_id: str) -> int:
    """The plan's studies. Those without a patient number share nothing, so each is a unit of its own."""
    ours = studies.c.plan_id == plan_id  # which no study had before
    key = func.coalesce(func.nullif(studies.c.patient_key, ""), literal("study ") + studies.c.study_instance_uid)
    names = ["plan_id", "study_instance_uid", "patient_key", "state", "fingerprint", "instances"]
    named = exists().where(_alone.c.study_instance_uid == studies.c.study_instance_uid)
    for table, joined in (
        (decisions, (studies.c.headers_id == decisions.c.headers_id) & ~named),
        (_alone, (studies.c.study_instance_uid == _alone.c.study_instance_uid) & (_alone.c.stays == 0)),
    ):
        rows = (
            select(
                literal(plan_id),
                studies.c.study_instance_uid,
                key,
                literal(State.PLANNED.value),
                table.c.fingerprint,
                studies.c.instances,
            )
            .where(ours, joined)
            .order_by(studies.c.study_instance_uid)
        )
        connection.execute(insert(plan_items).from_select(names, rows))
    return connection.execute(select(func.count()).where(plan_items.c.plan_id == plan_id)).scalar_one()
