"""The ledger: search, history of a study and of a patient, proof, checkpoints, exports; values in clear for a reason.

A patient's number is never part of an address: it is sent, used and forgotten.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from remediate.audit.patient_answer import answer_for
from remediate.errors import RemediateError, UsageError
from remediate.faces.changes import changes_of, revealed, shows_values
from remediate.faces.export import FORMS, write_events
from remediate.faces.patient import in_plan, page_of, pseudonyms_of
from remediate.identity.bsn_spelling import masked_numbers
from remediate.ledger.database_faults import sentence_of
from remediate.ledger.proof.checkpoint_folder import files_in, keep_in_folder
from remediate.reasons.study import sentence
from remediate.records.ledger import ChainReport, EventType, LedgerEvent, NewEvent
from remediate.records.roles import Role
from remediate.records.states import AMISS, State
from remediate.records.states import WORDS as STATES
from remediate.report.event_words import particulars, told_of
from remediate.report.leak_scan import numbers_in
from remediate.report.patient_page import lines
from remediate.report.patient_words import EVENTS
from remediate.texts.language import Language, Sentence
from remediate.texts.printable import one_line
from remediate.web.opening import PageSession, looked, opened, person_at, why_given, workroom
from remediate.web.roles import LEDGER, REVEAL, page, roles_of
from remediate.web.showing import WebWords, fault, language_of, show
from remediate.wiring import now

_IN_AN_ADDRESS = Sentence(
    "A patient's number is searched for under One patient; what is typed here stands in the address.",
    "Op het nummer van een patiënt zoekt u onder Eén patiënt; wat hier wordt getypt, staat in het adres.",
)
PAGE = 100
"""Events on a page."""


@require_safe
@page(*LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Events that meet what was asked, the oldest first."""
    language = language_of(request)
    asked = _asked(request)
    with opened(request) as work:
        after = int(text) if (text := request.GET.get("after", "")).isdecimal() and len(text) < 15 else 0
        found = list(islice(_events(work, asked, after), PAGE + 1))
        if found:
            looked(request, work, "web ledger", lines=min(len(found), PAGE))
        values = {
            "asked": asked,
            "rows": [_row(entry, language) for entry in found[:PAGE]],
            "more": urlencode(asked | {"after": found[PAGE - 1].seq}) if len(found) > PAGE else "",
            "types": [(one.value, EVENTS[one].in_(language)) for one in EventType],
            "outcomes": [(one.value, STATES[one].in_(language)) for one in State],
            "is_auditor": Role.AUDITOR in roles_of(request),
            "forms": list(FORMS),
            "proof": _proof.told(request),
        }
    return show(request, "web/ledger.html", values)


def _asked(request: HttpRequest) -> dict[str, str]:
    """What was filled in, without what is no answer to its question."""
    names = ("study", "batch", "person", "type", "outcome", "reason", "since", "until", "failed")
    found = {name: one_line(request.GET.get(name, ""))[:200] for name in names}
    asked = {name: text for name, text in found.items() if name != "study"}  # numbers of makers and machines
    if next(numbers_in(found["study"].encode()), None) or any(masked_numbers(text) != text for text in asked.values()):
        raise UsageError(_IN_AN_ADDRESS)
    if found["type"] not in set(EventType):
        found["type"] = ""
    if found["outcome"] not in set(State):
        found["outcome"] = ""
    for name in ("since", "until"):
        if _day(found[name]) is None:
            found[name] = ""
    return {name: text for name, text in found.items() if text}


