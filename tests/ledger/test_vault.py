"""The vault: old values come back, only in their place and only with their keys; intents tell what a crash left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from remediate.errors import KeysError
from remediate.ledger.database import Database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import data_keys
from remediate.ledger.tables.schema import intent_objects as objects_table
from remediate.records.ledger import Claim, EventType, PlanKind
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    begin,
    event,
    found,
    intent_objects,
    item,
    make_plan,
    move,
    planned_ledger,
    start_batch,
    take_claim,
    uid,
    work_event,
)


@pytest.fixture
def claim(ledger: SqlLedger) -> Claim:
    """A claim on a patient with two planned studies."""
    return take_claim(ledger, start_batch(ledger, planned_ledger(ledger, 2)))


def test_intent_comes_back_as_it_was_written(ledger: SqlLedger, claim: Claim) -> None:
    objects = intent_objects(uid(0), 120)
    written = ledger.write_intent(claim, uid(0), objects, "original", work_event(claim, EventType.INTENT))
    assert written.objects == tuple(objects)
    assert (written.kind, written.plan_id, written.batch_id) == (PlanKind.CORRECT, claim.plan_id, claim.batch_id)
    assert ledger.open_intent(uid(0)) == written
    assert ledger.open_intent(uid(1)) is None
    assert ledger.open_studies() == (uid(0),)
    row = ledger.study(uid(0))
    assert row is not None
    assert row.state is State.INTENT
    *_, last = ledger.events()
    assert (last.event.type, last.event.state, last.event.study) == (EventType.INTENT, State.INTENT, uid(0))


def test_intent_is_refused_outside_the_claim_or_the_state_machine(ledger: SqlLedger, claim: Claim) -> None:
    ledger.save_found([found(9)], now=NOW)
    with pytest.raises(ValueError, match="outside the claim"):
        begin(ledger, claim, uid(9))
    ledger.move(uid(0), State.REVIEW, event())
    with pytest.raises(ValueError, match="no move"):
        begin(ledger, claim, uid(0))
    assert ledger.open_studies() == ()


def test_verified_intent_is_what_a_rollback_undoes(ledger: SqlLedger, claim: Claim) -> None:
    number = begin(ledger, claim, uid(0))
    assert ledger.last_verified(uid(0)) is None
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED)
    assert ledger.open_intent(uid(0)) is None
    done = ledger.last_verified(uid(0))
    assert done is not None
    assert done.intent_id == number
    assert done.objects == tuple(intent_objects(uid(0)))


def _rollback(ledger: SqlLedger, number: int) -> None:
    plan = make_plan(ledger, [item(number)], PlanKind.ROLLBACK)
    claim = take_claim(ledger, start_batch(ledger, plan))
    begin(ledger, claim, uid(number))
    move(ledger, claim, uid(number), State.STORED, State.ROLLED_BACK)
    ledger.finish(claim, done=True)


def test_rolled_back_intents_leave_the_older_ones(ledger: SqlLedger, claim: Claim) -> None:
    first = begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED, State.PLANNED)
    second = begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED)
    ledger.finish(claim, done=True)
    assert ledger.last_verified(uid(0)).intent_id == second  # type: ignore[union-attr]
    _rollback(ledger, 0)
    assert ledger.last_verified(uid(0)).intent_id == first  # type: ignore[union-attr]
    _rollback(ledger, 0)
    assert ledger.last_verified(uid(0)) is None


def test_failed_intent_stays_open_until_settled_even_when_planned_again(ledger: SqlLedger, claim: Claim) -> None:
    number = begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.FAILED)
    assert ledger.open_intent(uid(0)).intent_id == number  # type: ignore[union-attr]
    assert ledger.open_studies() == (uid(0),)
    ledger.finish(claim, done=True)
    plan = make_plan(ledger, [item(0), item(1)])
    assert ledger.study(uid(0)).state is State.PLANNED  # type: ignore[union-attr]
    assert ledger.open_intent(uid(0)).intent_id == number  # type: ignore[union-attr]
    again = take_claim(ledger, start_batch(ledger, plan))
    move(ledger, again, uid(0), State.INTENT, State.STORED, State.VERIFIED)
    assert ledger.last_verified(uid(0)).intent_id == number  # type: ignore[union-attr]
    assert ledger.open_intent(uid(0)) is None


def test_intent_that_was_let_go_does_not_come_back(ledger: SqlLedger, claim: Claim) -> None:
    begin(ledger, claim, uid(0))
    with pytest.raises(ValueError, match="no move from intent to planned"):
        move(ledger, claim, uid(0), State.PLANNED)
    move(ledger, claim, uid(0), State.DRIFTED, State.PLANNED, State.FAILED)
    assert ledger.open_intent(uid(0)) is None


def test_later_intent_takes_the_place_of_an_open_one(ledger: SqlLedger, claim: Claim) -> None:
    begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.FAILED)
    second = begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED)
    assert ledger.last_verified(uid(0)).intent_id == second  # type: ignore[union-attr]
    move(ledger, claim, uid(0), State.INTENT, State.STORED, State.ROLLED_BACK)
    assert ledger.last_verified(uid(0)) is None


def test_sealed_values_cannot_be_moved_to_another_object(ledger: SqlLedger, claim: Claim, database: Database) -> None:
    begin(ledger, claim, uid(0))
    with database.begin() as connection:
        rows = connection.execute(select(objects_table).order_by(objects_table.c.position)).all()
        connection.execute(
            update(objects_table)
            .where(objects_table.c.sop_instance_uid == rows[0].sop_instance_uid)
            .values(correction=rows[1].correction)
        )
    with pytest.raises(KeysError, match="another place"):
        ledger.open_intent(uid(0))


def test_each_batch_has_its_own_key_and_a_shredded_one_is_gone_for_good(
    ledger: SqlLedger, claim: Claim, database: Database
) -> None:
    begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED)
    ledger.finish(claim, done=True)
    later = take_claim(ledger, start_batch(ledger, claim.plan_id, at=NOW + timedelta(days=1)))
    begin(ledger, later, uid(1))
    with database.begin() as connection:
        wrapped = connection.execute(select(data_keys.c.wrapped)).scalars().all()
        assert len(set(wrapped)) == 2
        connection.execute(update(data_keys).where(data_keys.c.batch_id == claim.batch_id).values(wrapped=None))
    with pytest.raises(KeysError, match="unreadable for good"):
        ledger.last_verified(uid(0))
    assert ledger.open_intent(uid(1)) is not None
    assert [problem.problem for problem in ledger.verify().problems] == [ChainFault.ROW_MISSING.value], "by hand"


def test_wrapped_keys_are_bound_to_their_batch(ledger: SqlLedger, claim: Claim, database: Database) -> None:
    begin(ledger, claim, uid(0))
    ledger.finish(claim, done=True)
    start_batch(ledger, claim.plan_id)
    with database.begin() as connection:
        swap = "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE batch_id = 'batch-0002')"
        connection.execute(text(swap))
    with pytest.raises(KeysError):
        ledger.open_intent(uid(0))
