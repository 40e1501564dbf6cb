"""What is left of a plan is kept, and is after every kind of move what a count of all studies finds."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, update

from remediate.config.people import ApprovalSettings
from remediate.ledger import states, studies
from remediate.ledger.database import Database
from remediate.ledger.database_faults import ChainFault
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import plan_left
from remediate.plan.approval import approved_with_work
from remediate.records.ledger import EventType, PlanKind
from remediate.records.states import MOVES, State
from tests.ledger.ledger_samples import (
    NOW,
    assert_left_is_exact,
    event,
    found,
    intent_objects,
    item,
    make_plan,
    planned_ledger,
    start_batch,
    take_claim,
    uid,
)

STUDIES = 8


def moved(ledger: SqlLedger, number: int, chance: Random, plan: str, batch: str) -> None:
    """One study to a state that it may take, told under one of the plans."""
    row = ledger.study(uid(number))
    assert row is not None
    new = chance.choice(sorted(MOVES[row.state]) or [row.state])
    if new is not row.state:
        ledger.move(uid(number), new, event(plan=plan, batch=batch))


@pytest.mark.parametrize("seed", range(2))
def test_the_kept_count_follows_every_kind_of_move(ledger: SqlLedger, database: Database, seed: int) -> None:
    chance, first = Random(seed), planned_ledger(ledger, STUDIES)
    back = make_plan(ledger, [item(number) for number in range(3)], PlanKind.ROLLBACK)
    batches = [start_batch(ledger, plan).batch_id for plan in (first, back)]
    assert {first, back} <= assert_left_is_exact(database).keys()
    for _ in range(30):
        which = chance.randrange(2)
        moved(ledger, chance.randrange(STUDIES), chance, (first, back)[which], batches[which])
        assert {first, back} <= assert_left_is_exact(database).keys()
    ledger.save_found([found(number, institution_name="changed") for number in range(STUDIES)], now=NOW)
    assert {first, back} <= assert_left_is_exact(database).keys()


def test_a_study_that_a_plan_is_done_with_is_not_left(ledger: SqlLedger, database: Database) -> None:
    plan = planned_ledger(ledger, 2)
    claim = take_claim(ledger, start_batch(ledger, plan))
    ledger.leave_alone(claim, claim.studies[0], event(EventType.LEFT_ALONE, plan=plan, batch=claim.batch_id))
    assert assert_left_is_exact(database)[plan] == (1, 3)


def test_the_survey_takes_a_study_that_changed_out_of_what_is_left(ledger: SqlLedger, database: Database) -> None:
    plan = planned_ledger(ledger, 3)
    assert assert_left_is_exact(database)[plan] == (3, 9)
    ledger.save_found([found(1, patient_id="H7777777")], now=NOW)
    assert assert_left_is_exact(database)[plan] == (2, 6)
    progress = ledger.plan_progress(plan, "")
    assert (progress.left_studies, progress.left_objects) == (2, 6)
    make_plan(ledger, [item(number, State.REVIEW) for number in range(2)])
    assert plan not in assert_left_is_exact(database)  # superseded: begun no more
    assert ledger.plan_progress(plan, "").left_studies == 1


def test_a_plan_of_which_nothing_is_kept_is_counted_and_kept_with_its_next_batch(
    ledger: SqlLedger, database: Database
) -> None:
    plan = planned_ledger(ledger, 2)
    with database.begin() as connection:
        connection.execute(delete(plan_left))
    assert ledger.plan_progress(plan, "").left_studies == 2
    batch = start_batch(ledger, plan).batch_id
    ledger.move(uid(0), State.SURVEYED, event(plan=plan, batch=batch))
    assert assert_left_is_exact(database)[plan] == (1, 3)


def test_a_kept_count_that_went_wrong_says_of_no_plan_that_it_is_done_and_is_named(
    ledger: SqlLedger, database: Database
) -> None:
    plan = planned_ledger(ledger, 2)
    with database.begin() as connection:
        connection.execute(update(plan_left).values(studies=0, objects=0))
    ledger.approve(plan, event(EventType.APPROVED, plan=plan, actor="A"))
    assert ledger.plan_progress(plan, "").left_studies == 0
    assert ledger.plan_progress(plan, "", decides=True).left_studies == 2
    assert list(approved_with_work(ledger, ApprovalSettings())) == [plan]
    (named,) = ledger.verify().problems
    assert named.problem == ChainFault.ROW_UNEXPLAINED.value
    start_batch(ledger, plan)
    assert assert_left_is_exact(database)[plan] == (2, 6)
    assert ledger.verify().problems == ()


def beside(act: Callable[[], object]) -> Future[object]:
    """Begin something in another thread, and let it come as far as it comes in a moment."""
    with suppress(TimeoutError):
        (begun := ThreadPoolExecutor(1).submit(act)).result(0.3)
    return begun


def test_a_survey_beside_a_plan_that_lets_a_study_go_takes_it_off_once(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fixture counts anew at the end."""
    plan = planned_ledger(ledger, 2)
    claim = take_claim(ledger, start_batch(ledger, plan))
    before, surveys = states.left_among, list[Future[object]]()

    def counted(*asked: Any) -> Any:
        left = before(*asked)
        if not surveys:
            surveys.append(beside(lambda: ledger.save_found([found(0, patient_id="H7777777")], now=NOW)))
        return left

    monkeypatch.setattr(states, "left_among", counted)
    ledger.leave_alone(claim, uid(0), event(EventType.LEFT_ALONE, plan=plan, batch=claim.batch_id))
    surveys[0].result()


def test_a_study_that_a_survey_found_changed_is_not_begun_at_the_same_moment(
    ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned_ledger(ledger, 1)
    claim = take_claim(ledger, start_batch(ledger, plan))
    entry, begun = studies.entry_of, list[Future[object]]()

    def described(*asked: Any) -> Any:
        begun.append(
            beside(lambda: ledger.write_intent(claim, uid(0), intent_objects(uid(0)), "batch-0001/0", event()))
        )
        return entry(*asked)

    monkeypatch.setattr(studies, "entry_of", described)
    ledger.save_found([found(0, patient_id="H7777777")], now=NOW)
    row, refused = ledger.study(uid(0)), begun[0].exception()
    assert row is not None
    assert row.state is State.SURVEYED
    assert isinstance(refused, ValueError)
