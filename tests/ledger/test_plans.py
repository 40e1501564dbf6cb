"""Plans: kept whole, superseded by newer ones, bound to the people who approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from remediate.errors import LedgerError, PlanError
from remediate.ledger.database import Database
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import approvals
from remediate.records.ledger import Decided, EventType, HeadersDecided, PlanKind, PlannedStudy
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    WHO,
    decided,
    event,
    found,
    item,
    make_plan,
    plan_head,
    planned_ledger,
    start_batch,
    take_claim,
    uid,
)


def _approve(ledger: SqlLedger, plan: str, person: str) -> None:
    ledger.approve(plan, event(EventType.APPROVED, actor=person, plan=plan))


def test_plan_identifiers_are_never_given_twice(ledger: SqlLedger) -> None:
    assert [ledger.next_plan_id() for _ in range(3)] == ["plan-0001", "plan-0002", "plan-0003"]


def test_plan_and_planned_items_come_back(ledger: SqlLedger) -> None:
    states = [State.PLANNED, State.REVIEW, State.PLANNED]
    ledger.save_found([found(number) for number in range(3)], now=NOW)
    items = [item(number, state) for number, state in enumerate(states)]
    plan = make_plan(ledger, [*reversed(items)])
    wanted = [PlannedStudy(each.study_instance_uid, each.fingerprint, 3) for each in (items[0], items[2])]
    assert list(ledger.planned_studies(plan)) == wanted
    assert ledger.plan(plan) == replace(plan_head(plan, 2), planner=WHO["system_account"])
    assert ledger.plan("plan-0099") is None
    assert list(ledger.planned_studies("plan-0099")) == []


def test_many_items_are_streamed_in_order(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2100)
    planned = [each.study_instance_uid for each in ledger.planned_studies(plan)]
    assert planned == [uid(number) for number in range(2100)]


def test_newer_plan_supersedes_older_ones_that_nobody_approved(ledger: SqlLedger) -> None:
    first = planned_ledger(ledger, 1)
    _approve(ledger, first, "Anna")
    second = make_plan(ledger, [item(0)])
    undo = make_plan(ledger, [item(0)], PlanKind.ROLLBACK)
    third = make_plan(ledger, [item(0)])
    superseded = {plan: ledger.plan(plan).superseded for plan in (first, second, undo, third)}  # type: ignore[union-attr]
    assert superseded == {first: False, second: True, undo: False, third: False}
    with pytest.raises(PlanError, match="superseded"):
        _approve(ledger, second, "Anna")


def test_approvals_name_people_in_order_and_once(ledger: SqlLedger, database: Database) -> None:
    plan = planned_ledger(ledger, 1)
    for number, person in enumerate(["Bert", "Anna", "Bert"]):
        at = NOW + timedelta(minutes=number)
        head = ledger.approve(plan, event(EventType.APPROVED, at=at, actor=person, plan=plan))
    assert head.approvals == (("Bert", NOW, "remediate"), ("Anna", NOW + timedelta(minutes=1), "remediate"))
    assert ledger.plan(plan) == head
    assert [each.event.actor for each in ledger.events(type_=EventType.APPROVED)] == ["Bert", "Anna"]
    with database.read() as connection:
        accounts = connection.execute(approvals.select()).all()
    assert {row.system_account for row in accounts} == {WHO["system_account"]}


def test_approval_of_nothing_or_by_nobody_is_refused(ledger: SqlLedger) -> None:
    with pytest.raises(PlanError, match="no plan plan-0042"):
        _approve(ledger, "plan-0042", "Anna")
    plan = planned_ledger(ledger, 1)
    with pytest.raises(ValueError, match="without a person"):
        _approve(ledger, plan, "")
    assert list(ledger.events(type_=EventType.APPROVED)) == []


def test_plan_is_kept_whole_or_not_at_all(ledger: SqlLedger) -> None:
    first = planned_ledger(ledger, 1)
    broken = event(EventType.PLANNED, at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time zone"):
        ledger.save_plan(plan_head("plan-0009", 1), [item(0)], broken)
    assert ledger.plan("plan-0009") is None
    assert ledger.plan(first).superseded is False  # type: ignore[union-attr]


def test_what_was_decided_by_headers_holds_for_every_study_with_them(ledger: SqlLedger) -> None:
    """Two studies to a patient; the third patient's second study is decided alone, the fourth's stands verified."""
    ledger.save_found([found(number) for number in range(8)], now=NOW)
    by_uid = {study.study_instance_uid: study for page in ledger.inventory() for study in page}
    states = [State.PLANNED, State.REVIEW, State.PLANNED, State.CORRECT]
    by_headers = [
        HeadersDecided(
            by_uid[uid(2 * patient)].headers_id, state, f"why-{patient}", f"print-{patient}", "shared", "own"
        )
        for patient, state in enumerate(states)
    ]
    for step in (State.INTENT, State.STORED, State.VERIFIED):
        ledger.move(uid(6), step, event(reason="done"))
    alone = [Decided(uid(5), State.EXCLUDED, "probe"), Decided(uid(2), State.REVIEW, "later", stays=True)]
    head = plan_head("plan-0001", 3)
    ledger.begin_decisions("plan-0001", "")
    ledger.keep_decisions("plan-0001", by_headers)
    ledger.keep_plan(head, alone, event(EventType.PLANNED, plan="plan-0001"))
    kept = [(row.study_instance_uid, row.state, row.reason, row.plan_id) for row in ledger.studies()]
    assert kept == [
        (uid(0), State.PLANNED, "why-0", "plan-0001"),
        (uid(1), State.PLANNED, "why-0", "plan-0001"),
        (uid(2), State.SURVEYED, "", ""),
        (uid(3), State.REVIEW, "why-1", ""),
        (uid(4), State.PLANNED, "why-2", "plan-0001"),
        (uid(5), State.EXCLUDED, "probe", ""),
        (uid(6), State.VERIFIED, "done", ""),
        (uid(7), State.CORRECT, "why-3", ""),
    ]
    assert list(ledger.planned_studies("plan-0001")) == [
        PlannedStudy(uid(0), "print-0", 3), PlannedStudy(uid(1), "print-0", 3), PlannedStudy(uid(4), "print-2", 3),
    ]  # fmt: skip
    batch = start_batch(ledger, "plan-0001")
    assert {take_claim(ledger, batch, owner=name).studies for name in "ab"} == {(uid(0), uid(1)), (uid(4),)}


def test_a_plan_that_counts_other_studies_is_not_kept(ledger: SqlLedger) -> None:
    ledger.save_found([found(0)], now=NOW)
    ledger.begin_decisions("plan-0001", "")
    with pytest.raises(LedgerError, match="took up studies of this plan while it was made"):
        ledger.keep_plan(plan_head("plan-0001", 2), [decided(item(0))], event(EventType.PLANNED))
    assert ledger.counts() == {(State.SURVEYED, ""): 1}
    with pytest.raises(ValueError, match="never surveyed"):
        ledger.keep_plan(plan_head("plan-0001", 1), [decided(item(9))], event(EventType.PLANNED))
    assert ledger.plans() == ()


def test_an_approval_of_something_else_is_none_of_this_plan(ledger: SqlLedger) -> None:
    """Signed, by a person, under this plan's name, and of another digest."""
    plan = planned_ledger(ledger, 1)
    ledger.record(event(EventType.APPROVED, plan=plan, actor="A. Reviewer", details={"digest": "e" * 52}))
    ledger.checkpoint(event(EventType.CHECKPOINT))
    head = ledger.plan(plan)
    assert head is not None
    assert head.approvals == ()
    assert ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor="A. Reviewer")).approvals
