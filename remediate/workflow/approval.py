"""Binds people to a plan's digest, and tells whether a plan may be executed. Reads and writes only the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from remediate.config import ApprovalSettings
from remediate.errors import PlanError, UsageError
from remediate.printable import one_line
from remediate.records.ledger import EventType, NewEvent, PlanRow
from remediate.workflow.plan_document import PlanDocument
from remediate.workflow.ports import Ledger

_UNREAD: Mapping[str, str] = {}


def known_plan(ledger: Ledger, document: PlanDocument, files: Mapping[str, str] = _UNREAD) -> PlanRow:
    """The ledger's own head of this document; `files` are the digests of those that were read of it.

    Raises `PlanError` when it is not this ledger's plan, unchanged, by what the signed chain says.
    """
    if document.ledger_id != ledger.ledger_id:
        raise PlanError(
            f"{document.plan_id} belongs to another ledger.", advice="Execute it where it was made, or plan again here."
        )
    head = ledger.plan(document.plan_id)
    if head is None or head.digest != document.digest:
        raise PlanError(
            f"This ledger knows no {document.plan_id} with that digest.", advice="Run `remediate plan` again."
        )
    if "plan.json" in exchanged(head, files):
        raise PlanError(
            f"The plan.json of {head.plan_id} is not the one that was made.",
            advice="Put it back, or run `remediate plan` again.",
        )
    return head


def exchanged(head: PlanRow, files: Mapping[str, str]) -> tuple[str, ...]:
    """Which files are not those that were made with the plan; not those that are missing."""
    return tuple(name for name, digest in head.files.items() if files.get(name, digest) != digest)


def approve(ledger: Ledger, document: PlanDocument, files: Mapping[str, str], *, person: str, now: datetime) -> PlanRow:
    """Record that `person` approves exactly this plan: what that person may have read must be what was made.

    Raises `PlanError` when it may not be approved, `UsageError` when nobody is named.
    """
    person = one_line(person)
    if not person:
        raise UsageError("An approval takes a person's name: --by NAME.")
    head = known_plan(ledger, document, files)
    if head.withdrawn:
        raise PlanError(f"{head.plan_id} was withdrawn.", advice="Run `remediate plan` again.")
    if changed := exchanged(head, files):
        raise PlanError(
            f"{' and '.join(changed)} of {head.plan_id} cannot be what you should read: somebody changed it.",
            advice="Nothing was approved. Run `remediate plan` again and read that.",
        )
    if head.superseded:
        raise PlanError(f"{head.plan_id} was superseded by a newer plan.", advice="Approve the newest one.")
    if any(name.casefold() == person.casefold() for name, _ in head.approvals):
        raise PlanError(f"{person} approved {head.plan_id} already.", advice="A second approval takes a second person.")
    event = NewEvent(type=EventType.APPROVED, at=now, actor=person, plan=head.plan_id, details={"digest": head.digest})
    return ledger.approve(head.plan_id, event)


def missing_approvals(head: PlanRow, settings: ApprovalSettings) -> str:
    """What still stands in the way of execution, as one sentence; "" when nothing does."""
    if head.withdrawn:
        return f"{head.plan_id} was withdrawn."
    people = {name for name, _ in head.approvals}
    if len(people) < settings.people:
        return f"{head.plan_id} has {len(people)} of {settings.people} approvals."
    if not settings.planner_may_approve_alone and people == {head.created_by}:
        return f"{head.plan_id} is approved only by the person who made it."
    return ""


def withdraw(ledger: Ledger, document: PlanDocument, *, person: str, why: str, now: datetime) -> PlanRow:
    """Record that `person` takes this plan back: nothing more is begun under it, and what was begun is put back.

    Raises `PlanError` when it was withdrawn already, `UsageError` when nobody is named or nothing is said.
    """
    person, why = one_line(person), one_line(why)
    if not person or not why:
        raise UsageError("Withdrawing takes a person's name and a reason: --by NAME --why TEXT.")
    head = known_plan(ledger, document)
    if head.withdrawn:
        raise PlanError(f"{head.plan_id} was withdrawn already.")
    details = {"digest": head.digest, "why": why}
    event = NewEvent(type=EventType.WITHDRAWN, at=now, actor=person, plan=head.plan_id, details=details)
    return ledger.withdraw(head.plan_id, event)


def is_at_work(ledger: Ledger, plan_id: str) -> bool:
    """Whether the newest batch is of this plan and was not closed: at work now, or broken off."""
    newest = next(iter(ledger.batches()), None)
    return newest is not None and newest.closed_at is None and newest.plan_id == plan_id


def approved_with_work(ledger: Ledger, settings: ApprovalSettings) -> Iterator[str]:
    """The plans that may be executed and have work left, oldest first: a newer one never starves an older."""
    for head in reversed(ledger.plans()):
        if not missing_approvals(head, settings) and remaining_studies(ledger, head.plan_id):
            yield head.plan_id


def remaining_studies(ledger: Ledger, plan_id: str) -> int:
    """Studies of the plan that a later batch will still work on, whether it corrects or rolls back."""
    return ledger.plan_progress(plan_id, "").left_studies


def require_approved(
    ledger: Ledger, document: PlanDocument, files: Mapping[str, str], settings: ApprovalSettings
) -> PlanRow:
    """The head of a plan that may be executed. Raises `PlanError` with what is missing."""
    head = known_plan(ledger, document, files)
    missing = missing_approvals(head, settings)
    if head.withdrawn:
        raise PlanError(missing, advice="Run `remediate plan` again.")
    if missing:
        raise PlanError(missing, advice=f"Read it, then: remediate approve {head.path} --by NAME")
    return head
