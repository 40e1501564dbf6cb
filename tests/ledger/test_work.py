"""Handing out work: one worker a patient, leases that end, fences that are lost, limits that hold."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from remediate.errors import ClaimLostError, LedgerError, PlanError
from remediate.ledger.database import Database, hold_lock
from remediate.ledger.keys import Keys
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import work_units
from remediate.night.execute import plans_to_settle
from remediate.processes import fate_of, this_process
from remediate.records.ledger import BatchRow, Claim, EventType, PlanKind, RunMode
from remediate.records.signs import Fate, process_of
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    LEASE,
    NOW,
    begin,
    event,
    found,
    item,
    make_plan,
    move,
    next_claim,
    open_ledger,
    planned_ledger,
    start_batch,
    take_claim,
    uid,
    work_event,
)
from tests.servers import REPOSITORY

AFTER = NOW + LEASE + timedelta(seconds=1)


def _claims(ledger: SqlLedger, batch: BatchRow) -> list[Claim]:
    claims = []
    while (claim := next_claim(ledger, batch.batch_id, "worker")) is not None:
        claims.append(claim)
    return claims


def test_all_work_is_handed_out_once_a_patient_at_a_time(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 7))
    claims = _claims(ledger, batch)
    assert sorted(claim.studies for claim in claims) == [
        (uid(0), uid(1)),
        (uid(2), uid(3)),
        (uid(4), uid(5)),
        (uid(6),),
    ]
    for claim in claims:
        ledger.finish(claim, done=True)
    assert _claims(ledger, batch) == []


def test_same_patient_is_never_worked_on_twice_at_once_in_any_plan(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 4)
    undo = make_plan(ledger, [item(0), item(1)], PlanKind.ROLLBACK)
    first, second = start_batch(ledger, plan), start_batch(ledger, undo)
    claims = _claims(ledger, first)
    assert len(claims) == 2
    assert _claims(ledger, second) == []
    for claim in claims:
        ledger.finish(claim, done=True)
    assert [claim.studies for claim in _claims(ledger, second)] == [(uid(0), uid(1))]


def test_who_finds_a_patient_in_other_hands_is_given_the_next_one(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 4)
    undo = make_plan(ledger, [item(number) for number in range(4)], PlanKind.ROLLBACK)
    taken = take_claim(ledger, start_batch(ledger, plan))
    (other,) = _claims(ledger, start_batch(ledger, undo))
    assert {*taken.studies, *other.studies} == {uid(number) for number in range(4)}


def test_the_database_itself_refuses_two_workers_on_one_patient(ledger: SqlLedger, database: Database) -> None:
    """Whoever saw the patient free at the same moment as another."""
    plan = planned_ledger(ledger, 2)
    start_batch(ledger, plan)
    start_batch(ledger, make_plan(ledger, [item(0), item(1)], PlanKind.ROLLBACK))
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(update(work_units).values(state="claimed"))


def test_what_another_worker_has_in_hand_is_not_settled_meanwhile(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    claim = take_claim(ledger, batch)
    begin(ledger, claim, uid(0))
    assert plans_to_settle(ledger, ledger, ledger, "") == {}
    ledger.finish(claim, done=False)
    assert list(plans_to_settle(ledger, ledger, ledger, "")) == [batch.plan_id]


def test_patient_of_a_plan_is_the_inventorys_even_where_the_plan_masks_the_number(ledger: SqlLedger) -> None:
    ledger.save_found([found(0), found(1, patient_id="H1"), found(2, patient_id="H2")], now=NOW)
    plan = make_plan(ledger, [item(number, patient_id="******120") for number in range(3)])
    claims = _claims(ledger, start_batch(ledger, plan))
    assert sorted(claim.studies for claim in claims) == [(uid(0),), (uid(1),), (uid(2),)]


def test_ended_lease_frees_the_patient_and_the_old_fence_is_lost(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    old = take_claim(ledger, batch, owner="frozen")
    assert next_claim(ledger, batch.batch_id, "other") is None
    assert ledger.holds(old, now=NOW)
    assert not ledger.holds(old, now=AFTER)
    new = take_claim(ledger, batch, at=AFTER, owner="other")
    assert (new.unit_id, new.studies) == (old.unit_id, old.studies)
    assert new.fence > old.fence
    assert not ledger.holds(old, now=AFTER)
    assert not ledger.renew(old, LEASE, now=AFTER)
    ledger.finish(old, done=True)
    assert ledger.holds(new, now=AFTER)
    assert ledger.in_hand() == {*new.studies}
    ledger.finish(new, done=True)
    assert ledger.in_hand() == frozenset()


def test_claims_of_those_who_have_ended_are_taken_back_before_their_lease_ends_and_the_fence_guards(
    ledger: SqlLedger,
) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 3))
    old, other = take_claim(ledger, batch, owner="dead"), take_claim(ledger, batch, owner="alive")
    assert ledger.owners() == {"dead", "alive"}
    assert (ledger.take_back({"dead"}), ledger.take_back({"dead"}), ledger.take_back(set())) == (1, 0, 0)
    assert not ledger.holds(old, now=NOW)
    assert ledger.holds(other, now=NOW)
    new = take_claim(ledger, batch, owner="new")
    assert (new.studies, new.fence > old.fence) == (old.studies, True)
    assert not ledger.renew(old, LEASE, now=NOW)
    ledger.finish(old, done=True)
    assert ledger.holds(new, now=NOW)


def test_a_claim_names_its_process_as_no_other_is_named() -> None:
    process = this_process()
    assert process_of(f"{process.name}/3") == process
    assert fate_of(process) is Fate.LIVES
    assert process_of("second") is process_of("") is process_of("host/12") is None
    assert fate_of(process._replace(started="1")) is Fate.GONE
    assert fate_of(process._replace(boot="another")) is Fate.UNKNOWN


def test_same_owner_name_does_not_keep_an_orphan_alive(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    orphan = take_claim(ledger, batch, owner="same")
    again = take_claim(ledger, batch, at=AFTER, owner="same")
    assert not ledger.renew(orphan, LEASE, now=AFTER)
    assert ledger.renew(again, LEASE, now=AFTER)


def test_renewed_claim_holds_on(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    claim = take_claim(ledger, batch)
    assert ledger.renew(claim, LEASE * 3, now=NOW)
    assert ledger.holds(claim, now=AFTER)
    assert next_claim(ledger, batch.batch_id, "other", at=AFTER) is None


def test_lost_fence_writes_no_intent(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    old = take_claim(ledger, batch)
    with pytest.raises(LedgerError, match="lost to another worker"):
        begin(ledger, old, uid(0), at=AFTER)
    take_claim(ledger, batch, at=AFTER)
    with pytest.raises(LedgerError, match="lost to another worker"):
        begin(ledger, old, uid(0))
    assert ledger.open_studies() == ()
    assert list(ledger.events(type_=EventType.INTENT)) == []


def test_a_worker_that_froze_moves_nothing_once_another_has_the_patient(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    old = take_claim(ledger, batch)
    begin(ledger, old, uid(0))
    late = work_event(old, EventType.STATE, at=AFTER, reason="late")
    ledger.move(uid(0), State.STORED, late, claim=old)  # its lease ended, but nobody took the patient
    take_claim(ledger, batch, at=AFTER)
    before = list(ledger.events())
    with pytest.raises(ClaimLostError, match="lost to another worker"):
        ledger.move(uid(0), State.VERIFIED, late, claim=old)
    assert list(ledger.events()) == before
    row = ledger.study(uid(0))
    assert row is not None
    assert row.state is State.STORED


def test_given_back_unit_is_free_and_the_others_come_first(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 4))
    first = take_claim(ledger, batch)
    ledger.finish(first, done=False)
    second = take_claim(ledger, batch)
    assert second.unit_id != first.unit_id
    third = take_claim(ledger, batch)
    assert (third.unit_id, third.fence) == (first.unit_id, first.fence + 1)


def test_claim_names_only_what_is_left_to_do(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2)
    batch = start_batch(ledger, plan)
    claim = take_claim(ledger, batch)
    begin(ledger, claim, uid(0))
    move(ledger, claim, uid(0), State.STORED, State.VERIFIED)
    ledger.finish(claim, done=False)
    assert take_claim(ledger, batch).studies == (uid(1),)


def test_failed_study_waits_for_the_next_batch(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2)
    batch = start_batch(ledger, plan)
    claim = take_claim(ledger, batch)
    move(ledger, claim, uid(0), State.FAILED)
    ledger.finish(claim, done=False)
    again = take_claim(ledger, batch)
    assert again.studies == (uid(1),)
    move(ledger, again, uid(1), State.DRIFTED)
    ledger.finish(again, done=True)
    assert take_claim(ledger, start_batch(ledger, plan)).studies == (uid(0),)


def test_study_that_went_back_to_the_survey_is_not_handed_out(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 3)
    batch = start_batch(ledger, plan)
    ledger.save_found([found(2, instances=77)], now=NOW)
    assert [claim.studies for claim in _claims(ledger, batch)] == [(uid(0), uid(1))]


def test_crashed_batch_is_taken_up_at_once_by_the_holder_of_the_lock(
    sqlite_url: str, keys: Keys, ledger: SqlLedger, database: Database
) -> None:
    if not database.is_sqlite:
        pytest.skip("the lock belongs to SQLite")
    plan = planned_ledger(ledger, 2)
    dead = take_claim(ledger, start_batch(ledger, plan), owner="dead")
    without_lock = start_batch(ledger, plan)
    assert next_claim(ledger, without_lock.batch_id, "new") is None
    with hold_lock(sqlite_url):
        batch = start_batch(ledger, plan)
        claim = take_claim(ledger, batch, owner="new")
    assert claim.studies == dead.studies
    assert not ledger.holds(dead, now=NOW)


def test_batches_are_numbered_counted_and_closed(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2)
    first = start_batch(ledger, plan)
    closing = event(EventType.BATCH_CLOSED, at=AFTER, batch=first.batch_id, reason="window-closed")
    ledger.close_batch(first.batch_id, "window-closed", {"verified": 3, "bytes": 10}, closing)
    second = start_batch(ledger, plan, at=AFTER)
    newest, oldest = ledger.batches()
    assert (newest.batch_id, newest.closed_at) == (second.batch_id, None)
    assert (oldest.stopped_because, dict(oldest.counts)) == ("window-closed", {"verified": 3, "bytes": 10})
    assert (oldest.opened_at, oldest.closed_at) == (NOW, AFTER)
    assert (ledger.verify().checkpoints, ledger.verify().problems) == (2, ())  # of the plan, and of the batch
    with pytest.raises(LedgerError, match="not open"):
        next_claim(ledger, first.batch_id, "late")
    with pytest.raises(LedgerError, match="no batch"):
        ledger.close_batch("batch-0099", "", {}, closing)
    with pytest.raises(PlanError, match="no plan"):
        start_batch(ledger, "plan-0099")


def test_a_claim_that_the_server_forgot_is_not_taken_for_the_one_that_has_its_fence(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 2))
    old = take_claim(ledger, batch, owner="old")
    with ledger._database.begin() as connection:  # as after a power failure of the server: claims wait for no disk
        connection.execute(update(work_units).values(state="free", owner="", fence=old.fence - 1))
    new = take_claim(ledger, batch, owner="new")
    assert new.fence == old.fence
    assert ledger.holds(new, now=NOW)
    assert not ledger.holds(old, now=NOW)
    assert not ledger.renew(old, LEASE, now=NOW)
    with pytest.raises(ClaimLostError):
        begin(ledger, old, uid(0))


def _night_worker(ledger: SqlLedger, plan: str) -> BatchRow:
    """A batch whose process gave a sign of life."""
    opened = event(EventType.BATCH_OPENED, at=NOW, plan=plan)
    return ledger.open_batch(plan, opened, process=this_process(), steady=0.0)


def test_what_failed_under_another_worker_tonight_waits_for_the_next_night(ledger: SqlLedger) -> None:
    plan = planned_ledger(ledger, 2)
    first, second = _night_worker(ledger, plan), _night_worker(ledger, plan)
    claim = take_claim(ledger, second)
    move(ledger, claim, uid(0), State.FAILED)
    ledger.finish(claim, done=False)
    assert take_claim(ledger, first).studies == (uid(1),), "one attempt a night, whoever makes it"
    assert take_claim(ledger, _night_worker(ledger, plan), at=AFTER).studies == (uid(0), uid(1))


def test_it_is_told_who_has_which_studies_since_when(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 4))
    assert ledger.held() == ()
    one, other = take_claim(ledger, batch, owner="one"), take_claim(ledger, batch, owner="other")
    told = [(held.owner, held.studies, held.since, held.until) for held in ledger.held()]
    assert told == [(claim.owner, claim.studies, NOW, NOW + LEASE) for claim in (one, other)]
    assert ledger.owners(batch.plan_id) == {"one", "other"}
    assert ledger.owners("plan-0099") == frozenset()


_WORKER = """
import json, sys, os, time
sys.path.insert(0, sys.argv[3])
from tests.ledger.ledger_samples import make_keys, next_claim, open_ledger
from remediate.ledger.database import open_database
ledger = open_ledger(open_database(sys.argv[1], create=False), make_keys())
print("ready", flush=True)
sys.stdin.readline()
taken = []
while (claim := next_claim(ledger, sys.argv[2], f"worker-{os.getpid()}")) is not None:
    taken.append(claim.studies)
    time.sleep(0.01)  # the work itself, in which the other comes to its turn
    if len(taken) % 3:
        ledger.finish(claim, done=True)
