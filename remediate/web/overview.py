"""The first page: coverage against 95 % and its course, what waits for whom, tonight. Decides nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from remediate.web.opening import opened
from remediate.web.roles import EVERYBODY, page
from remediate.web.showing import show


@require_safe
@page(*EVERYBODY)
def overview(request: HttpRequest) -> HttpResponse:
    """How things stand."""
    with opened(request) as work:
        counts = work.ledger.counts()
    return show(request, "web/overview.html", {"studies": sum(counts.values())})
