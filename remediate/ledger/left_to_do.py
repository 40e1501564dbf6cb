"""The one condition under which a plan still has work with a study, as SQL; hands out and counts nothing itself."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_

from remediate.ledger.tables.schema import plan_items, plans
from remediate.ledger.tables.study import studies
from remediate.records.ledger import PlanKind
from remediate.records.states import MOVES, OPEN, UNFINISHED, State

REVERSIBLE = tuple(state for state in MOVES if state in OPEN or State.INTENT in MOVES[state])
"""States of a study from which a roll-back can start or go on; a correction only from those of `UNFINISHED`."""


def left_to_do() -> tuple[ColumnElement[bool], ...]:
    """Conditions on a row of `plan_items` and the row of `studies` that belongs to it."""
    return (
        studies.c.study_instance_uid == plan_items.c.study_instance_uid,
        plan_items.c.state.in_([state.value for state in UNFINISHED]),
        or_(
            studies.c.state.in_([state.value for state in UNFINISHED]),
            studies.c.state.in_([state.value for state in REVERSIBLE])
            & exists().where(plans.c.plan_id == plan_items.c.plan_id, plans.c.kind == PlanKind.ROLLBACK.value),
        ),
    )
