"""Plans: kept whole, superseded by newer ones, bound to the people who approve."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledger_samples import NOW, WHO, event, found, item, make_plan, plan_head, planned_ledger, uid

from remediate.errors import PlanError
from remediate.ledger.database import Database
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.schema import approvals
from remediate.records.ledger import EventType, PlanKind
from remediate.records.states import State


def _approve(ledger: SqlLedger, plan: str, person: str) -> None:
    ledger.approve(plan, event(EventType.APPROVED, actor=person, plan=plan))


def test_plan_identifiers_are_never_given_twice(ledger: SqlLedger) -> None:
    assert [ledger.next_plan_id() for _ in range(3)] == ["plan-0001", "plan-0002", "plan-0003"]


def test_plan_and_planned_items_come_back(ledger: SqlLedger) -> None:
    states = [State.PLANNED, State.REVIEW, State.PLANNED]
    ledger.save_found([found(number) for number in range(3)], now=NOW)
    items = [item(number, state) for number, state in enumerate(states)]
    plan = make_plan(ledger, [*reversed(items)])
    assert list(ledger.plan_items(plan)) == [items[0], items[2]]
    assert ledger.plan(plan) == plan_head(plan, 3)
    assert ledger.plan("plan-0099") is None
    assert list(ledger.plan_items("plan-0099")) == []


def test_many_items_are_streamed_in_order(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2100)
    assert [each.study_instance_uid for each in ledger.plan_items(plan)] == [uid(number) for number in range(2100)]


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
    assert head.approvals == (("Bert", NOW), ("Anna", NOW + timedelta(minutes=1)))
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
