"""The queue in pages: each study once, a patient's together, none twice to one account; leases keep people apart."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import KeysError
from remediate.ledger.ledger import SqlLedger
from remediate.records.ledger import EventType
from remediate.records.reviews import Decision, QueueEntry, QueueGroup, ReviewDecision, Round, Stage
from tests.ledger.ledger_samples import NOW, event, found, uid

LENGTH = timedelta(minutes=10)
STUDIES = 40


@pytest.fixture
def surveyed(ledger: SqlLedger) -> SqlLedger:
    """Studies, and no plan."""
    ledger.save_found([found(number) for number in range(STUDIES)], now=NOW)
    return ledger


def entry(number: int, patient: str = "p", group: str = "g", *, may: bool = True) -> QueueEntry:
    """A study that waits."""
    return QueueEntry(study_instance_uid=uid(number), group=group, patient=patient, may_confirm=may)


def decision(number: int, account: str, what: Decision = Decision.CONFIRM, seen: str = "s") -> ReviewDecision:
    """What somebody decided."""
    return ReviewDecision(
        study_instance_uid=uid(number), decision=what, seen=seen, settled="t", person=account, account=account,
        at=NOW, why="why",
    )  # fmt: skip


def walked(ledger: SqlLedger, account: str, group: str = "", most: int = 3) -> list[list[QueueEntry]]:
    """All pages, patient by patient."""
    pages: list[list[QueueEntry]] = []
    after = ""
    while page := ledger.queue_patients(account, group=group, after=after, most=most):
        pages += [list(one.entries) for one in page]
        assert [one.studies for one in page] == [len(one.entries) for one in page]
        after = page[-1].patient
    return pages


def along(ledger: SqlLedger, account: str, group: str = "", *, back: bool = False) -> list[QueueEntry]:
    """One after the other, from the first or from the last."""
    steps: list[QueueEntry] = []
    at = ledger.queue_beside(account, None, group=group)
    if back:
        everything = along(ledger, account, group)
        steps, at = everything[-1:], (everything or [None])[-1]  # type: ignore[list-item]
        while at is not None and (at := ledger.queue_beside(account, at, group=group, back=True)) is not None:
            steps.append(at)
        return steps
    while at is not None:
        steps.append(at)
        at = ledger.queue_beside(account, at, group=group)
    return steps


ENTRIES = st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(["g", "h"]), st.booleans()), max_size=STUDIES)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=ENTRIES)
def test_every_study_stands_once_in_the_pages_and_a_patients_together(
    surveyed: SqlLedger, told: Sequence[tuple[str, str, bool]]
) -> None:
    entries = [entry(number, patient, group, may=may) for number, (patient, group, may) in enumerate(told)]
    assert surveyed.fill_queue("plan-0001", entries) == len(entries)
    wanted = sorted(entries, key=lambda one: (one.patient, one.study_instance_uid))
    pages = walked(surveyed, "anna")
    assert [one for page in pages for one in page] == wanted
    assert [len({one.patient for one in page}) for page in pages] == [1] * len(pages)
    assert along(surveyed, "anna") == wanted
    assert along(surveyed, "anna", back=True) == wanted[::-1]
    for group in ("g", "h"):
        ours = [one for one in wanted if one.group == group]
        assert [one for page in walked(surveyed, "anna", group) for one in page] == ours
        assert along(surveyed, "anna", group) == ours
        uids = tuple(one.study_instance_uid for one in ours)
        assert surveyed.queue_of_group("anna", group, most=1_000) == uids
        assert surveyed.queue_of_group("anna", group, most=1) == uids[:1]
    numbers = {one.group: one for one in surveyed.queue_groups()}
    for group in {one.group for one in entries}:
        ours = [one for one in entries if one.group == group]
        patients = len({one.patient for one in ours})
        assert numbers[group] == QueueGroup(group, len(ours), patients, sum(one.may_confirm for one in ours))


def test_what_is_decided_leaves_and_what_is_taken_back_returns(surveyed: SqlLedger) -> None:
    surveyed.fill_queue("plan-0001", [entry(number) for number in range(3)])
    surveyed.save_reviews([decision(1, "anna")], [event(EventType.REVIEW_DECISION, study=uid(1))])
    assert [one.study_instance_uid for one in along(surveyed, "bram")] == [uid(0), uid(2)]
    found_ = surveyed.queue_entry(uid(1))
    assert found_ is not None
    assert found_.stage is Stage.DECIDED
    back = decision(1, "anna", Decision.TAKEN_BACK)
    surveyed.save_reviews([back], [event(EventType.REVIEW_DECISION, study=uid(1))])
    assert len(along(surveyed, "bram")) == 3
    assert surveyed.reviews([uid(1)]) == {}
    assert not surveyed.verify().problems


def test_what_no_longer_stands_there_comes_back_by_name(surveyed: SqlLedger) -> None:
    surveyed.fill_queue("plan-0001", [])
    back = decision(1, "anna", Decision.TAKEN_BACK)
    surveyed.save_reviews([back], [event(EventType.REVIEW_DECISION, study=uid(1))], waiting=[entry(1)])
    assert along(surveyed, "anna") == [entry(1)]


def test_whoever_looked_is_not_asked_again(surveyed: SqlLedger) -> None:
    surveyed.fill_queue("plan-0001", [entry(number) for number in range(2)])
    one = Round(study_instance_uid=uid(0), first=decision(0, "anna"))
    surveyed.save_reviews([], [event(EventType.REVIEW_LOOK, study=uid(0))], [one])
    assert [len(along(surveyed, who)) for who in ("anna", "bram")] == [1, 2]
    assert surveyed.open_rounds([uid(0), uid(1)]) == {uid(0): one}
    both = Round(study_instance_uid=uid(0), first=one.first, second=decision(0, "bram", Decision.EXCLUDE))
    surveyed.save_reviews([], [event(EventType.REVIEW_LOOK, study=uid(0))], [both])
    assert [len(along(surveyed, who)) for who in ("anna", "bram", "cees")] == [1, 1, 2]
    assert surveyed.second_looks() == {Stage.SECOND: 0, Stage.THIRD: 1}
    assert list(surveyed.pairs()) == [both]


def test_a_round_can_not_be_moved_to_another_study(surveyed: SqlLedger) -> None:
    one = Round(study_instance_uid=uid(0), first=decision(0, "anna"))
    surveyed.save_reviews([], [event(EventType.REVIEW_LOOK, study=uid(0))], [one])
    with surveyed._database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE review_rounds SET study_instance_uid = '{uid(1)}'")
    with pytest.raises(KeysError, match="sealed"):
        surveyed.open_rounds([uid(1)])


def test_of_many_who_open_a_study_at_once_one_has_it(surveyed: SqlLedger) -> None:
    people = [f"person{number}" for number in range(8)]

    def take(account: str) -> str:
        return surveyed.lease_review(uid(0), account, account, LENGTH, now=NOW).account

    with ThreadPoolExecutor(4) as pool:
        holders = set(pool.map(take, people))
    (holder,) = holders
    assert surveyed.leases([uid(0), uid(1)], now=NOW).keys() == {uid(0)}
    later = NOW + LENGTH
    assert surveyed.leases([uid(0)], now=later) == {}
    other = next(one for one in people if one != holder)
    assert surveyed.lease_review(uid(0), other, other, LENGTH, now=later).account == other
    assert surveyed.lease_review(uid(0), other, other, LENGTH, now=later + timedelta(minutes=1)).until > later + LENGTH
    surveyed.end_leases(other)
    assert surveyed.lease_review(uid(0), holder, holder, LENGTH, now=later).account == holder
