"""The queue: who waits, one study beside the EPD, a decision by key or button, a whole kind at once. Decides nothing
itself: every decision goes through the reviewer's desk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remediate.identity.differences import Comparison
from remediate.reasons.study import sentence
from remediate.records.reviews import TYPED, Decision, QueueEntry
from remediate.records.roles import Role
from remediate.report.review_words import (
    both_sides,
    claimed,
    compared,
    decided,
    group_meaning,
    told_against,
    told_proofs,
    told_reason,
    told_rejection,
)
from remediate.review.desk import Desk, QueuePage, ReviewItem
from remediate.review.marks import Span, day
from remediate.review.rows import ReviewRow
from remediate.review.second_look import Concordance
from remediate.review.words import SENTENCES
from remediate.texts import notation
from remediate.texts.language import Language
from remediate.texts.printable import one_line
from remediate.web.opening import PageSession, looked, opened, person_at
from remediate.web.roles import page
from remediate.web.showing import WebWords, language_of, show
from remediate.wiring import now

_PATIENTS, _OF_A_PATIENT = 20, 12
"""On a page of the queue, and studies listed of each."""
_LAST, _WHY = "queue-last", "queue-why"
"""In the session: what this person decided last, and the reason that was given, by its kind: standing ready for a study
of another kind, it would be kept by one key."""
_CODES = re.compile(r"[a-z:+-]{0,400}")
_READY = (
    (Decision.CONFIRM, "queue_why_1"),
    (Decision.CONFIRM, "queue_why_2"),
    (Decision.EXCLUDE, "queue_why_4"),
    (Decision.EXCLUDE, "queue_why_3"),
    (Decision.SPLIT, "queue_why_5"),
)
"""Reasons that stand ready, each for the decision that it mostly goes with."""


class Field(NamedTuple):
    """What both sides say of one thing, word by word."""

    name: str
    study: tuple[Span, ...]
    epd: tuple[Span, ...]
    compared: str


class CandidateShown(NamedTuple):
    """One line of a study as a page shows it."""

    line: ReviewRow
    fields: tuple[Field, ...]
    proofs: tuple[str, ...]
    against: tuple[str, ...]
    never: tuple[str, ...]


class _LastAgreement:
    """What was last told of second looks; in this process, of its one ledger."""

    agreement: Concordance | None = None


def desk_of(request: HttpRequest, work: PageSession) -> Desk:
    """Of who is signed in."""
    return Desk(queue=work.reviews, events=work.ledger, person=person_at(request, work), known=_LastAgreement.agreement)


@require_safe
@page(Role.REVIEWER)
def queue(request: HttpRequest) -> HttpResponse:
    """Who waits, a patient's studies together; all kinds, or one."""
    group, after = _group_in(request.GET), request.GET.get("after", "")
    say = WebWords(language_of(request))
    with opened(request) as work:
        desk = desk_of(request, work)
        found = desk.page(now=now(), group=group, after=after, most=_PATIENTS)
        groups, plan = work.ledger.queue_groups(), work.ledger.queue_plan()
        agreement = _LastAgreement.agreement = desk.agreement()
        looked(request, work, "queue", lines=len(found.rows))
    patients = [
        {
            "studies": one.studies,
            "more": one.studies - len(one.entries[:_OF_A_PATIENT]),
            "entries": [_listed(entry, found, group, say) for entry in one.entries[:_OF_A_PATIENT]],
        }
        for one in found.patients
    ]
    told = [{"size": size, "meaning": group_meaning(size.group, say.language)} for size in groups]
    last = found.patients[-1].patient if len(found.patients) == _PATIENTS else ""
    values = {
        "groups": told, "patients": patients, "group": group, "after": after, "last": last, "plan": plan,
        "studies": sum(size.studies for size in groups), "meaning": group_meaning(group, say.language) if group else "",
        **_last(request, say), "decisions": _decisions(say.language),
        "agreement": agreement, "kappa": _kappa(agreement.kappa, say),
    }  # fmt: skip
    return show(request, "web/queue.html", values)


@require_safe
@page(Role.REVIEWER)
def first(request: HttpRequest) -> HttpResponse:
    """The first study that waits, of all kinds or of one."""
    group = _group_in(request.GET)
    with opened(request) as work:
        uid = desk_of(request, work).beside(None, group=group)
    return _to(uid, group)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Role.REVIEWER)
