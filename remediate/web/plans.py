"""Plans: what each would change, study by study before and after, who stands for it and whom must still follow.

Approving and withdrawing are the use cases of the command line, under the account that is signed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from remediate.errors import UsageError
from remediate.faces.changes import changes_of
from remediate.plan.approval import (
    approve as approve_plan,
)
from remediate.plan.approval import (
    approving_people,
    missing_approvals,
    resembling,
    shown_person,
    stop_work_on,
)
from remediate.plan.approval import (
    withdraw as withdraw_plan,
)
from remediate.plan.bound_settings import changed_since
from remediate.plan.message_corrections import require_messages
from remediate.plan.planning import plan_item
from remediate.plan.reading import read_bound_plan, read_plan
from remediate.reasons.study import sentence
from remediate.records.ledger import PlanItem, PlanKind, PlanRow, StudyRow
from remediate.records.roles import Role
from remediate.records.states import WORDS as STATES
from remediate.records.states import State
from remediate.report.plan_words import PlanWords
from remediate.texts.language import Language, Sentence
from remediate.web.documents import READ
from remediate.web.opening import PageSession, looked, opened, person_at, why_given
from remediate.web.roles import EVERYBODY, STUDIES, page, roles_of
from remediate.web.showing import WebWords, language_of, show
from remediate.wiring import now

PAGE = 50
"""Studies on a page."""
_FOUND = "found: "
_GROUPED = (State.PLANNED, State.REVIEW, State.EXCLUDED, State.CORRECT)


@require_safe
@page(*EVERYBODY)
def plans(request: HttpRequest) -> HttpResponse:
    """Every plan, the newest first."""
    language = language_of(request)
    with opened(request) as work:
        rows = [_row(work, head, language) for head in islice(work.ledger.plans(), 100)]
    return show(request, "web/plans.html", {"plans": rows})


def _row(work: PageSession, head: PlanRow, language: Language) -> Mapping[str, Any]:
    return {"head": head, "is_rollback": head.kind is PlanKind.ROLLBACK, "stands": _stands(work, head, language)}


def _stands(work: PageSession, head: PlanRow, language: Language) -> str:
    """In one sentence."""
    say = WebWords(language)
    if head.superseded:
        return say("plan_superseded")
    if not head.planned:
        return say("plan_empty")
    missing = missing_approvals(head, work.config.approval)
    if missing is not None:
        return missing.in_(language)
    left = work.ledger.plan_progress(head.plan_id, "").left_studies
    return say("plan_left", left=left) if left else say("plan_done")


def _waits(work: PageSession, head: PlanRow) -> bool:
    """Whether an approval would still be for something: not once all of the plan was carried out."""
    if head.withdrawn or head.superseded or not head.planned:
        return False
    is_approved = missing_approvals(head, work.config.approval) is None
    return not is_approved or bool(work.ledger.plan_progress(head.plan_id, "").left_studies)


@require_safe
@page(*EVERYBODY)
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """One plan: figures for everybody, its page and its studies for who may see them."""
    language = language_of(request)
    with opened(request) as work:
        head = _head(work, plan_id)
        roles = roles_of(request)
        changed = work.changed_since(head) if not head.superseded else None
        values = {
            **_row(work, head, language),
            "people": [(shown_person(one), one.at) for one in approving_people(head)],
            "deciders": ", ".join(head.deciders),
            "changed": changed.in_(language) if changed is not None else "",
            "resembling": [f"{shown_person(a)} / {shown_person(b)}" for a, b in resembling(head)],
            "groups": _groups(work, language),
            "may_see": bool(roles & STUDIES),
            "may_approve": Role.APPROVER in roles and _waits(work, head),
            "may_withdraw": Role.APPROVER in roles and not head.withdrawn,
            "was_read": _was_read(request, head),
        }
    return show(request, "web/plan.html", values)


def _head(work: PageSession, plan_id: str) -> PlanRow:
    head = work.ledger.plan(plan_id)
    if head is None:
        raise Http404
    return head


def _groups(work: PageSession, language: Language) -> list[Mapping[str, Any]]:
    """How many studies stand in each state for each reason, as they stand now."""
    counts = sorted(work.ledger.counts().items(), key=lambda one: (-one[1], one[0][1]))
    found: list[Mapping[str, Any]] = []
    for state in _GROUPED:
        reasons = [(reason, number) for (known, reason), number in counts if known is state]
        if reasons:
            told = [(reason, sentence(reason, language), number) for reason, number in reasons]
            word = STATES[state].in_(language)
            found.append({"state": state.value, "word": word, "number": sum(n for _, n in reasons), "reasons": told})
    return found


@require_safe
@page(*STUDIES)
def studies(request: HttpRequest, plan_id: str) -> HttpResponse:
    """A page of studies: those of the plan, or those of one group, in order of Study Instance UID."""
    language = language_of(request)
    state, reason, after = (request.GET.get(name, "")[:200] for name in ("state", "reason", "after"))
    if state and state not in {one.value for one in _GROUPED}:
        raise Http404
    with opened(request) as work:
        head = _head(work, plan_id)
        if state:
            uids = work.ledger.study_page(state=State(state), reason=reason or None, after=after, limit=PAGE + 1)
        else:
            uids = work.ledger.planned_page(plan_id, after=after, limit=PAGE + 1)
        rows = work.ledger.studies_named(uids[:PAGE])
        shown = [_line(row, item, language) for row, item in zip(rows, _items(work, rows), strict=True)]
        if shown:
            looked(request, work, "web studies of a plan", lines=len(shown))
    more = urlencode({"state": state, "reason": reason, "after": uids[PAGE - 1]}) if len(uids) > PAGE else ""
    values = {
        "head": head,
        "rows": shown,
        "more": more,
        "is_first": not after,
        "state": STATES[State(state)].in_(language) if state else "",
        "reason": sentence(reason, language) if reason else "",
    }
    return show(request, "web/plan_studies.html", values)


def _items(work: PageSession, rows: Sequence[StudyRow]) -> list[PlanItem]:
    """What a plan would say of these studies now, with every BSN masked."""
    judged = work.judge.judge_many([row.evidence for row in rows])
    return [plan_item(row.study_instance_uid, row.instances, one) for row, one in zip(rows, judged, strict=True)]


def _line(row: StudyRow, item: PlanItem, language: Language) -> Mapping[str, Any]:
    return {
        "study": row.study_instance_uid,
        "date": row.study_date,
        "modalities": ", ".join(row.modalities),
        "number": item.patient_id,
        "issuer": item.issuer,
        "state": STATES[row.state].in_(language),
        "why": sentence(row.reason, language),
    }


@require_safe
@page(*STUDIES)
def study(request: HttpRequest, plan_id: str, uid: str) -> HttpResponse:
    """One study of a plan, before and after."""
    language = language_of(request)
    with opened(request) as work:
        head, row = _head(work, plan_id), work.ledger.study(uid)
        if row is None:
            raise Http404
        (item,) = _items(work, [row])
        is_planned = plan_id in work.ledger.plans_of(uid)
        changed, told = changes_of(work, uid, reveal=False, language=language)
        looked(request, work, "web study of a plan", study=uid)
    say = PlanWords(language)
    return show(
        request,
        "web/plan_study.html",
        {
            "head": head,
            "is_planned": is_planned,
            "line": _line(row, item, language),
            "epd": item.epd_patient_id or "",
            "proofs": [sentence(code, language) for code in item.proofs],
            "against": [sentence(code, language) for code in item.reasons],
            "before": [text.removeprefix(_FOUND) for text in item.corrections if text.startswith(_FOUND)],
            "after": say.after(work.profile.name) if item.state is State.PLANNED else "",
            "bsn": item.bsn_masked,
            "changed": [one for one in changed if one["element"]],
            "by_message": told,
            "decision": item.decision,
        },
    )


@require_POST
@page(Role.APPROVER)
def approve(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Put the person's name under exactly this plan: its digest is sent along, and its page was opened."""
    language = language_of(request)
    say = WebWords(language)
    with opened(request) as work:
        person, head = person_at(request, work), _head(work, plan_id)
        _require_read(request, head)
        document, found = read_bound_plan(plan_id, work.ledger)
        require_messages(work.ledger, document.plan_id, found)
        head = approve_plan(work.ledger, document, found, person=person, now=now())
        changed = changed_since(document.kind, document.parameters, work.config)
        missing = changed or missing_approvals(head, work.config.approval)
    messages.success(request, say("approved_by", plan=head.plan_id, person=person))
    messages.info(request, missing.in_(language) if missing is not None else say("approved_enough"))
    return HttpResponseRedirect(reverse("plans-plan", args=(plan_id,)))


