"""The night: what runs or why nothing does, how far and how fast, and for operators pause, resume, stop and ceilings.

The page reads without scripts, and then asks for itself again now and then; with them it follows a stream.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST, require_safe

from remediate.errors import RemediateError, UsageError
from remediate.night import ceilings
from remediate.night.controlling import ask_for
from remediate.night.in_hand import InHand, in_hand
from remediate.night.life import Life
from remediate.night.next_step import next_step
from remediate.night.status import MAY_MOVE, NightStatus
from remediate.records.ledger import RunMode
from remediate.records.roles import Role
from remediate.records.states import WORDS as STATES
from remediate.records.states import State
from remediate.report.status_words import headline
from remediate.texts import notation
from remediate.texts.language import Language, Sentence
from remediate.web.opening import PageSession, opened
from remediate.web.roles import EVERYBODY, STUDIES, page, roles_of
from remediate.web.showing import WebWords, fault, language_of, show
from remediate.wiring import Machine, now

STREAMS = 12
"""How many streams are open at a time; each keeps a thread of the server. Others ask again by themselves."""
_EVERY = 2.0
_LASTS = 50.0
"""Seconds after which a stream ends; the browser opens it again, and is asked anew who it is."""
_PLAIN = re.compile(r"[0-9]{1,15}([.,][0-9]{1,2})?")
_LIVES = {
    Life.ALIVE: "alive",
    Life.FROZEN: "frozen",
    Life.SILENT: "silent",
    Life.GONE: "gone",
}
_open = threading.BoundedSemaphore(STREAMS)


@dataclass(frozen=True)
class _OnPage:
    """Tells what `status` says, on a page (`status_words.StatusTeller`)."""

    say: WebWords
    zone: tzinfo | None

    def moment(self, at: datetime) -> str:
        """Day, time and zone."""
        return self.say.moment(at)

    def typed(self, en: str, nl: str) -> Sentence:
        """A command as it stands: a page names no configuration."""
        return Sentence(en, nl)


@dataclass(slots=True)
class _LastLook:
    """One look at the night, shared by all that ask within a second: it may cost a count of all studies."""

    at: float = 0.0
    found: NightStatus | None = None
    held: tuple[InHand, ...] = ()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, work: PageSession) -> tuple[NightStatus, tuple[InHand, ...]]:
        """At most a second old."""
        with self.lock:
            if self.found is None or time.monotonic() - self.at > 1.0:
                self.found = work.standing()
                self.held = in_hand(work.ledger, work.ledger, Machine(work.config))
                self.at = time.monotonic()
            return self.found, self.held


_look = _LastLook()


def forget() -> None:
    """The next one looks anew: somebody changed something."""
    _look.at = 0.0


def told(work: PageSession, language: Language) -> dict[str, Any]:
    """What the page shows of the night, in one language."""
    found, held = _look.fresh(work)
    say = WebWords(language)
    lines = headline(_OnPage(say, work.config.execute.window.zone), found)
    step = next_step(found, Machine(work.config), is_known=True)
    planned = found.plan.planned if found.plan is not None else 0
    left = found.progress.left_studies
    doing = found.work.doing if found.work is not None else None
    moves = found.condition in MAY_MOVE and found.progress.left_objects
    return {
        "state": found.condition.value,
        "lines": [line.in_(language) for line in lines],
        "step": step.in_(language) if step is not None else "",
        "plan": found.plan,
        "planned": planned,
        "done": planned - left,
        "left": left,
        "left_objects": found.progress.left_objects,
        "percent": notation.part_of(planned - left, planned, language) if planned else "",
        "pace": notation.pace(found.objects_a_second, language) if moves and found.objects_a_second else "",
        "is_recent": found.is_recent,
        "why_so_many": doing.pace.in_(language) if doing is not None else "",
        "at_a_time": doing.at_a_time if doing is not None else None,
        "ends_at": found.ends_at,
        "opens_at": found.opens_at,
        "left_at_end": found.left_at_end if found.is_running else None,
        "done_at": found.done_at if moves else None,
        "workers": [_worker(one) for one in held],
        "states": _states(found, language),
        "looked_at": found.at,
    }


def _states(found: NightStatus, language: Language) -> list[tuple[str, int]]:
    return [(STATES[State(name)].in_(language), number) for name, number in found.by_state().items()]


def _worker(one: InHand) -> Mapping[str, Any]:
    """Who works on a patient: no study is named, since everybody sees the night."""
    return {
        "who": f"{one.process.machine} (pid {one.process.pid})" if one.process else one.patient.owner,
        "studies": len(one.patient.studies),
        "since": one.patient.since,
        "life": _LIVES[one.life],
        "silent": round(max(one.silent_for or 0.0, 0.0)),
    }


@require_safe
@page(*EVERYBODY)
def night(request: HttpRequest) -> HttpResponse:
    """The page."""
    with opened(request) as work:
        settings, asked = work.config.execute, ceilings.asked(work.ledger)
        holds, most = ceilings.effective(settings, asked).figures(), ceilings.configured(settings).figures()
        values = {
            "night": told(work, language_of(request)),
            "is_operator": Role.OPERATOR in roles_of(request),
            "ceilings": [
                (name, _figure(holds.get(name)), _figure(most.get(name))) for name in ("associations", *ceilings.RATES)
            ],
            "is_lowered": bool(asked),
            "may_see": bool(roles_of(request) & STUDIES),
            "batches": list(work.ledger.batches()[:10]),
        }
    return show(request, "web/night.html", values)


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


@require_GET
@page(*EVERYBODY)
def events(request: HttpRequest) -> HttpResponse:
    """The stream: the part of the page that changes, each time that it did."""
    if not _open.acquire(blocking=False):
        return HttpResponse(status=503, headers={"Retry-After": "15"})
    response = StreamingHttpResponse(_Stream(_parts(request)), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


class _Stream:
    """Gives its place back once the server closes it, also where nobody read a part of it."""

    def __init__(self, parts: Iterator[str]) -> None:
        self._parts, self._is_open = parts, True

    def __iter__(self) -> Iterator[str]:
        return self._parts

    def close(self) -> None:
        """Called by the server, whatever became of the reader."""
        if self._is_open:
            self._is_open = False
            _open.release()


def _parts(request: HttpRequest) -> Iterator[str]:
    language, before, ends = language_of(request), "", time.monotonic() + _LASTS
    yield "retry: 3000\n\n"
    while time.monotonic() < ends:
        try:
            with opened(request) as work:
                values = told(work, language)
            part = render_to_string("web/night_now.html", {"night": values}, request=request)
        except RemediateError as error:
            part = render_to_string("web/night_away.html", {"told": fault(request, error)}, request=request)
        same = part.partition("<footer")[0]  # the moment of the look alone is no news
        if same != before:
            before = same
            yield "event: night\n" + "".join(f"data: {line}\n" for line in part.splitlines()) + "\n"
        else:
            yield ": there\n\n"
        time.sleep(_EVERY)


_ASKED = {
    "pause": (RunMode.PAUSE, "asked_pause", "idle_pause"),
    "resume": (RunMode.RUN, "asked_resume", "idle_resume"),
    "stop": (RunMode.STOP, "asked_stop", "idle_stop"),
}


@require_POST
@page(Role.OPERATOR)
def control(request: HttpRequest) -> HttpResponse:
    """Pause, resume or stop."""
    if request.POST.get("mode") not in _ASKED:
        raise UsageError(Sentence("Pause, resume or stop.", "Pauzeer, hervat of stop."))
    mode, runs_word, idle_word = _ASKED[request.POST["mode"]]
    with opened(request) as work:
        machine = Machine(work.config)
        runs = ask_for(mode, work.ledger, work.ledger, machine, actor=work.account, now=now())
    forget()
    messages.info(request, WebWords(language_of(request))(runs_word if runs else idle_word))
    return HttpResponseRedirect(reverse("night"))


@require_POST
@page(Role.OPERATOR)
def limit(request: HttpRequest) -> HttpResponse:
    """Lower the ceilings, or take back what was lowered."""
    wanted = {} if "as_configured" in request.POST else _figures(request)
    if not wanted and "as_configured" not in request.POST:
        raise UsageError(Sentence("Give a ceiling.", "Geef een plafond."))
    with opened(request) as work:
        ceilings.lower(work.ledger, work.config.execute, wanted, actor=work.account, now=now())
    forget()
    messages.info(request, WebWords(language_of(request))("limited"))
    return HttpResponseRedirect(reverse("night"))


def _figures(request: HttpRequest) -> dict[str, float]:
    """What was filled in. Raises `UsageError` for what is no number above nothing: 1.000 is a thousand to one reader
    and one to another, so nothing of more than two decimals is taken."""
    found: dict[str, float] = {}
    for name in ("associations", *ceilings.RATES):
        text = request.POST.get(name, "").strip()
        if not text:
            continue
        value = float(text.replace(",", ".")) if _PLAIN.fullmatch(text) else 0.0
        if not value or (name == "associations" and value != int(value)):
            raise UsageError(
                Sentence(
                    "A ceiling is a number above 0, without separators of thousands.",
                    "Een plafond is een getal boven 0, zonder scheidingstekens voor duizendtallen.",
                )
            )
        found[name] = int(value) if name == "associations" else value
    return found
