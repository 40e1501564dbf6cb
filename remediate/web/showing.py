"""How a page is shown: its words, its menu, its faults, its style. Knows no figures and asks no ledger."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from remediate.digests import sha256_of_value
from remediate.errors import LedgerLockedError, RemediateError
from remediate.report.page_template import page_template
from remediate.report.page_words import PageWords
from remediate.texts.language import Language, Sentence
from remediate.web.opening import workroom
from remediate.web.roles import roles_of
from remediate.web.sections import menu
from remediate.web.words import WORDS

_PATH = re.compile(r"(?<![\w/<])/(?:[^\s/:;,]+/)+([^\s/:;,]+)")
"""A file by its whole path, of which its name is left."""


class WebWords(PageWords):
    """Speaks the language of a request; moments in the zone of the window."""

    words = WORDS

    def moment(self, at: datetime) -> str:
        """Day, time and zone, as the terminal tells them."""
        return super().moment(at.astimezone(workroom().config.execute.window.zone))


def language_of(request: HttpRequest) -> Language:
    """Which the reader chose, or the browser asks for; else that of `report.language`."""
    code = (getattr(request, "LANGUAGE_CODE", "") or get_language() or "").partition("-")[0]
    return Language(code) if code in set(Language) else Language(workroom().config.report.language)


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """What every template gets."""
    say = WebWords(language_of(request))
    match = request.resolver_match
    user = getattr(request, "user", None)
    is_signed_in = user is not None and user.is_authenticated
    return {
        "say": say,
        "language": say.language.value,
        "hospital": workroom().config.report.hospital,
        "menu": list(menu(roles_of(request), (match.url_name if match else "") or "")) if is_signed_in else [],
        "style_version": _style()[1],
        "roles": sorted(role.value for role in roles_of(request)) if is_signed_in else [],
        "has_oidc": bool(workroom().config.web.oidc.server_url),
    }


def show(request: HttpRequest, template: str, values: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A page, or a part of one, of these values."""
    return render(request, template, dict(values), status=status)


def problem(request: HttpRequest, told: Sentence | str, *, status: int) -> HttpResponse:
    """A page that says why not."""
    text = told if isinstance(told, str) else told.in_(language_of(request))
    return show(request, "web/problem.html", {"told": text}, status=status)


def fault(request: HttpRequest, error: RemediateError) -> str:
    """One of our own errors, as a page says it: a place on this machine's disk is nobody's business there, and nobody
    waits long for a ledger that is being written to."""
    language = language_of(request)
    if isinstance(error, LedgerLockedError):
        told = "ledger_locked" if request.method in ("GET", "HEAD") else "ledger_locked_form"
        return WORDS[told].in_(language)
    return _PATH.sub(r"\1", error.in_(language))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """403."""
    return problem(request, WORDS["refused"], status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """404."""
    return problem(request, WORDS["not_found"], status=404)


def bad_request(request: HttpRequest, exception: Exception | None = None, *, status: int = 400) -> HttpResponse:  # noqa: ARG001
    """400; nothing of what was asked is repeated."""
    return HttpResponse(WORDS["bad_request"].in_(language_of(request)), status=status, content_type="text/plain")


def broken(request: HttpRequest) -> HttpResponse:
    """500; the program log has the class of the error and its place."""
    return HttpResponse(WORDS["broken"].in_(language_of(request)), status=500, content_type="text/plain")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """A form without its token."""
    return problem(request, WORDS["forged"], status=403)


def too_often(request: HttpRequest, *_more: object) -> HttpResponse:
    """429."""
    return problem(request, WORDS["too_often"], status=429)


def locked_out(request: HttpRequest, *_more: object) -> HttpResponse:
    """Too many wrong passwords."""
    return problem(request, WORDS["locked_out"], status=429)


@cache
def _style() -> tuple[str, str]:
    """The style of reports and what these pages have beside it, and a digest of both."""
    ours = files("remediate.web").joinpath("web.css").read_text(encoding="utf-8")
    text = page_template("page.css").render() + ours
    return text, sha256_of_value(text)[:12]


@login_not_required
@require_safe
@cache_control(max_age=31_536_000, immutable=True, public=True)
def style(request: HttpRequest, version: str) -> HttpResponse:  # noqa: ARG001 - the address changes with the content
    """The style sheet, whose address holds a digest of it."""
    return HttpResponse(_style()[0], content_type="text/css; charset=utf-8")