def _day(text: str) -> date | None:
    """A day of which every zone's beginning is a moment."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day is not None and 1900 <= day.year < 9999 else None


def _begins(day: date | None, work: PageSession) -> datetime | None:
    """The moment at which a day begins where the hospital is."""
    return datetime.combine(day, time(), work.config.execute.window.zone) if day is not None else None


def _asked_day(text: str) -> date | None:
    """Of a file that is taken out: more than was asked for is no answer. Raises `UsageError`."""
    day = _day(text)
    if text and day is None:
        raise UsageError(Sentence("Give days as 2026-11-29.", "Geef dagen als 2026-11-29."))
    return day


def _events(work: PageSession, asked: Mapping[str, str], after: int = 0) -> Iterator[LedgerEvent]:
    states = ([State(asked["outcome"])] if "outcome" in asked else []) + (list(AMISS) if "failed" in asked else [])
    return work.ledger.events(
        study=asked.get("study", ""),
        batch=asked.get("batch", ""),
        person=asked.get("person", ""),
        type_=EventType(asked["type"]) if "type" in asked else None,
        states=states,
        reason=asked.get("reason", ""),
        since=_begins(_day(asked.get("since", "")), work),
        until=_begins(_day(asked.get("until", "")), work),
        after=after,
        limit=PAGE + 1,
    )


def _row(entry: LedgerEvent, language: Language) -> Mapping[str, Any]:
    event = entry.event
    return {
        "seq": entry.seq,
        "at": event.at,
        "told": told_of(entry, language),
        "state": STATES[event.state].in_(language) if event.state else "",
        "study": event.study,
        "plan": event.plan,
        "batch": event.batch,
        "who": entry.who,
        "more": " ".join(particulars(event.details)),
    }


@require_safe
@page(*LEDGER)
def study(request: HttpRequest, uid: str) -> HttpResponse:
    """The history of one study, with what was changed, masked."""
    return _study(request, uid, reveal=False, why="")


@require_POST
@page(*REVEAL)
def reveal(request: HttpRequest, uid: str) -> HttpResponse:
    """The same with old and new values in clear: for a reason that is recorded before anything is shown."""
    return _study(request, uid, reveal=True, why=why_given(request))


def _study(request: HttpRequest, uid: str, *, reveal: bool, why: str) -> HttpResponse:
    language = language_of(request)
    with opened(request) as work:
        row = work.ledger.study(uid)
        if row is None:
            raise Http404
        changed, told = changes_of(work, uid, reveal=reveal, language=language)
        if reveal and shows_values(changed):
            work.ledger.record(revealed(person_at(request, work), why, study=uid))
        looked(request, work, "web study", study=uid)
        history = [_row(entry, language) for entry in work.ledger.events(study=uid)]
        plans = work.ledger.plans_of(uid)
    values = {
        "study": uid,
        "state": STATES[row.state].in_(language),
        "why": sentence(row.reason, language),
        "date": row.study_date,
        "modalities": ", ".join(row.modalities),
        "objects": row.instances,
        "rows": history,
        "plans": plans,
        "changed": [one for one in changed if one["element"]],
        "unreadable": next((str(one["before"]) for one in changed if not one["element"]), ""),
        "by_message": told,
        "may_reveal": bool(roles_of(request) & REVEAL) and shows_values(changed) and not reveal,
        "is_revealed": reveal,
    }
    return show(request, "web/ledger_study.html", values)


@require_POST
@page(*LEDGER)
def patient(request: HttpRequest) -> HttpResponse:
    """All that was done with one patient's studies; the number is neither shown nor kept, that it was asked is."""
    language = language_of(request)
    number = request.POST.get("number", "").strip()[:64]
    if not number:
        raise UsageError(Sentence("Give a number.", "Geef een nummer."))
    with opened(request) as work:
        pseudonyms = pseudonyms_of(work, number, None)
        answer = answer_for(pseudonyms, in_plan, studies=work.ledger, plans=work.ledger, events=work.ledger)
        zone = work.config.execute.window.zone
        who = request.user.first_name or work.account
        shown = page_of(work, answer, language=language, zone=zone, reveal=False, who=who)
        named = next((one for one in pseudonyms if work.ledger.studies_of((one,))), "")
        looked(request, work, "answer for a patient", patient=named, lines=len(answer.studies))
    values = {
        "lines": [(max(line.level - 1, 0), line.text) for line in lines(shown, language)],
        "studies": [one.row.study_instance_uid for one in answer.studies],
    }
    return show(request, "web/ledger_patient.html", values)


