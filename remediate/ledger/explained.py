"""The tables that decide, compared with the events: every row that no event explains, every event whose row is gone.

Whoever can write in the database can set all planned studies to verified without touching the chain, which would
prove all the same. Needs no key; changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, text

from remediate.digests import sha256_text
from remediate.ledger.database_faults import ChainFault, problem
from remediate.ledger.plan_progress import wrongly_kept
from remediate.ledger.proof.bound_rows import ITEMS, STATES, SUPERSEDES, digest_of_items, digest_of_states
from remediate.ledger.reviews import ROW_DIGEST
from remediate.ledger.settings import FACT, FACT_DIGEST
from remediate.ledger.states import LEFT_ALONE, STATE_BEFORE
from remediate.ledger.tables.schema import (
    approvals,
    batches,
    facts,
    intents,
    plan_items,
    plan_left,
    plans,
    reviews,
)
from remediate.ledger.tables.study import studies
from remediate.reasons.study import AccessReason
from remediate.records.ledger import ChainProblem, EventType, PlanKind
from remediate.records.states import State, may_move

COMPARED: Mapping[Table, tuple[str, ...]] = {
    plans: tuple(plans.c.keys()),
    approvals: tuple(approvals.c.keys()),
    batches: tuple(batches.c.keys()),
    facts: tuple(facts.c.keys()),
    reviews: tuple(reviews.c.keys()),
    studies: ("study_instance_uid", "state"),
    plan_items: ("plan_id", "study_instance_uid", "patient_key", "state", "fingerprint", "instances"),
    plan_left: tuple(plan_left.c.keys()),
    intents: ("study_instance_uid", "plan_id", "outcome"),
}
"""What is read of which table: identifiers, codes, keyed and sealed values, as the events hold them too."""

FACTS_SINCE = 7
"""Schema under which events began to name the facts that they set."""

_MOST = 100
"""Rows named of each kind."""

_DECIDED = ", ".join(f"'{state}'" for state in ("correct", "planned", "review", "excluded"))
_APART = ", ".join(f"'{state.value}'" for state in State if not may_move(state, State.REVIEW))
_LET_GO = f"""details LIKE '%"{LEFT_ALONE}"\\:true%'"""  # a colon before a word would be a parameter
_ITEM = f"CASE WHEN e.seq IS NULL THEN 'planned' WHEN e.{_LET_GO} THEN 'drifted' ELSE e.state END"
_MOVED = f"""details LIKE '%"{STATE_BEFORE}":"%'"""

# The last event that says where a study stands. A plan decides many studies by one event; what follows it is exact.
_LAST = "SELECT study, max(seq) AS seq FROM events WHERE study <> '' AND state <> '' GROUP BY study"
_STATES = f"""
SELECT s.study_instance_uid, s.state, coalesce(e.seq, 0) AS seq, coalesce(e.state, 'surveyed') AS told
FROM studies s LEFT JOIN ({_LAST}) l ON l.study = s.study_instance_uid LEFT JOIN events e ON e.seq = l.seq
WHERE CASE
    WHEN e.seq > :plan THEN s.state <> e.state
    WHEN s.state IN ({_DECIDED}) AND s.state <> coalesce(e.state, 'surveyed')
        THEN :plan = 0 OR coalesce(e.state, 'surveyed') IN ({_APART})
    ELSE s.state <> coalesce(e.state, 'surveyed') END
ORDER BY s.study_instance_uid LIMIT {_MOST}"""  # noqa: S608 - our own names and codes

_PLANNED = f"""
SELECT s.study_instance_uid, s.state, coalesce(l.seq, 0) AS seq
FROM studies s LEFT JOIN ({_LAST}) l ON l.study = s.study_instance_uid LEFT JOIN events e ON e.seq = l.seq
LEFT JOIN plan_items i ON i.plan_id = :plan_id AND i.study_instance_uid = s.study_instance_uid
WHERE coalesce(l.seq, 0) < :plan AND CASE WHEN i.plan_id IS NULL THEN s.state = 'planned'
    ELSE s.state IN ('correct', 'review', 'excluded') OR (s.state = 'surveyed' AND coalesce(e.state, '') <> 'surveyed')
    END
