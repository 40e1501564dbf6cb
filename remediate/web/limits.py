"""What stands between a request and every page: how long a session lasts, the second factor, faults in one sentence."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.internal.flows import did_use_passwordless_login
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import escape

from remediate.errors import LedgerError, LedgerLockedError, RemediateError, UsageError
from remediate.identity.bsn_spelling import masked_numbers, may_hold_number
from remediate.program_log import Happened, tell
from remediate.report.leak_scan import numbers_in
from remediate.texts.printable import one_line
from remediate.web.opening import workroom
from remediate.web.showing import bad_request, fault, problem
from remediate.web.words import WORDS

_A_CODE = re.compile("(?=.*[A-Za-z])[A-Za-z0-9_=:./-]{16,}")
Answer = Callable[[HttpRequest], HttpResponse]
_SECOND = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
_A_WHILE = 20.0
"""Seconds between two notes that somebody is there: not every part of a page is written down."""
_SETTING_UP = frozenset(
    (
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    )
)
"""Where somebody may go who is signed in by password alone and has no second factor yet."""
ADDED = "remediate-second-factor-added"
"""In the session: it was this person, here, who added the second factor just now."""


class SmallBodies:
    """Refuses, unread, what is too large to be a form of ours: a file would go to the disk before anybody is asked."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return bad_request(request, status=413)
        return self._next(request)


class SessionLimits:
    """Ends a session that stands still for `web.session_minutes`, and every one after `web.session_hours`. What a page
    asks for by itself, such as the stream of the night, is no sign that somebody is there."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            web, now, session = workroom().config.web, time.time(), request.session
            begun, seen = session.setdefault("begun", now), session.setdefault("seen", now)
            if now - begun > web.session_hours * 3600 or now - seen > web.session_minutes * 60:
                logout(request)
            elif now - seen > _A_WHILE and not request.path.endswith("/events"):
                session["seen"] = now
        return self._next(request)


class SecondFactor:
    """No page without one: who has none sets it up first, and a session that was begun without it ends."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._next(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Called with the view that was found for the address."""
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None
        has_one = is_mfa_enabled(request.user, _SECOND)
        if not has_one:
            is_here = request.resolver_match.url_name in _SETTING_UP
            return None if is_here else HttpResponseRedirect(reverse("mfa_index"))
        if gave_second_factor(request):
            return None
        logout(request)
        return HttpResponseRedirect(reverse("account_login"))


def gave_second_factor(request: HttpRequest) -> bool:
    """Whether this session was begun with a second factor, or one was added in it."""
    records = get_authentication_records(request, request.user)
    given = any(record.get("method") == "mfa" for record in records)
    added = request.session.get(ADDED) == request.user.pk
    return given or added or did_use_passwordless_login(request, request.user)


class TypedNumbers:
    """What somebody typed comes back to him with its numbers masked, whatever form it was typed in: a page is seen by
    others, and kept by browsers. What else stands on a page is left as it is."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        if response.streaming or not str(response.get("Content-Type", "")).startswith("text/"):
            return response
        for typed in set(_texts_of(request)):
            if may_hold_number(typed) and (masked := _masked(typed)) != typed:
                told, shown = (escape(text).encode("utf-8", "replace") for text in (typed, masked))
                response.content = response.content.replace(told, shown)
        return response


def _masked(typed: str) -> str:
    """Of one long word with letters, such as a digest, a code or an address, only what no field of ours can hold: one
    digest in fifteen has nine digits in a row that may be a BSN, and its reader compares them."""
    if _A_CODE.fullmatch(typed) and next(numbers_in(typed.encode()), None) is None:
        return typed
    return masked_numbers(typed)


def _texts_of(request: HttpRequest) -> Iterator[str]:
    """All that was sent, as it was and as it is kept."""
    yield request.path
    for sent in (request.GET, request.POST):
        for _, values in sent.lists():
            for one in values:
                yield from (one, one.strip(), one_line(one))


class InOneSentence:
    """Our own errors become a page with their sentence; of any other the program log is told its class and place."""

    def __init__(self, get_response: Answer) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            allowed = response["Allow"]
            response = problem(request, WORDS["not_so"], status=405)
            response["Allow"] = allowed
        response.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Called with what a view raised."""
        if isinstance(error, RemediateError):
            status = 503 if isinstance(error, LedgerError) else 400 if isinstance(error, UsageError) else 409
            response = problem(request, fault(request, error), status=status)
            if isinstance(error, LedgerLockedError):
                response["Retry-After"] = "30"
            return response
        if type(error).__module__.startswith(("django", "allauth", "axes")):
            return None
        tell(Happened.COMMAND_FAILED, level=logging.ERROR, exception=error)
        return None
