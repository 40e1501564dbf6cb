"""Studies a page at a time, by state and reason or by plan: for whoever looks on, however many there are."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select

from remediate.ledger.store import Room
from remediate.ledger.tables.schema import plan_items
from remediate.ledger.tables.study import studies
from remediate.records.states import State

MANY = 20_000
"""Studies of a group from which on walking all in order finds a page sooner than sorting the group."""


class StudyPageRoom(Room):
    """Study Instance UIDs in order; nothing is decrypted."""

    def study_page(self, *, state: State, reason: str | None, after: str = "", limit: int = 50) -> tuple[str, ...]:
        """The studies after `after` that stand in this state, for this reason where one is named. Of many, the database
        is kept from gathering them all."""
        uid = studies.c.study_instance_uid
        standing: ColumnElement[str] = studies.c.state
        why: ColumnElement[str] = studies.c.reason
        group = select(uid).where(standing == state.value).limit(MANY + 1)
        group = group if reason is None else group.where(why == reason)
        with self._database.read() as connection:
            if connection.execute(select(func.count()).select_from(group.subquery())).scalar_one() > MANY:
                standing, why = func.coalesce(standing, ""), func.coalesce(why, "")
            query = select(uid).where(standing == state.value, uid > after).order_by(uid).limit(limit)
            query = query if reason is None else query.where(why == reason)
            return tuple(connection.execute(query).scalars())

    def planned_page(self, plan_id: str, *, after: str = "", limit: int = 50) -> tuple[str, ...]:
        """The studies after `after` that a plan corrects or rolls back."""
        uid = plan_items.c.study_instance_uid
        query = select(uid).where(plan_items.c.plan_id == plan_id, uid > after).order_by(uid).limit(limit)
        with self._database.read() as connection:
            return tuple(connection.execute(query).scalars())

    def plans_of(self, study_instance_uid: str) -> tuple[str, ...]:
        """The plans that correct this study or roll it back, by name."""
        query = select(plan_items.c.plan_id).where(plan_items.c.study_instance_uid == study_instance_uid)
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))