ORDER BY s.study_instance_uid LIMIT {_MOST}"""  # noqa: S608

_NO_STUDY = f"""
SELECT l.study, l.seq FROM ({_LAST}) l
WHERE NOT EXISTS (SELECT 1 FROM studies s WHERE s.study_instance_uid = l.study)
ORDER BY l.seq LIMIT {_MOST}"""  # noqa: S608

# How far a plan came with each of its studies. Events of older releases do not say which of them moved a study.
_PROGRESS = f"""
SELECT i.plan_id, i.study_instance_uid, i.state, coalesce(e.seq, 0) AS seq, {_ITEM} AS told
FROM plan_items i LEFT JOIN (
    SELECT plan, study, max(seq) AS seq FROM events WHERE study <> '' AND ((state <> '' AND {_MOVED}) OR {_LET_GO})
    GROUP BY plan, study
) l ON l.plan = i.plan_id AND l.study = i.study_instance_uid LEFT JOIN events e ON e.seq = l.seq
WHERE i.state <> {_ITEM} AND NOT (e.seq IS NULL AND EXISTS (
    SELECT 1 FROM events o
    WHERE o.study = i.study_instance_uid AND o.study <> '' AND o.plan = i.plan_id AND o.state = i.state))
ORDER BY i.plan_id, i.study_instance_uid LIMIT {_MOST}"""  # noqa: S608

_MOVED_SINCE = f"""
SELECT e.study, e.details FROM events e JOIN (
    SELECT study, min(seq) AS seq FROM events WHERE seq > :plan AND study <> '' AND state <> '' AND {_MOVED}
    GROUP BY study
) f ON f.seq = e.seq"""  # noqa: S608

_INTENTS = f"""
SELECT i.study_instance_uid, i.plan_id, count(*) AS number, (
    SELECT count(*) FROM events e WHERE e.study = i.study_instance_uid AND e.study <> '' AND e.type = 'intent'
    AND e.plan = i.plan_id) AS told
FROM intents i GROUP BY i.study_instance_uid, i.plan_id
HAVING count(*) <> (
    SELECT count(*) FROM events e WHERE e.study = i.study_instance_uid AND e.study <> '' AND e.type = 'intent'
    AND e.plan = i.plan_id)
ORDER BY i.study_instance_uid LIMIT {_MOST}"""  # noqa: S608

_NO_INTENT = f"""
SELECT e.study, min(e.seq) AS seq FROM events e WHERE e.study <> '' AND e.type = 'intent' AND NOT EXISTS (
    SELECT 1 FROM intents i WHERE i.study_instance_uid = e.study AND i.plan_id = e.plan)
GROUP BY e.study ORDER BY e.study LIMIT {_MOST}"""  # noqa: S608

_OUTCOMES = f"""
SELECT i.study_instance_uid, i.outcome FROM intents i
WHERE i.outcome IN ('verified', 'undone', 'undo') AND NOT EXISTS (
    SELECT 1 FROM events e WHERE e.study = i.study_instance_uid AND e.study <> '' AND e.plan = i.plan_id
    AND e.state = CASE i.outcome WHEN 'undo' THEN 'rolled_back' ELSE 'verified' END)
ORDER BY i.study_instance_uid LIMIT {_MOST}"""  # noqa: S608

_NO_OUTCOME = f"""
SELECT e.study, max(e.seq) AS seq FROM events e
WHERE e.study <> '' AND e.state IN ('verified', 'rolled_back')
AND (e.type IN ('verified', 'rollback') OR e.{_MOVED}) AND NOT EXISTS (
    SELECT 1 FROM intents i WHERE i.study_instance_uid = e.study AND i.plan_id = e.plan
    AND i.outcome IN ('verified', 'undone', 'undo'))
