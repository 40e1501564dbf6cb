"""Binds people to a plan's digest, and tells whether a plan may be executed. Reads and writes only the plans.

A person is an account of the operating system, and a name: two approvals are two people's only where both differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from remediate.config.people import ApprovalSettings
from remediate.errors import PlanError, UsageError
from remediate.persons import NAMESAKE
from remediate.plan.document import PlanDocument
from remediate.plan.typed_reason import named_and_said
from remediate.ports import BatchStore, ControlStore, PlanStore
from remediate.records.ledger import Approval, EventType, NewEvent, PlanKind, PlanRow, RunMode
from remediate.texts.language import Sentence
from remediate.texts.printable import one_line, resembles, same_account, same_name, same_person

_UNREAD: Mapping[str, str] = {}


def known_plan(plans: PlanStore, document: PlanDocument, files: Mapping[str, str] = _UNREAD) -> PlanRow:
    """The ledger's own head of this document; `files` are the digests of those that were read of it.

    Raises `PlanError` when it is not this ledger's plan, unchanged, by what the signed chain says.
    """
    if document.ledger_id != plans.ledger_id:
        raise PlanError(
            Sentence(
                f"{document.plan_id} belongs to another ledger.", f"{document.plan_id} hoort bij een ander logboek."
            ),
            advice=Sentence(
                "Execute it where it was made, or plan again here.",
                "Voer het uit waar het is gemaakt, of maak hier een nieuw plan.",
            ),
        )
    head = plans.plan(document.plan_id)
    if head is None or head.digest != document.digest:
        raise PlanError(
            Sentence(
                f"This ledger knows no {document.plan_id} with that digest.",
                f"Dit logboek kent geen {document.plan_id} met die controlesom.",
            ),
            advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
        )
    if "plan.json" in exchanged(head, files):
        raise PlanError(
            Sentence(
                f"The plan.json of {head.plan_id} is not the one that was made.",
                f"Het plan.json van {head.plan_id} is niet zoals het is gemaakt.",
            ),
            advice=Sentence(
                "Put it back, or run `remediate plan` again.", "Zet het terug, of voer `remediate plan` opnieuw uit."
            ),
        )
    return head


def exchanged(head: PlanRow, files: Mapping[str, str]) -> tuple[str, ...]:
    """Which files are not those that were made with the plan; not those that are missing."""
    return tuple(name for name, digest in head.files.items() if files.get(name, digest) != digest)


def approve(
    plans: PlanStore, document: PlanDocument, files: Mapping[str, str], *, person: str, now: datetime
) -> PlanRow:
    """Record that `person` approves exactly this plan: what that person may have read must be what was made.

    Raises `PlanError` when it may not be approved, `UsageError` when nobody is named.
    """
    person = one_line(person)
    if not person:
        raise UsageError(
            Sentence(
                "An approval takes a person's name: --by NAME.",
                "Voor een goedkeuring is iemands naam nodig: --by NAAM.",
            )
        )
    head = known_plan(plans, document, files)
    if head.withdrawn:
        raise PlanError(
            Sentence(f"{head.plan_id} was withdrawn.", f"{head.plan_id} is ingetrokken."),
            advice=Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit."),
        )
    if changed := exchanged(head, files):
        raise PlanError(
            Sentence(
                f"{' and '.join(changed)} of {head.plan_id} cannot be what you should read: somebody changed it.",
                f"{' en '.join(changed)} van {head.plan_id} is niet wat u zou moeten lezen: iemand heeft het "
                "gewijzigd.",
            ),
            advice=Sentence(
                "Nothing was approved. Run `remediate plan` again and read that.",
                "Er is niets goedgekeurd. Voer `remediate plan` opnieuw uit en lees dat.",
            ),
        )
    _refuse_superseded(head)
    ours = Approval(person, now, plans.account)
    if known := next((given for given in head.approvals if _same_person(given, ours)), None):
        raise PlanError(
            Sentence(
                f"{shown_person(known)} approved {head.plan_id} already.",
                f"{shown_person(known)} heeft {head.plan_id} al goedgekeurd.",
            ),
            advice=_SECOND if same_account(known.account, ours.account) else NAMESAKE,
        )
    event = NewEvent(type=EventType.APPROVED, at=now, actor=person, plan=head.plan_id, details={"digest": head.digest})
    return plans.approve(head.plan_id, event)


_SECOND = Sentence(
    "A second approval takes a second person, under an account of their own.",
    "Voor een tweede goedkeuring is een tweede persoon nodig, onder een eigen account.",
)


def _refuse_superseded(head: PlanRow) -> None:
    if head.superseded:
        raise PlanError(
            Sentence(
                f"{head.plan_id} was superseded by a newer plan.", f"{head.plan_id} is vervangen door een nieuwer plan."
            ),
            advice=Sentence(
                "`remediate status` says what to do with the newest one.",
                "`remediate status` zegt wat er met het nieuwste te doen is.",
            ),
        )


def resembling(head: PlanRow) -> tuple[tuple[Approval, Approval], ...]:
    """Pairs of approvals under two accounts whose names may be two spellings of one person's. Accounts decide: they
    count as two, and who reads it is told."""
    people = approving_people(head)
    return tuple((a, b) for n, a in enumerate(people) for b in people[n + 1 :] if resembles(a.person, b.person))


def _same_person(one: Approval, other: Approval) -> bool:
    return same_person((one.account, one.person), (other.account, other.person))


def approving_people(head: PlanRow) -> tuple[Approval, ...]:
    """The approvals that count, in order: one for each person, under however many names it was given."""
    counted: list[Approval] = []
    for given in head.approvals:
        if not any(_same_person(given, other) for other in counted):
            counted.append(given)
    return tuple(counted)


def people_needed(head: PlanRow, settings: ApprovalSettings) -> int:
    """How many different people must approve: where nothing is configured, two once a person decided against proof."""
    return settings.people or (2 if head.deciders else 1)


def missing_approvals(head: PlanRow, settings: ApprovalSettings) -> Sentence | None:
    """What still stands in the way of execution, and for whom it waits; None when nothing does."""
    if head.withdrawn:
        return Sentence(f"{head.plan_id} was withdrawn.", f"{head.plan_id} is ingetrokken.")
    people, needed = approving_people(head), people_needed(head, settings)
    if len(people) < needed:
        return _too_few(head.plan_id, people, needed, settings, is_decided=bool(head.deciders))
    if not settings.planner_may_approve_alone and len(people) == 1 and stood_for_it(head, alone := people[0]):
        return Sentence(
            f"{head.plan_id} is approved only by the person who made it or confirmed a study of it, "
            f"{shown_person(alone)}: it waits for another.",
            f"{head.plan_id} is alleen goedgekeurd door wie het maakte of er een onderzoek van bevestigde, "
            f"{shown_person(alone)}: het wacht op iemand anders.",
        )
    return None


def stood_for_it(head: PlanRow, one: Approval) -> bool:
    """Whether who approved made the plan, or decided about a study of it: under whatever account, by whatever spelling
    of a name that was kept."""
    accounts, names = (head.planner, *head.deciders), (head.created_by, *head.decider_names)
    return any(same_account(one.account, who) for who in accounts if who) or any(
        same_name(one.person, name) for name in names if name
    )


def _too_few(
    plan_id: str, people: tuple[Approval, ...], needed: int, settings: ApprovalSettings, *, is_decided: bool
) -> Sentence:
    why = Sentence("", "")
    if is_decided and settings.people is None:
        why = Sentence(" (it rests on a person's decision)", " (het rust op een beslissing van een mens)")
    given = ", ".join(map(shown_person, people))
    others = [
        name for account, name in sorted(settings.names.items()) if account not in {one.account for one in people}
    ]
    who = " / ".join(others)
    waits = Sentence(
        f"it waits for {who}" if who else "it waits for another person, under another account",
        f"het wacht op {who}" if who else "het wacht op iemand anders, onder een ander account",
    )
    if not people:
        many = Sentence("", "") if needed == 1 else Sentence(f" by {needed} people", f" door {needed} mensen")
        by = Sentence(f": {waits.en}", f": {waits.nl}") if others else Sentence("", "")
        return Sentence(
            f"{plan_id} is not approved yet{many.en}{why.en}{by.en}.",
            f"{plan_id} is nog niet goedgekeurd{many.nl}{why.nl}{by.nl}.",
        )
    return Sentence(
        f"{plan_id} has {len(people)} of {needed} approvals{why.en}{f': {given}' if given else ''}; {waits.en}.",
        f"{plan_id} heeft {len(people)} van {needed} goedkeuringen{why.nl}{f': {given}' if given else ''}; {waits.nl}.",
    )


def shown_person(given: Approval) -> str:
    """Name and account, the account once where it is the name."""
    return given.person if given.account in ("", given.person) else f"{given.person} (account {given.account})"


SAME_AGAIN = Sentence(
    "As long as EPD, settings and people's decisions stay as they are, the next plan is the same again.",
    "Zolang EPD, instellingen en beslissingen van mensen blijven zoals ze zijn, wordt het volgende plan weer "
    "hetzelfde.",
)
"""What to know before planning again after a withdrawal."""


def withdraw(plans: PlanStore, document: PlanDocument, *, person: str, why: str, now: datetime) -> PlanRow:
    """Record that `person` takes this plan back: nothing more is begun under it, and what was begun is put back.

    Raises `PlanError` when it was withdrawn already, `UsageError` when nobody is named or nothing is said.
    """
    person, why = named_and_said(person, why, Sentence("Withdrawing", "intrekken"))
    head = known_plan(plans, document)
    if head.withdrawn:
        raise PlanError(Sentence(f"{head.plan_id} was withdrawn already.", f"{head.plan_id} is al ingetrokken."))
    details = {"digest": head.digest, "why": why}
    event = NewEvent(type=EventType.WITHDRAWN, at=now, actor=person, plan=head.plan_id, details=details)
    return plans.withdraw(head.plan_id, event)


def is_at_work(batches: BatchStore, plan_id: str) -> bool:
    """Whether the newest batch is of this plan and was not closed: at work now, or broken off."""
    newest = next(iter(batches.batches()), None)
    return newest is not None and newest.closed_at is None and newest.plan_id == plan_id


def stop_work_on(batches: BatchStore, control: ControlStore, plan_id: str, *, actor: str, now: datetime) -> None:
    """What is at work on a plan that was withdrawn ends after the study in hand."""
    if is_at_work(batches, plan_id):
        mode = RunMode.STOP
        control.set_control(mode, NewEvent(type=EventType.CONTROL, at=now, actor=actor, details={"mode": mode.value}))


def approved_with_work(plans: PlanStore, settings: ApprovalSettings) -> Iterator[str]:
    """The plans that may be executed and have work left, oldest first: a newer one never starves an older.

    An older one of which a newer one has all that is left comes after it: there the order is that of what is known now,
    with what came in since at its front.
    """
    found = [
        head
        for head in reversed(plans.plans())
        if not missing_approvals(head, settings) and remaining_studies(plans, head.plan_id)
    ]
    covered = {
        head.plan_id
        for at, head in enumerate(found)
        if head.kind is PlanKind.CORRECT
        and any(
            newer.kind is PlanKind.CORRECT and plans.is_left_to(head.plan_id, newer.plan_id)
            for newer in found[at + 1 :]
        )
    }
    yield from (head.plan_id for head in found if head.plan_id not in covered)
    yield from (head.plan_id for head in found if head.plan_id in covered)


def remaining_studies(plans: PlanStore, plan_id: str) -> int:
    """Studies of the plan that a later batch will still work on, whether it corrects or rolls back."""
    return plans.plan_progress(plan_id, "", decides=True).left_studies


_PLAN_AGAIN = Sentence("Run `remediate plan` again.", "Voer `remediate plan` opnieuw uit.")


def require_approved(
    plans: PlanStore, document: PlanDocument, files: Mapping[str, str], settings: ApprovalSettings
) -> PlanRow:
    """The head of a plan that may be executed. Raises `PlanError` with what is missing."""
    head = known_plan(plans, document, files)
    _refuse_superseded(head)
    missing = missing_approvals(head, settings)
    if missing is not None:
        again = Sentence(
            f"Read it, then: remediate approve {head.path} --by NAME",
            f"Lees het, dan: remediate approve {head.path} --by NAAM",
        )
        raise PlanError(missing, advice=_PLAN_AGAIN if head.withdrawn else again)
    if not plans.holds_planned_studies(head.plan_id):
        raise PlanError(
            Sentence(
                f"The ledger's list of studies for {head.plan_id} is not the one that was approved.",
                f"De lijst van onderzoeken voor {head.plan_id} in het logboek is niet die welke is goedgekeurd.",
            ),
            advice=Sentence(
                "Nothing was done. `remediate ledger verify` says more.",
                "Er is niets gedaan. `remediate ledger verify` zegt meer.",
            ),
        )
    return head