def _require_read(request: HttpRequest, head: PlanRow) -> None:
    """Raises `UsageError` where the digest is another one, or the plan's page was not opened in this session."""
    given = "".join(request.POST.get("digest", "").split()).lower()
    if given != head.digest:
        raise UsageError(
            Sentence(
                "The digest is not that of this plan: nothing was approved.",
                "De controlesom is niet die van dit plan: er is niets goedgekeurd.",
            )
        )
    if not _was_read(request, head):
        raise UsageError(
            Sentence("Read the plan's page first: open it here.", "Lees eerst de pagina van het plan: open die hier.")
        )


def _was_read(request: HttpRequest, head: PlanRow) -> bool:
    """Whether the plan's page was opened in this session, as it was made; a plan without one has nothing to open."""
    made = head.files.get("plan.html", "")
    return not made or request.session.get(f"{READ}{head.plan_id}") == made


@require_POST
@page(Role.APPROVER)
def withdraw(request: HttpRequest, plan_id: str) -> HttpResponse:
    """Take a plan back, for a reason."""
    why = why_given(request)
    with opened(request) as work:
        person = person_at(request, work)
        document = read_plan(_head(work, plan_id).path, work.ledger)
        head = withdraw_plan(work.ledger, document, person=person, why=why, now=now())
        stop_work_on(work.ledger, work.ledger, head.plan_id, actor=work.account, now=now())
    messages.success(request, WebWords(language_of(request))("withdrawn_by", plan=head.plan_id, person=person))
    return HttpResponseRedirect(reverse("plans-plan", args=(plan_id,)))