GROUP BY e.study ORDER BY e.study LIMIT {_MOST}"""  # noqa: S608

_SHREDDED = f"""
SELECT b.batch_id, k.batch_id IS NOT NULL AND k.wrapped IS NOT NULL AS readable, coalesce(max(e.seq), 0) AS seq
FROM batches b LEFT JOIN data_keys k ON k.batch_id = b.batch_id
LEFT JOIN events e ON e.batch = b.batch_id AND e.reason = '{AccessReason.OLD_VALUES_SHREDDED.value}'
GROUP BY b.batch_id, k.batch_id, k.wrapped
HAVING (k.wrapped IS NULL) <> (max(e.seq) IS NOT NULL)
ORDER BY b.batch_id LIMIT {_MOST}"""  # noqa: S608

_MAY_SEE_KEYS = "SELECT has_column_privilege('data_keys', 'wrapped', 'SELECT')"

_ABOUT = "'plan-made', 'approved', 'batch-opened', 'batch-closed', 'review-decision', 'ledger-created'"
_EVENTS = f"""
SELECT seq, at, utc_offset, type, actor, study, batch, plan, reason, details, system_account FROM events
WHERE type IN ({_ABOUT}) OR details LIKE '%"{FACT}":"%' ORDER BY seq"""  # noqa: S608


class _Plan(NamedTuple):
    seq: int
    digest: str
    kind: str
    created_by: str
    at: str


@dataclass(slots=True, kw_only=True)
class _Told:
    """What the events tell of plans, approvals, batches, decisions and facts; each with the event's number."""

    plans: dict[str, _Plan] = field(default_factory=dict)
    bound: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # by plan, the digests in its event
    planned: dict[str, int | None] = field(default_factory=dict)
    superseded: set[str] = field(default_factory=set)
    approvals: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)  # at, account
    batches: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # plan, at
    closed: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # at, reason
    decisions: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    facts: dict[str, tuple[int, str]] = field(default_factory=dict)
    schema: int = 1


def unexplained(connection: Connection) -> Iterator[ChainProblem]:
    """Every row and event that do not belong together, by table; none: the tables follow from the chain."""
    told = _listen(connection)
    last = _last_plan(told)
    yield from _states(connection, told, last)
    yield from _items(connection, told)
    yield from _intents(connection)
    yield from _keys(connection)
    for rows in (_plans, _approvals, _batches, _reviews, _facts):
        yield from rows(connection, told)


def _listen(connection: Connection) -> _Told:
    told = _Told()
    for row in connection.execute(text(_EVENTS)):
        details = json.loads(row.details)
        if row.type in _LISTENERS:
            _LISTENERS[row.type](told, row, details)
        if FACT in details and FACT_DIGEST in details:
            told.facts[details[FACT]] = (row.seq, details[FACT_DIGEST])
    return told


def _hear_plan(told: _Told, row: Row[Any], details: Mapping[str, Any]) -> None:
    kind = details.get("kind") or (PlanKind.ROLLBACK if "rollback" in details else PlanKind.CORRECT).value
    approved = {plan for plan, _ in told.approvals}
    if details.get(SUPERSEDES, True):
        told.superseded |= {name for name, plan in told.plans.items() if plan.kind == kind and name not in approved}
    told.plans[row.plan] = _Plan(row.seq, details.get("digest", ""), kind, row.actor, row.at)
    told.bound[row.plan] = details
    told.planned[row.plan] = details.get("planned", details.get("rollback"))


def _hear_approval(told: _Told, row: Row[Any], _details: Mapping[str, Any]) -> None:
    told.approvals[row.plan, row.actor] = (row.seq, row.at, row.system_account)


def _hear_opening(told: _Told, row: Row[Any], _details: Mapping[str, Any]) -> None:
    told.batches[row.batch] = (row.seq, row.plan, row.at)


