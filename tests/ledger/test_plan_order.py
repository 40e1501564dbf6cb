"""Whose studies a plan takes first, on both databases: by need, and by turns whoever waited longest."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from remediate.config.people import ApprovalSettings
from remediate.ledger.database import Database, open_database
from remediate.ledger.ledger import SqlLedger
from remediate.ledger.tables.schema import plan_items
from remediate.ledger.tables.study import studies
from remediate.ledger.work import BACK
from remediate.measure.sent_needs import kind_of
from remediate.plan.approval import approved_with_work
from remediate.records.ledger import EventType
from remediate.records.needs import STEP, KeptAppointment, ListFault, Need, OrderBy, Ordering
from remediate.records.states import State
from tests.ledger.ledger_samples import (
    NOW,
    decided,
    event,
    found,
    item,
    make_keys,
    new_ledger,
    next_claim,
    plan_head,
    start_batch,
    take_claim,
    uid,
)

TODAY = date(2026, 11, 29)
BY_NEED = Ordering(OrderBy.NEED, TODAY, 1000)


def kept(
    ledger: SqlLedger, dates: Sequence[str], ordering: Ordering, *, patients: Mapping[int, str] | None = None
) -> str:
    """A plan over one study for each date, of a patient each unless two have one."""
    whose = {number: f"H{number}" for number in range(len(dates))} | dict(patients or {})
    ledger.save_found(
        [found(n, study_date=day, patient_id=whose[n], referring_department=f"D{n}") for n, day in enumerate(dates)],
        now=NOW,
    )
    plan_id = ledger.next_plan_id()
    items = [item(number, fingerprint=f"print-{whose[number]}") for number in range(len(dates))]
    ledger.begin_decisions(plan_id, "")
    made = event(EventType.PLANNED, plan=plan_id, actor="Planner")
    ledger.keep_plan(plan_head(plan_id, len(items)), [decided(each) for each in items], made, ordering=ordering)
    return plan_id


def open_at(folder: str) -> Database:
    """An SQLite ledger's file, made."""
    return open_database(f"sqlite:///{folder}/ledger.db", create=True)


def worked_on(ledger: SqlLedger, plan_id: str) -> list[int]:
    """The studies in the order in which a batch hands them out."""
    batch, order = start_batch(ledger, plan_id), []
    while (claim := next_claim(ledger, batch.batch_id, "worker")) is not None:
        order += [int(each.rpartition(".")[2]) for each in claim.studies]
        ledger.finish(claim, done=True)
    return order


def test_what_needs_it_most_goes_first_and_the_rest_by_its_date(ledger: SqlLedger) -> None:
    ledger.keep_needs("inflow", {uid(4): Need.INFLOW * STEP})
    ledger.keep_appointments([KeptAppointment("A", "print-H3", 202612020900, 0, cancelled=False)])
    ledger.needs_of_appointments(since=202611290000, until=202712312359)
    ledger.keep_needs("study", {uid(2): Need.UNSENT * STEP + 9, uid(3): Need.UNSENT * STEP})
    assert ledger.stock_by_sort(BY_NEED) == {}  # nothing was surveyed when the lists were read
    dates = ["20240101", "20260101", "20100101", "20110101", "20120101", "", "20290101", "20250101"]
    plan_id = kept(ledger, dates, BY_NEED)
    assert worked_on(ledger, plan_id) == [4, 3, 2, 1, 7, 0, 5, 6]  # a date ahead is none


@pytest.mark.parametrize(
    ("by", "order"), [(OrderBy.NEWEST, [1, 2, 0, 3]), (OrderBy.UID, [0, 1, 2, 3]), (OrderBy.NEED, [3, 1, 2, 0])]
)
def test_each_order_is_the_one_that_was_asked_for(ledger: SqlLedger, by: OrderBy, order: list[int]) -> None:
    ledger.keep_needs("study", {uid(3): Need.UNSENT * STEP})
    dates = ["20200101", "20260101", "20250101", "20190101"]
    assert worked_on(ledger, kept(ledger, dates, Ordering(by, TODAY, 1000))) == order


def test_kinds_that_are_sent_often_come_before_newer_ones(ledger: SqlLedger) -> None:
    ledger.save_found([found(n, study_date="20260101", referring_department=f"D{n}") for n in range(2)], now=NOW)
    stock = ledger.stock_by_sort(BY_NEED)
    assert sorted(stock.values()) == [1, 1]
    kind = next(key for key in stock if "\x1fD1\x1f" in key)
    ledger.keep_needs("sort", {kind: Need.LIKELY * STEP})
    plan_id = kept(ledger, ["20260201", "20260101"], BY_NEED)
    assert worked_on(ledger, plan_id) == [1, 0]
    assert ledger.ranks({uid(0): "p", uid(1): "p"}, ["sort"], BY_NEED) == {uid(1): Need.LIKELY * STEP}