def study(request: HttpRequest, uid: str) -> HttpResponse:
    """One study beside the EPD, and the decision about it."""
    group = _group_in(request.GET)
    say = WebWords(language_of(request))
    with opened(request) as work:
        desk = desk_of(request, work)
        item = desk.item(uid, now=now(), again=request.method == "POST")
        if item is None:
            raise Http404
        problem = _decide(request, desk, item, say) if request.method == "POST" else ""
        if request.method == "POST" and not problem:
            return _to(desk.beside(item.entry, group=group), group)
        if problem:
            looked(request, work, "queue study", study=uid)  # whoever sends a form may have opened no page
        values = {
            "item": item, "uid": uid, "group": group, "problem": problem,
            "kind": group_meaning(item.entry.group, say.language), "date": _date(item.row.study_date, say),
            "candidates": [_candidate(line, say) for line in item.lines],
            "may_decide": bool(item.lines) and not item.is_mine and item.lease.account == work.account,
            "is_held": item.lease.account != work.account,
            "others": [{"one": one, "decision": decided(one.decision, say.language)} for one in item.others],
            "earlier": _earlier(item, say),
            "next": desk.beside(item.entry, group=group), "before": desk.beside(item.entry, group=group, back=True),
            **_last(request, say),
            "ready": [(decided(one, say.language), say(told)) for one, told in _READY],
            "why": request.POST.get("why", "") or _given_before(request, item.entry.group),
        }  # fmt: skip
    return show(request, "web/queue_study.html", values, status=409 if problem else 200)


def _group_in(sent: Mapping[str, str]) -> str:
    """The kind of difference that was asked for; what cannot be one stands on no page and in no link."""
    group = sent.get("group", "")
    kinds = set(filter(None, group.partition(":")[2].split("+")))
    if not (_CODES.fullmatch(group) and kinds <= set(Comparison)):
        raise Http404
    return group


def _given_before(request: HttpRequest, group: str) -> str:
    """The reason that was given last, where it was about a study of the same kind."""
    given = request.session.get(_WHY)
    return str(given.get(group, "")) if isinstance(given, dict) else ""


def _decide(request: HttpRequest, desk: Desk, item: ReviewItem, say: WebWords) -> str:
    """Take what was decided; why it was not taken, else nothing."""
    why, decision = one_line(request.POST.get("why", "")), request.POST.get("decision", "")
    seen = request.POST.get("candidate", "")
    if decision not in TYPED:
        return say("queue_choose_decision")
    if not seen and decision != Decision.CONFIRM and item.lines:
        seen = item.lines[0].seen
    if not seen:
        return say("queue_choose")
    line = next((one for one in item.lines if one.seen == seen), None)
    uid = item.entry.study_instance_uid
    number = line.epd_patient_id if line else ""
    taken = desk.decide(uid, decision, seen=seen, epd_patient_id=number, why=why, now=now())
    if taken.rejected:
        return told_rejection(taken.rejected[0], say.language)
    was_hidden = line is not None and line.candidate and item.hides_likeness
    last = {"study": uid, "date": item.row.study_date, "decision": decision}
    request.session[_LAST] = last | ({"likeness": line.likeness} if line is not None and was_hidden else {})
    request.session[_WHY] = {item.entry.group: why}
    told = [say(f"queue_done_{decision}"), say("queue_done_waits") if taken.waiting else ""]
    messages.success(request, " ".join(filter(None, told)))
    return ""


def _last(request: HttpRequest, say: WebWords) -> dict[str, str]:
    """What this person decided last, to be taken back; how alike it looked stands there and nowhere else, so that it is
    taken for no likeness of the study on the page."""
    last = request.session.get(_LAST)
    if not isinstance(last, dict):
        return {"undo": "", "last": ""}
    word = decided(Decision(last["decision"]), say.language)
    told = [say("queue_last", decision=word, date=_date(last["date"], say))]
    if "likeness" in last:
        told.append(say("queue_likeness_before", number=last["likeness"]))
    return {"undo": last["study"], "last": " ".join(told)}


@require_POST
@page(Role.REVIEWER)
def undo(request: HttpRequest) -> HttpResponse:
    """Take back what this person decided last."""
    uid, group = request.POST.get("study", ""), _group_in(request.POST)
    say = WebWords(language_of(request))
    with opened(request) as work:
        problem = desk_of(request, work).undo(uid, now=now())
    if problem is not None:
        messages.error(request, SENTENCES[problem].in_(say.language))
        return HttpResponseRedirect(reverse("queue"))
    request.session.pop(_LAST, None)
    messages.success(request, say("queue_undone"))
    return _to(uid, group)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Role.REVIEWER)