@dataclass(slots=True)
class _Proof:
    """The last proof of the whole chain, for all who look; one at a time."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    runs: bool = False
    at: datetime | None = None
    report: ChainReport | None = None
    problem: RemediateError | None = None

    def start(self, account: str) -> None:
        """Begin, unless one is at work."""
        with self.lock:
            if self.runs:
                return
            self.runs, self.at, self.report, self.problem = True, now(), None, None
        threading.Thread(target=self._prove, args=(account,), daemon=True).start()

    def _prove(self, account: str) -> None:
        room = workroom()
        try:
            with ExitStack() as stack:
                work = PageSession(room.config, stack, None, account, room)
                self.report = work.ledger.verify(_second_place(work))
        except RemediateError as error:
            self.problem = error
        finally:
            self.at, self.runs = now(), False

    def told(self, request: HttpRequest) -> Mapping[str, Any]:
        """As it is shown."""
        report, language = self.report, language_of(request)
        problems = [(one.seq, one.problem, sentence_of(one, language)) for one in report.problems] if report else []
        return {
            "runs": self.runs,
            "at": self.at,
            "report": report,
            "problems": problems,
            "problem": fault(request, self.problem) if self.problem is not None else "",
        }


_proof = _Proof()


def _second_place(work: PageSession) -> tuple[Path, ...]:
    named = work.config.ledger.checkpoints
    folder = work.config.path(named) if named else None
    if folder is None or not folder.exists():
        return ()
    return files_in(folder) if folder.is_dir() else (folder,)


@require_POST
@page(*LEDGER)
def verify(request: HttpRequest) -> HttpResponse:
    """Recompute every digest and compare with the checkpoints; of millions of events that takes minutes."""
    _proof.start(request.user.get_username())
    return HttpResponseRedirect(reverse("ledger-proof"))


@require_safe
@page(*LEDGER)
def proof(request: HttpRequest) -> HttpResponse:
    """What the last proof found; a part of the page asks for itself again while one is at work."""
    name = "web/ledger_proof_now.html" if request.htmx else "web/ledger_proof.html"
    return show(request, name, {"proof": _proof.told(request)})


@require_POST
@page(Role.AUDITOR, Role.OPERATOR)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Sign the head of the chain, and bring it to the second place where one is configured."""
    with opened(request) as work:
        work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now(), actor=work.account))
        named = work.config.ledger.checkpoints
        if named:
            keep_in_folder(work.ledger.checkpoints(), work.config.path(named))
    word = "checkpoint_kept" if named else "checkpoint_here"
    messages.success(request, WebWords(language_of(request))(word))
    return HttpResponseRedirect(reverse("ledger"))


@require_POST
@page(Role.AUDITOR)
def export(request: HttpRequest) -> HttpResponse:
    """Events as a file, after it was looked through for numbers that may be a BSN."""
    form = request.POST.get("form", "")
    if form not in FORMS:
        raise UsageError(Sentence("Choose a form.", "Kies een vorm."))
    since, until = (_asked_day(request.POST.get(name, "")) for name in ("since", "until"))
    with opened(request) as work, tempfile.TemporaryDirectory() as folder:
        found = work.ledger.events(since=_begins(since, work), until=_begins(until, work))
        path = Path(folder) / "ledger"
        write_events(work, path, found, form)
        file = os.fdopen(os.open(path, os.O_RDONLY), "rb")
    ending = {"csv": "csv", "jsonl": "jsonl", "nen7513": "jsonl", "dicom-audit": "xml"}[form]
    return FileResponse(file, as_attachment=True, filename=f"ledger-{form}.{ending}")