def test_the_ledger_and_the_list_know_a_kind_by_the_same_name(ledger: SqlLedger) -> None:
    days = (0, 6, 7, 30, 31, 364, 365, 3651, 3652, 9000)
    dates = [*(f"{TODAY - timedelta(days=back):%Y%m%d}" for back in days), "", "20990101", "2019-01-1"]
    ledger.save_found(
        [found(n, study_date=made, referring_department="", modalities=("CT",)) for n, made in enumerate(dates)],
        now=NOW,
    )
    kinds = [kind_of("CT", "Ziekenhuis", made, TODAY) for made in dates]
    assert ledger.stock_by_sort(BY_NEED) == Counter(kind.key for kind in kinds)


def test_one_patient_goes_together_at_the_earliest_of_its_places(ledger: SqlLedger) -> None:
    ledger.keep_needs("study", {uid(3): Need.UNSENT * STEP})
    plan_id = kept(ledger, ["20200101", "20260101", "20250101", "20190101"], BY_NEED, patients={0: "X", 3: "X"})
    assert worked_on(ledger, plan_id) == [0, 3, 1, 2]
    first = list(ledger.planned_in_order(plan_id, before=Need.NEWEST * STEP))
    assert [study for _, study, _ in first] == [uid(0), uid(3)]


def test_by_turns_whoever_waited_longest_comes(ledger: SqlLedger) -> None:
    dates = [f"{2010 + number}0101" for number in range(9)]
    plan_id = kept(ledger, dates, Ordering(OrderBy.NEWEST, TODAY, 3))
    assert worked_on(ledger, plan_id) == [8, 7, 0, 6, 5, 1, 4, 3, 2]


def test_the_latest_word_on_an_appointment_counts_whatever_the_order_of_lines(ledger: SqlLedger) -> None:
    told = [
        KeptAppointment("moved", "p1", 202612010900, 5, cancelled=False),
        KeptAppointment("moved", "p1", 202612050900, 9, cancelled=False),
        KeptAppointment("moved", "p1", 202612020900, 7, cancelled=False),  # an earlier message that came late
        KeptAppointment("cancelled", "p2", 0, 9, cancelled=True),
        KeptAppointment("cancelled", "p2", 202612010900, 5, cancelled=False),
        KeptAppointment("two", "p3", 202612080900, 0, cancelled=False),
        KeptAppointment("first", "p3", 202612030900, 0, cancelled=False),
        KeptAppointment("past", "p4", 202611280900, 0, cancelled=False),
        KeptAppointment("far", "p5", 203012010900, 0, cancelled=False),
        KeptAppointment("whose", "", 202612010900, 0, cancelled=False),
    ]
    ledger.keep_appointments(told)
    left = ledger.needs_of_appointments(since=202611290000, until=202712312359)
    assert left == {ListFault.CANCELLED: 1, ListFault.PAST: 1, ListFault.FAR_AHEAD: 1, ListFault.UNKNOWN_PATIENT: 1}
    ranks = ledger.ranks({uid(n): f"p{n}" for n in range(1, 6)}, ledger.kinds_of_needs(), BY_NEED)
    assert ranks == {uid(1): Need.APPOINTMENT * STEP + 202612050900, uid(3): Need.APPOINTMENT * STEP + 202612030900}
    ledger.forget_needs("patient", "study", "sort")
    assert ledger.kinds_of_needs() == []


def test_two_who_read_the_lists_at_once_do_not_fall_over_each_other(ledger: SqlLedger) -> None:
    ledger.keep_appointments([KeptAppointment("one", "p1", 202612010900, 0, cancelled=False)])
    for _ in range(2):  # the other one settled between our forgetting and our settling
        assert ledger.needs_of_appointments(since=202611290000, until=202712312359) == {}
    assert ledger.kinds_of_needs() == ["patient"]


def test_who_ends_badly_goes_back_and_whom_the_night_left_keeps_its_place(ledger: SqlLedger) -> None:
    plan_id = kept(ledger, ["20260103", "20260102", "20260101"], Ordering(OrderBy.NEWEST, TODAY, 1000))
    batch = start_batch(ledger, plan_id)
    first = take_claim(ledger, batch)
    ledger.finish(first, done=False, keeps_place=True)
    again = take_claim(ledger, batch)
    assert again.unit_id == first.unit_id
    ledger.finish(again, done=False)
    assert take_claim(ledger, batch).unit_id != first.unit_id
    assert BACK > 3


