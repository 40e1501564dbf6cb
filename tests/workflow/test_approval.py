"""Whose name stands under a plan, and which plan that makes executable."""

from __future__ import annotations

from workplace import Workplace

from remediate.config import ApprovalSettings
from remediate.records.ledger import EventType
from remediate.workflow.approval import approved_with_work, missing_approvals, remaining_studies


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
        second = place.must("approve", place.plan, "--by", "B. Second").answer
        assert second["may_execute"]
        assert [one["by"] for one in second["approvals"]] == ["A. Reviewer", "B. Second"]
        assert place.must("execute", place.plan, "--now", "--max-studies", "1", code=3).answer["verified"] == 1


def test_a_plan_that_was_not_approved_is_superseded_by_the_next(place: Workplace) -> None:
    second = place.must("plan").answer
    place.must("plan")
    refused = place.json("approve", second["path"], "--by", "B. Second")
    assert refused.code == 1
    assert "superseded" in refused.one_line


def test_an_approved_plan_stays_executable_when_a_newer_one_is_made(place: Workplace) -> None:
    place.must("plan")
    with place.session() as work:
        assert list(approved_with_work(work.ledger, work.config.approval)) == ["plan-0001"]
        assert remaining_studies(work.ledger, "plan-0001") == len(place.planned())


def test_the_one_who_planned_may_be_kept_from_approving_alone(place: Workplace) -> None:
    with place.session() as work:
        planner = work.ledger.plan("plan-0001")
        assert planner is not None
    place.configure(approval={"planner_may_approve_alone": False})
    made = place.must("plan").answer
    place.must("approve", made["path"], "--by", planner.created_by)
    with place.session() as work:
        head = work.ledger.plan(made["plan"])
        assert head is not None
        assert "person who made it" in missing_approvals(head, work.config.approval)
        assert missing_approvals(head, ApprovalSettings()) == ""
    place.must("approve", made["path"], "--by", "Somebody Else")
    with place.session() as work:
        head = work.ledger.plan(made["plan"])
        assert head is not None
        assert missing_approvals(head, work.config.approval) == ""


def test_who_approved_what_stands_in_the_ledger(place: Workplace) -> None:
    with place.session() as work:
        head = work.ledger.plan("plan-0001")
        events = list(work.ledger.events(type_=EventType.APPROVED))
    assert head is not None
    assert [(e.event.actor, e.event.plan, e.event.details["digest"]) for e in events] == [
        ("A. Reviewer", "plan-0001", head.digest)
    ]
