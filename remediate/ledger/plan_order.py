"""Puts a plan's patients in their order, in one statement: who needs it first, and by turns who waited longest.

The order says when, never whether: it is no part of what a plan decides, of its digest or of what is approved.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from remediate.ledger.tables.need import needs
from remediate.ledger.tables.schema import UnitState, plan_items, plans, work_units
from remediate.ledger.tables.study import studies
from remediate.records.needs import STEP, Need, OrderBy, Ordering
from remediate.records.states import UNFINISHED

KINDS = ("inflow", "patient", "study", "sort")
"""Kinds of needs, the most urgent first: of those that a study has the first one counts."""

_FIRST_DATE = "1900"
_DAY = len("2026-11-29")


def add_units(connection: Connection, plan_id: str, ordering: Ordering | None) -> None:
    """A unit of work for each patient of the plan, in its order; without one as their pseudonyms happen to sort."""
    if ordering is None:
        units = select(plan_items.c.plan_id, plan_items.c.patient_key).where(plan_items.c.plan_id == plan_id)
        ordered: Select[Any] = units.distinct().order_by(plan_items.c.patient_key)
        connection.execute(insert(work_units).from_select(["plan_id", "patient_key"], ordered))
        return
    ordered = _places(_by_patient(connection, plan_id, ordering), ordering, plan_id)
    connection.execute(insert(work_units).from_select(["plan_id", "patient_key", "place", "rank"], ordered))


def order_again(connection: Connection, plan_id: str, ordering: Ordering) -> int:
    """Put what is left of a plan in the order of now; answers how many patients that are. Whom a worker has in hand
    keeps its place. Two who do so at once wait for each other."""
    connection.execute(select(plans.c.plan_id).where(plans.c.plan_id == plan_id).with_for_update()).all()
    _scratch.create_all(connection, checkfirst=False)
    ordered = _places(_by_patient(connection, plan_id, ordering), ordering, plan_id)
    connection.execute(insert(_placed).from_select(["plan_id", "patient_key", "place", "rank"], ordered))
    ours = (work_units.c.plan_id == _placed.c.plan_id) & (work_units.c.patient_key == _placed.c.patient_key)
    free = work_units.c.state != UnitState.CLAIMED.value
    values = {"place": _placed.c.place, "rank": _placed.c.rank}
    moved = connection.execute(update(work_units).where(ours, free).values(values))
    _scratch.drop_all(connection, checkfirst=False)
    return moved.rowcount


_scratch = MetaData()
_placed = Table(
    "plan_placed",
    _scratch,
    Column("plan_id", work_units.c.plan_id.type),
    Column("patient_key", work_units.c.patient_key.type, primary_key=True),
    Column("place", BigInteger, nullable=False),
    Column("rank", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)


def _by_patient(connection: Connection, plan_id: str, ordering: Ordering) -> Select[Any]:
    """Each patient with the most urgent of its studies, the newest and the oldest, and since when we know of it."""
    joined = plan_items.join(studies, studies.c.study_instance_uid == plan_items.c.study_instance_uid)
    rank: ColumnElement[Any] = literal(Need.NEWEST * STEP)
    if ordering.by is OrderBy.NEED:
        found: list[ColumnElement[Any]] = []
        for kind in kept_kinds(connection):
            need = needs.alias(kind)
            same = and_(need.c.kind == kind, need.c.need_key == _key_of(kind, ordering))
            joined = joined.outerjoin(need, same)
            found.append(need.c.rank)
        rank = func.coalesce(*found, rank) if found else rank
    made = study_day(ordering)
    return (
        select(
            plan_items.c.patient_key.label("patient_key"),
            func.min(rank).label("rank"),
            func.max(made).label("newest"),
            func.min(made).label("oldest"),
            func.min(func.substr(studies.c.first_seen, 1, _DAY)).label("since"),
            func.min(plan_items.c.study_instance_uid).label("uid"),
        )
        .select_from(joined)
        .where(plan_items.c.plan_id == plan_id, plan_items.c.state.in_([state.value for state in UNFINISHED]))
        .group_by(plan_items.c.patient_key)
    )


def _key_of(kind: str, ordering: Ordering) -> ColumnElement[Any]:
    if kind == "patient":
        return plan_items.c.fingerprint
    return sort_key(ordering) if kind == "sort" else plan_items.c.study_instance_uid


def kept_kinds(connection: Connection) -> list[str]:
    """The kinds of needs of which there are any, the most urgent first."""
    return [kind for kind in KINDS if connection.execute(select(exists().where(needs.c.kind == kind))).scalar()]


def study_day(ordering: Ordering) -> ColumnElement[Any]:
    """A Study Date, "" where it is none or lies ahead: such a study is not the newest."""
    today = f"{ordering.today:%Y%m%d}"
    made = studies.c.study_date
    return case((and_(made >= _FIRST_DATE, made <= today), made), else_="")


def sort_key(ordering: Ordering) -> ColumnElement[Any]:
    """The kind of study, as `KindOfStudy.key` spells it."""
    made, today = studies.c.study_date, f"{ordering.today:%Y%m%d}"
    is_past = and_(func.length(made) == len(today), made <= today)
    ages = [(and_(is_past, made > edge), str(age)) for age, edge in enumerate(ordering.edges)]
    return studies.c.modalities + "\x1f" + study_place() + "\x1f" + case(*ages, else_=str(len(ages)))


def study_place() -> ColumnElement[Any]:
    """The department that asked for a study, or the institution where none is known."""
    return func.coalesce(func.nullif(studies.c.referring_department, ""), studies.c.institution_name)


def _places(patients: Select[Any], ordering: Ordering, plan_id: str) -> Select[Any]:
    """Each patient's place. Of `longest_waiting` places one is kept for who waited longest; who has two places, one
    by need and one by waiting, comes at the first of them. So nobody comes later than so many times as late as by
    waiting alone, whatever is more urgent and comes in meanwhile."""
    found = patients.subquery()
    order = [found.c.rank, found.c.newest.desc(), found.c.uid]
    if ordering.by is OrderBy.UID:
        by_uid = func.row_number().over(order_by=found.c.uid)
        return select(literal(plan_id), found.c.patient_key, by_uid, literal(Need.NEWEST * STEP)).order_by(by_uid)
    ranked = select(
        found.c.patient_key,
        found.c.rank,
        func.row_number().over(order_by=order).label("by_need"),
        func.row_number().over(order_by=[found.c.since, found.c.oldest, found.c.uid]).label("by_waiting"),
    ).subquery()
    every = ordering.longest_waiting
    by_need = ranked.c.by_need + (ranked.c.by_need - 1).op("/", precedence=8)(every - 1)  # in whole numbers
    by_waiting = ranked.c.by_waiting * every
    place = case((by_need < by_waiting, by_need), else_=by_waiting)
    return select(literal(plan_id), ranked.c.patient_key, place, ranked.c.rank).order_by(place)