def _hear_closing(told: _Told, row: Row[Any], _details: Mapping[str, Any]) -> None:
    told.closed[row.batch] = (row.seq, row.at, row.reason)


def _hear_decision(told: _Told, row: Row[Any], details: Mapping[str, Any]) -> None:
    told.decisions[row.study] = (row.seq, details.get(ROW_DIGEST))


def _hear_creation(told: _Told, _row: Row[Any], details: Mapping[str, Any]) -> None:
    told.schema = int(details.get("schema", 1))


_LISTENERS: Mapping[str, Callable[[_Told, Row[Any], Mapping[str, Any]], None]] = {
    EventType.PLANNED.value: _hear_plan,
    EventType.APPROVED.value: _hear_approval,
    EventType.BATCH_OPENED.value: _hear_opening,
    EventType.BATCH_CLOSED.value: _hear_closing,
    EventType.REVIEW_DECISION.value: _hear_decision,
    EventType.LEDGER_CREATED.value: _hear_creation,
}


def _last_plan(told: _Told) -> str:
    """The newest plan that gave every study its state; "" when there is none."""
    return max(
        (name for name, plan in told.plans.items() if plan.kind == PlanKind.CORRECT.value and _judged_all(told, name)),
        key=lambda name: told.plans[name].seq,
        default="",
    )


def _judged_all(told: _Told, plan_id: str) -> bool:
    return bool(told.bound[plan_id].get(SUPERSEDES, True))


def _differs(where: str, seq: int = 0) -> ChainProblem:
    return problem(seq, ChainFault.ROW_UNEXPLAINED, where=where)


def _gone(where: str, seq: int) -> ChainProblem:
    return problem(seq, ChainFault.ROW_MISSING, where=where)


def _states(connection: Connection, told: _Told, last: str) -> Iterator[ChainProblem]:
    since = told.plans[last].seq if last else 0
    found = False
    for uid, state, seq, said in connection.execute(text(_STATES), {"plan": since}):
        found = True
        yield _differs(f"study {uid}: {state} in the table, {said} by the events", seq)
    for uid, state, seq in connection.execute(text(_PLANNED), {"plan": since, "plan_id": last}) if last else ():
        found, is_in = True, state != State.PLANNED.value
        yield _differs(f"study {uid}: {state} in the table, {'planned' if is_in else 'not'} by {last}", seq)
    for uid, seq in connection.execute(text(_NO_STUDY)):
        yield _gone(f"study {uid}", seq)
    digest = told.bound[last].get(STATES) if last else None
    if digest is None or found:
        return
    moved = {
        uid: json.loads(details)[STATE_BEFORE]
        for uid, details in connection.execute(text(_MOVED_SINCE), {"plan": since})
    }
    if digest_of_states(connection, moved) != digest:
        yield _differs(f"studies: not all stand where {last} put them, and no event moved them since", since)