def test_a_list_moves_only_what_is_planned(ledger: SqlLedger) -> None:
    """Whoever writes the list says when; proof alone says whether."""
    ledger.keep_needs("study", {uid(0): 0, uid(1): Need.UNSENT * STEP})
    ledger.save_found([found(n, patient_id=f"H{n}") for n in range(2)], now=NOW)
    plan_id = ledger.next_plan_id()
    ledger.begin_decisions(plan_id, "")
    items = [item(0, State.REVIEW, reasons=("birth-date-differs",), fingerprint=""), item(1)]
    made = event(EventType.PLANNED, plan=plan_id, actor="Planner")
    ledger.keep_plan(plan_head(plan_id, 1), [decided(each) for each in items], made, ordering=BY_NEED)
    assert worked_on(ledger, plan_id) == [1]
    assert [study for _, study, _ in ledger.planned_in_order(plan_id, before=Need.NEWEST * STEP)] == [uid(1)]


def test_what_is_left_is_ordered_anew_and_who_is_in_hand_stays(ledger: SqlLedger) -> None:
    plan_id = kept(ledger, ["20260104", "20260103", "20260102", "20260101"], BY_NEED)
    claim = take_claim(ledger, start_batch(ledger, plan_id))
    ledger.keep_needs("study", {uid(3): Need.UNSENT * STEP})
    assert ledger.order_plan(plan_id, BY_NEED) == 3
    ledger.finish(claim, done=True)
    assert worked_on(ledger, plan_id) == [3, 1, 2, 0]


@given(data=st.data())
@settings(max_examples=3)
def test_nobody_waits_for_ever_whatever_comes_in(data: st.DataObject) -> None:
    """Night after night as many more urgent patients come in as are done: whoever waits is done in its turn."""
    every = data.draw(st.integers(2, 5))
    ordering = Ordering(OrderBy.NEED, TODAY, every)
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(open_at(folder)) as database:
        ledger = new_ledger(database, make_keys())
        waiting, number, done = list(range(data.draw(st.integers(1, 12)))), 100, set[int]()
        ledger.save_found([found(n, patient_id=f"H{n}") for n in waiting], now=NOW)
        for night in range(1, every * len(waiting) + 1):
            ledger.save_found([found(number, patient_id=f"H{number}")], now=NOW + timedelta(days=night))
            ledger.keep_needs("inflow", {uid(number): 0})
            number += 1
            left = sorted({*waiting, *range(100, number)} - done)
            plan_id = ledger.next_plan_id()
            ledger.begin_decisions(plan_id, "")
            made = event(EventType.PLANNED, plan=plan_id, actor="Planner")
            lines = [decided(item(n, fingerprint=f"p{n}")) for n in left]
            ledger.keep_plan(plan_head(plan_id, len(left)), lines, made, ordering=ordering)
            for _ in range(data.draw(st.integers(every, every + 2))):
                claim = next_claim(ledger, start_batch(ledger, plan_id).batch_id, "w")
                if claim is None:
                    break
                study = int(claim.studies[0].rpartition(".")[2])
                done.add(study)
                with database.begin() as connection:
                    for table in (studies, plan_items):
                        ours = table.c.study_instance_uid == uid(study)
                        connection.execute(update(table).where(ours).values(state=State.VERIFIED.value))
                ledger.finish(claim, done=True)
            if done.issuperset(waiting):
                break
        assert done.issuperset(waiting)
        assert night <= len(waiting)  # one in `every`, and at least so many a night


def test_an_approved_plan_waits_for_a_newer_one_only_if_that_has_all_that_is_left_of_it(ledger: SqlLedger) -> None:
    first = kept(ledger, ["20260101", "20260102"], BY_NEED)
    ledger.approve(first, event(EventType.APPROVED, plan=first, actor="A"))
    second = kept(ledger, ["20260101", "20260102", "20260103"], BY_NEED)
    ledger.approve(second, event(EventType.APPROVED, plan=second, actor="A"))
    assert ledger.is_left_to(first, second)
    assert not ledger.is_left_to(second, first)
    assert list(approved_with_work(ledger, ApprovalSettings())) == [second, first]
    claim = take_claim(ledger, start_batch(ledger, second))
    for state in (State.INTENT, State.FAILED):
        ledger.move(claim.studies[0], state, event(plan=second, state=state), claim=claim)
    assert ledger.is_left_to(first, second)
    ledger.move(uid(0), State.DRIFTED, event(plan=second, state=State.DRIFTED))  # the newer one is done with it
    assert ledger.is_left_to(first, second)  # and it is planned no more, so the older one has nothing left of it