print(json.dumps(taken))
"""


def test_two_processes_never_get_the_same_work(ledger: SqlLedger, database_url: str) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 160))
    command = [sys.executable, "-c", _WORKER, database_url, batch.batch_id, str(REPOSITORY)]
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    taken = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    handed_out = Counter(study for part in taken for studies in part for study in studies)
    assert handed_out == Counter({uid(number): 1 for number in range(160)})
    assert all(taken)


# Limits and the operator's switch


def test_all_processes_together_have_no_more_associations_than_the_ceiling(ledger: SqlLedger) -> None:
    assert ledger.book_seats("a", 0, 8, 60) == 8
    assert ledger.book_seats("b", 0, 8, 60) == 0, "those of the first are in use until it gives some back"
    assert ledger.book_seats("a", 6, 8, 60) == 6
    assert ledger.book_seats("b", 0, 8, 60) == 2
    assert ledger.book_seats("a", 3, 8, 60) == 4
    assert ledger.book_seats("b", 2, 8, 60) == 4
    assert ledger.book_seats("c", 0, 8, 60) == 0
    assert [ledger.book_seats(each, 0, 8, 60) for each in "abc"] == [3, 3, 2]
    ledger.release_seats("a")
    assert [ledger.book_seats(each, 0, 8, 60) for each in "bc"] == [4, 4]
    assert ledger.book_seats("c", 0, 8, 60, is_gone=lambda owner: owner == "b") == 8
    assert ledger.book_seats("b", 0, 8, 60) == 0
    assert ledger.book_seats("c", 0, 8, 60) == 4
    assert ledger.book_seats("b", 0, 8, -1) == 4
    assert ledger.book_seats("c", 0, 8, 60) == 8, "b was not heard of for so long"
    assert ledger.book_seats("c", 5, 2, 60) == 5, "a lower ceiling takes nothing away that is in use"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.integers(1, 16), st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 16)), max_size=30))
def test_whoever_asks_in_whatever_order_the_ceiling_holds(
    ledger: SqlLedger, ceiling: int, asked: list[tuple[str, int]]
) -> None:
    for owner in "abcde":
        ledger.release_seats(owner)
    booked: dict[str, int] = {}
    for owner, in_use in asked:
        booked[owner] = ledger.book_seats(owner, min(in_use, booked.get(owner, 0)), ceiling, 60)
        assert sum(booked.values()) <= ceiling


def test_tokens_are_taken_all_together_or_not_at_all(ledger: SqlLedger) -> None:
    ledger.set_limits({"objects": (2.0, 2.0), "studies": (0.1, 1.0)})
    assert ledger.take({"objects": 1, "studies": 1, "unknown": 9}, now=NOW) == 0.0
    assert ledger.take({"objects": 1, "studies": 1}, now=NOW) == pytest.approx(10.0)
    assert ledger.take({"objects": 1}, now=NOW) == 0.0
    assert ledger.take({"objects": 1}, now=NOW) == pytest.approx(0.5)
    assert ledger.take({"objects": 1}, now=NOW + timedelta(seconds=0.5)) == 0.0


def test_large_object_passes_a_full_bucket_and_is_paid_for_afterwards(ledger: SqlLedger) -> None:
    ledger.set_limits({"bytes": (100.0, 100.0)})
    assert ledger.take({"bytes": 1000}, now=NOW) == 0.0
    assert ledger.take({"bytes": 10}, now=NOW) == pytest.approx(9.1)
    assert ledger.take({"bytes": 10}, now=NOW + timedelta(seconds=9.2)) == 0.0


def test_restart_or_a_clock_set_back_is_no_way_around_a_limit(ledger: SqlLedger) -> None:
    ledger.set_limits({"objects": (1.0, 1.0), "other": (1.0, 1.0)})
    assert ledger.take({"objects": 1}, now=NOW) == 0.0
    ledger.set_limits({"objects": (1.0, 50.0)})
    assert ledger.take({"objects": 1}, now=NOW) == pytest.approx(1.0)
    assert ledger.take({"objects": 1}, now=NOW - timedelta(days=1)) == pytest.approx(1.0)
    ledger.set_limits({})
    assert ledger.take({"objects": 1}, now=NOW) == 0.0


@pytest.mark.parametrize("limit", [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0)])
def test_limit_that_never_opens_is_refused(ledger: SqlLedger, limit: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="never lets anything through"):
        ledger.set_limits({"objects": limit})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.floats(0.5, 50), st.floats(1, 20), st.lists(st.floats(0, 3), min_size=1, max_size=30))
def test_rate_holds_over_any_time(ledger: SqlLedger, rate: float, capacity: float, pauses: list[float]) -> None:
    ledger.set_limits({})
    ledger.set_limits({"objects": (rate, capacity)})
    now, taken = NOW, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        taken += ledger.take({"objects": 1}, now=now) == 0.0
    assert taken <= capacity + rate * (now - NOW).total_seconds() + 1e-3


def test_switch_is_kept_with_its_event(ledger: SqlLedger, database: Database, keys: Keys) -> None:
    assert ledger.control() is RunMode.RUN
    for mode in (RunMode.PAUSE, RunMode.STOP, RunMode.RUN):
        ledger.set_control(mode, event(EventType.CONTROL, actor="Anna", details={"mode": mode.value}))
        assert open_ledger(database, keys).control() is mode
    assert len(list(ledger.events(type_=EventType.CONTROL))) == 3


def test_workers_in_threads_share_one_ledger(ledger: SqlLedger) -> None:
    batch = start_batch(ledger, planned_ledger(ledger, 40))

    def work(number: int) -> int:
        done = 0
        while (claim := next_claim(ledger, batch.batch_id, f"thread-{number}")) is not None:
            for study in claim.studies:
                begin(ledger, claim, study)
                move(ledger, claim, study, State.STORED, State.VERIFIED)
                done += 1
            ledger.finish(claim, done=True)
        return done

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 40
    assert ledger.counts() == {(State.VERIFIED, "to-verified"): 40}
    assert ledger.verify().problems == ()
