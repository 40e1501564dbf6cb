"""Whose name stands under a plan, and which plan that makes executable."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from remediate.config.people import ApprovalSettings
from remediate.persons import account
from remediate.plan.approval import approved_with_work, approving_people, missing_approvals, remaining_studies
from remediate.records.ledger import Approval, EventType, NewEvent, PlanKind, PlanRow
from tests.workplace import Workplace

NOW = datetime(2099, 1, 1, tzinfo=UTC)


def test_the_same_person_cannot_approve_twice(place: Workplace) -> None:
    for name in ("A. Reviewer", " A. Reviewer ", "a. reviewer", "A.  Reviewer"):
        refused = place.json("approve", place.plan, "--by", name)
        assert refused.code == 1, name
        assert "already" in refused.one_line
        assert refused.out == ""


def test_nobody_is_no_person(place: Workplace) -> None:
    for name in ("", "   "):
        assert place.json("approve", place.plan, "--by", name).code == 64


def test_a_plan_that_needs_two_people_is_not_executed_for_one(place: Workplace) -> None:
    place.configure(approval={"people": 2})
    with place.archive() as archive:
        before = archive.objects(place.planned()[0].study_instance_uid)
        refused = place.json("execute", place.plan, "--now")
        assert refused.code == 1
        assert "1 of 2 approvals" in refused.one_line
        assert archive.objects(place.planned()[0].study_instance_uid) == before
        with place.acting_as("second"):
            second = place.must("approve", place.plan, "--by", "B. Second").answer
        assert second["may_execute"]
        assert [(one["by"], one["account"]) for one in second["approvals"]] == [
            ("A. Reviewer", account()),
            ("B. Second", "second"),
        ]
        assert place.must("execute", place.plan, "--now", "--max-studies", "1", code=3).answer["verified"] == 1


def test_one_account_is_one_person_under_any_name(place: Workplace) -> None:
    place.configure(approval={"people": 2})
    refused = place.json("approve", place.plan, "--by", "Piet")
    assert refused.code == 1
    assert f"A. Reviewer (account {account()}) approved plan-0001 already" in refused.one_line
    with place.session() as work:
        head = work.ledger.plan("plan-0001")
        assert head is not None
        # As kept by a release that compared names only.
        work.ledger.approve(head.plan_id, NewEvent(type=EventType.APPROVED, at=NOW, actor="Piet", plan=head.plan_id))
        head = work.ledger.plan("plan-0001")
        assert head is not None
        assert [given.person for given in head.approvals] == ["A. Reviewer", "Piet"]
        assert [given.person for given in approving_people(head)] == ["A. Reviewer"]
    refused = place.json("execute", place.plan, "--now")
    assert refused.code == 1
    assert "1 of 2 approvals" in refused.one_line


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("Andr\u00e9 Vos", "Andre\u0301 Vos"),
        ("Andr\u00e9 Vos", "Andr\u00e9\u200b Vos"),
        ("Andr\u00e9 Vos", "ANDR\u00c9  VOS"),
        ("Groot Fijn", "Groot \ufb01jn"),
    ],
)
def test_one_name_is_one_person_under_any_account(place: Workplace, first: str, again: str) -> None:
    place.configure(approval={"people": 3})
    with place.acting_as("first"):
        told = place.must("approve", place.plan, "--by", first).answer
    assert not told["may_execute"]
    assert "(account first); it waits for another person" in told["waits_because"]
    with place.acting_as("second"):
        refused = place.json("approve", place.plan, "--by", again)
        assert refused.code == 1
        assert "already" in refused.one_line
        assert "what tells the two apart" in refused.one_line
        mixed = place.json("approve", place.plan, "--by", "\u0410ndr\u00e9 Vos")
        assert mixed.code == 64
        assert "look alike" in mixed.one_line
    with place.acting_as("namesake"):
        assert place.must("approve", place.plan, "--by", f"{again} (radiologie)").answer["may_execute"]
    with place.session() as work:
        head = work.ledger.plan("plan-0001")
        assert head is not None
        assert len(head.approvals) == 3


def test_two_accounts_whose_names_may_be_one_persons_count_and_are_told(place: Workplace) -> None:
    place.configure(approval={"people": 3})
    told = []
    for own, name in (("jan", "André Visser"), ("beheer", "Visser, A.")):
        with place.acting_as(own):
            told.append(place.run("--lang", "nl", "approve", place.plan, "--by", name).err)
    assert (told[0], "tellen als twee personen" in told[1], "(account beheer)" in told[1]) == ("", True, True)
    place.configure(approval={"people": 4, "names": {"jan": "André Visser", "beheer": "Arie Visser", "c": "C. Visser"}})
    with place.acting_as("c"):
        assert "two people" not in place.run("approve", place.plan).err


def test_for_whom_a_plan_waits_is_printed(place: Workplace) -> None:
    place.configure(approval={"people": 3, "names": {"carol": "C. Carols", "dirk": "D. Dirks"}})
    with place.acting_as("dirk"):
        told = place.run("--lang", "nl", "approve", place.plan)
    assert "plan-0001 heeft 2 van 3 goedkeuringen" in told.out
    assert "D. Dirks (account dirk); het wacht op C. Carols." in told.out


def test_a_directory_of_names_says_whose_the_account_is(place: Workplace) -> None:
    place.configure(approval={"people": 2, "names": {"carol": "C. Carols", "dirk": "D. Dirks"}})
    with place.acting_as("carol"):
        other = place.json("approve", place.plan, "--by", "D. Dirks")
        assert other.code == 64
        assert "is C. Carols's" in other.one_line
    with place.acting_as("eve"):
        assert place.json("approve", place.plan).code == 64
        borrowed = place.json("approve", place.plan, "--by", "d. dirks")
        assert borrowed.code == 64
        assert "acts under the account dirk" in borrowed.one_line
    with place.acting_as("carol"):
        told = place.must("approve", place.plan, "--by", "c. carols").answer
    assert [one["by"] for one in told["approvals"]] == ["A. Reviewer", "C. Carols"]


def test_a_plan_that_was_not_approved_is_superseded_by_the_next(place: Workplace) -> None:
    second = place.must("plan").answer
    place.must("plan")
    for command in (["approve", second["path"], "--by", "B. Second"], ["execute", second["path"]]):
        refused = place.json(*command)
        assert refused.code == 1
        assert "superseded" in refused.one_line
        assert "remediate approve" not in refused.one_line, "a step that would be refused"


def test_an_approved_plan_stays_executable_when_a_newer_one_is_made(place: Workplace) -> None:
    place.must("plan")
    with place.session() as work:
        assert list(approved_with_work(work.ledger, work.config.approval)) == ["plan-0001"]
        assert remaining_studies(work.ledger, "plan-0001") == len(place.planned())


def test_the_one_who_planned_may_be_kept_from_approving_alone(place: Workplace) -> None:
    place.configure(approval={"planner_may_approve_alone": False})
    made = place.must("plan").answer
    place.must("approve", made["path"], "--by", "Not The Account's Name")
    with place.session() as work:
        head = work.ledger.plan(made["plan"])
        assert head is not None
        missing = missing_approvals(head, work.config.approval)
        assert missing is not None
        assert "person who made it" in missing.en
        assert missing_approvals(head, ApprovalSettings()) is None
    with place.acting_as("else"):
        place.must("approve", made["path"], "--by", "Somebody Else")
    with place.session() as work:
        head = work.ledger.plan(made["plan"])
        assert head is not None
        assert missing_approvals(head, work.config.approval) is None


def _plan(*given: tuple[str, str], **how: Any) -> PlanRow:
    """A plan that `jsmit` made, approved by these accounts and names."""
    told = {"planner": "jsmit", "created_by": "jsmit"} | how
    approvals = tuple(Approval(person, NOW, who) for who, person in given)
    return PlanRow(plan_id="plan-0001", kind=PlanKind.CORRECT, digest="x", path="plan.json", created_at=NOW, planned=1,
                   approvals=approvals, **told)  # fmt: skip


@pytest.mark.parametrize(
    "second",
    ["JSmit", "jsmit ", "HOSPITAL\\jsmit", "jsmit@hospital.example", "jsm\u0456t", "\uff4asmit", "j\u200bsmit"],
)
def test_one_account_in_another_spelling_is_no_second_one(second: str) -> None:
    head = _plan(("jsmit", "J. Smit"), (second, "P. Pieters"))
    assert [one.account for one in approving_people(head)] == ["jsmit"]
    alone = ApprovalSettings(planner_may_approve_alone=False)
    assert missing_approvals(_plan((second, "P. Pieters")), alone) is not None
    assert missing_approvals(_plan(("jsmits", "P. Pieters")), alone) is None


def test_letters_that_look_alike_make_no_second_name() -> None:
    head = _plan(("one", "A. Boc"), ("two", "\u0410. \u0412\u043e\u0441"))
    assert len(approving_people(head)) == 1


def test_who_decided_approves_alone_under_no_other_account_of_the_same_name() -> None:
    alone = ApprovalSettings(people=1, planner_may_approve_alone=False)
    decided = {"deciders": ("reviewer",), "decider_names": ("R. Eviewer",)}
    assert missing_approvals(_plan(("root", "r eviewer"), **decided), alone) is not None
    assert missing_approvals(_plan(("REVIEWER", "Somebody Else"), **decided), alone) is not None
    assert missing_approvals(_plan(("root", "Somebody Else"), **decided), alone) is None


def test_who_approved_what_stands_in_the_ledger(place: Workplace) -> None:
    with place.session() as work:
        head = work.ledger.plan("plan-0001")
        events = list(work.ledger.events(type_=EventType.APPROVED))
    assert head is not None
    assert [(e.event.actor, e.system_account, e.event.plan, e.event.details["digest"]) for e in events] == [
        ("A. Reviewer", account(), "plan-0001", head.digest)
    ]