def group(request: HttpRequest) -> HttpResponse:
    """What one decision about a kind would do, and the decision about just what was shown."""
    asked = request.POST if request.method == "POST" else request.GET
    name, decision = _group_in(asked), asked.get("decision", "")
    if decision not in TYPED:
        raise Http404
    say = WebWords(language_of(request))
    why, problem = one_line(asked.get("why", "")), ""
    with opened(request) as work:
        desk = desk_of(request, work)
        if request.method == "POST":
            seen = asked.get("seen", "")
            found, taken = desk.decide_group(name, Decision(decision), seen=seen, why=why, now=now())
            if taken is not None and taken.rejected and not taken.decisions and not taken.waiting:
                problem = told_rejection(taken.rejected[0], say.language)
            elif taken is not None:
                request.session[_WHY] = {name: why}
                told = {"number": len(taken.decisions), "waiting": len(taken.waiting), "refused": len(taken.rejected)}
                messages.success(request, say("queue_group_done", **told))
                return HttpResponseRedirect(reverse("queue"))
            else:
                problem = say("queue_group_changed")
        else:
            found = desk.preview(name, Decision(decision), now=now())
        looked(request, work, "queue group", lines=0 if found is None else len(found.examples()))
    examples = [(_date(line.study_date, say), line) for line in (found.examples() if found else ())]
    refused = found.refused.items() if found else ()
    values = {
        "group": name, "meaning": group_meaning(name, say.language) if found else "", "found": found,
        "decision": decision, "word": decided(Decision(decision), say.language), "problem": problem,
        "studies": len(found.lines) if found else 0, "examples": examples,
        "refused": [(number, told_reason(code, say.language)) for code, number in refused],
        "why": why or _given_before(request, name), "undo": "",
    }  # fmt: skip
    return show(request, "web/queue_group.html", values, status=409 if problem else 200)


def _listed(entry: QueueEntry, found: QueuePage, group: str, say: WebWords) -> Mapping[str, Any]:
    """One study of a list; its kind where the list has several."""
    row = found.rows[entry.study_instance_uid]
    return {
        "entry": entry,
        "date": _date(row.study_date, say),
        "modalities": row.modalities,
        "lease": found.leases.get(entry.study_instance_uid),
        "kind": "" if group else group_meaning(entry.group, say.language),
    }


def _date(text: str, say: WebWords) -> str:
    return day(text) or say("queue_no_date")


def _to(uid: str, group: str) -> HttpResponse:
    """To a study, or to the queue where there is none."""
    where = reverse("queue-study", args=[uid]) if uid else reverse("queue")
    return HttpResponseRedirect(f"{where}?{urlencode({'group': group})}" if group and uid else where)


def _decisions(language: Language) -> list[tuple[str, str]]:
    return [(one.value, WebWords(language)("queue_group_look", decision=decided(one, language))) for one in TYPED]


def _kappa(kappa: float | None, say: WebWords) -> str:
    return say("queue_no_kappa") if kappa is None else say.number(kappa, 2)


def _earlier(item: ReviewItem, say: WebWords) -> str:
    earlier = item.lines[0].earlier if item.lines else None
    if earlier is None:
        return ""
    at = notation.minute(earlier.at, earlier.at.tzinfo, say.language)
    return say("queue_earlier", person=earlier.person, at=at, decision=decided(earlier.decision, say.language))


def _candidate(line: ReviewRow, say: WebWords) -> CandidateShown:
    language = say.language
    return CandidateShown(
        line=line,
        fields=tuple(_fields(line, say)),
        proofs=told_proofs(line, language),
        against=told_against(line, language),
        never=tuple(sentence(code, language) for code in line.not_negotiable),
    )


def _fields(line: ReviewRow, say: WebWords) -> Iterator[Field]:
    language = say.language
    if line.sides is not None:
        names, births, sexes = both_sides(line.sides)
        parts = {"queue_surname": compared(line.surname, language), "queue_given": compared(line.given_name, language)}
        both = "; ".join(f"{say(name)} {told}" for name, told in parts.items() if told)
        yield Field(say("queue_name"), *names, both)
        yield Field(say("queue_born"), *births, compared(line.birth_date, language))
        yield Field(say("queue_sex"), *sexes, compared(line.sex, language))
    ours, theirs = f"{line.issuer} {line.patient_id}".strip(), f"{line.authority} {line.epd_patient_id}".strip()
    yield Field(say("queue_number"), (Span(ours, False),), (Span(theirs, False),), "")
    yield Field(say("queue_bsn"), (Span(claimed(line, language), False),), (Span(line.bsn_in_epd, False),), "")