def _items(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    for plan_id, details in told.bound.items():
        is_bound = ITEMS in details and plan_id not in told.superseded
        if is_bound and digest_of_items(connection, plan_id) != details[ITEMS]:
            yield _differs(f"{plan_id}: its studies are not those with which it was made", told.plans[plan_id].seq)
    for plan_id, uid, state, seq, said in connection.execute(text(_PROGRESS)):
        yield _differs(f"study {uid} of {plan_id}: {state} in the table, {said} by the events", seq)
    for plan_id, kept, found in wrongly_kept(connection):
        yield _differs(
            f"{plan_id}: {kept[0]} studies are kept as left, of {kept[1]} objects; {found[0]} are, of {found[1]}"
        )


def _intents(connection: Connection) -> Iterator[ChainProblem]:
    for uid, plan_id, number, told in connection.execute(text(_INTENTS)):
        yield _differs(f"study {uid}: {number} intents under {plan_id} in the table, {told} by the events")
    for uid, outcome in connection.execute(text(_OUTCOMES)):
        yield _differs(f"study {uid}: its intent is {outcome} in the table, and not by the events")
    for query in (_NO_INTENT, _NO_OUTCOME):
        for uid, seq in connection.execute(text(query)):
            yield _gone(f"intent on study {uid}", seq)


def _keys(connection: Connection) -> Iterator[ChainProblem]:
    """Old values are unreadable where an event says that somebody made them so, and nowhere else.

    Not for a role that may not see the wrapped keys, such as an auditor's.
    """
    if connection.dialect.name == "postgresql" and not connection.execute(text(_MAY_SEE_KEYS)).scalar():
        return
    for batch, readable, seq in connection.execute(text(_SHREDDED)):
        if readable:
            yield _differs(f"{batch}: its old values can be read, and an event says that they were shredded", seq)
        else:
            yield _gone(f"the key to the old values of {batch}, and no event says that they were shredded", seq)


def _plans(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    columns = "plan_id, kind, digest, created_at, created_by, planned, superseded"
    rows = {row.plan_id: row for row in connection.execute(text(f"SELECT {columns} FROM plans"))}  # noqa: S608
    for name, row in rows.items():
        plan = told.plans.get(name)
        if plan is None:
            yield _differs(f"{name}: no event made it")
        elif _Plan(plan.seq, row.digest, row.kind, row.created_by, row.created_at) != plan:
            yield _differs(f"{name}: not the plan that was made", plan.seq)
        elif told.planned[name] not in (None, row.planned) or bool(row.superseded) != (name in told.superseded):
            yield _differs(f"{name}: its number of studies, or whether it was superseded", plan.seq)
    yield from (_gone(name, plan.seq) for name, plan in told.plans.items() if name not in rows)


def _approvals(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    found = connection.execute(text("SELECT * FROM approvals"))
    rows = {(row.plan_id, row.approver): (row.at, row.system_account) for row in found}
    for (plan_id, person), given in rows.items():
        seq, *said = told.approvals.get((plan_id, person), (0, "", ""))
        if tuple(said) != given:
            yield _differs(f"approval of {plan_id} by {person}", seq)
    for (plan_id, person), (seq, *_) in told.approvals.items():
        if (plan_id, person) not in rows:
            yield _gone(f"approval of {plan_id} by {person}", seq)


def _batches(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    rows = {row.batch_id: row for row in connection.execute(text("SELECT * FROM batches"))}
    for name, row in rows.items():
        seq, plan_id, at = told.batches.get(name, (0, "", ""))
        closed_seq, closed_at, why = told.closed.get(name, (seq, None, ""))
        if (row.plan_id, row.opened_at) != (plan_id, at):
            yield _differs(f"{name}: not the batch that was opened", seq)
        elif (row.closed_at, row.stopped_because) != (closed_at, why):
            yield _differs(f"{name}: not as it was closed", closed_seq)
    yield from (_gone(name, seq) for name, (seq, *_) in told.batches.items() if name not in rows)


def _reviews(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    rows = {row.study_instance_uid: row.sealed for row in connection.execute(text("SELECT * FROM reviews"))}
    for uid, sealed in rows.items():
        seq, digest = told.decisions.get(uid, (0, ""))
        if digest is not None and digest != sha256_text(sealed):
            yield _differs(f"review decision on study {uid}", seq)
    yield from (
        _gone(f"review decision on study {uid}", seq) for uid, (seq, _) in told.decisions.items() if uid not in rows
    )


def _facts(connection: Connection, told: _Told) -> Iterator[ChainProblem]:
    rows = {row.name: row.value for row in connection.execute(text("SELECT name, value FROM facts"))}
    for name, value in rows.items():
        seq, digest = told.facts.get(name, (0, ""))
        if (digest or told.schema >= FACTS_SINCE) and digest != sha256_text(value.encode()):
            yield _differs(f"setting {name}", seq)
    yield from (_gone(f"setting {name}", seq) for name, (seq, _) in told.facts.items() if name not in rows)
