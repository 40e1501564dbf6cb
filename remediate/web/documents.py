"""Pages that stand alone and were made elsewhere: a plan's own page, as it was bound to the plan, and a batch's."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from remediate.errors import LedgerError, PlanError
from remediate.faces.batch import batch_looked_at, batch_page_of
from remediate.plan.reading import digest_of
from remediate.report.leak_scan import numbers_in
from remediate.texts.language import Sentence
from remediate.web.opening import looked, opened
from remediate.web.roles import STUDIES, page
from remediate.web.showing import language_of

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
READ = "remediate-read-"
"""In the session, with a plan's name: the digest of the page that was read."""


def standing_alone(text: str) -> HttpResponse:
    """A page of ours with its own style sheet, which the browser takes by its digest and nothing else."""
    if next(numbers_in(text.encode()), None) is not None:
        raise LedgerError(
            Sentence(
                "The page would hold a number that may be a BSN. It is not shown.",
                "De pagina zou een nummer bevatten dat een BSN kan zijn. Zij wordt niet getoond.",
            )
        )
    hashes = [b64encode(hashlib.sha256(sheet.encode()).digest()).decode() for sheet in _STYLE.findall(text)]
    response = HttpResponse(text)
    response._csp_replace = {"style-src": [f"'sha256-{one}'" for one in hashes] or ["'none'"]}
    return response


@require_safe
@page(*STUDIES)
def batch(request: HttpRequest, batch_id: str) -> HttpResponse:
    """What one batch did, as `remediate report` writes it."""
    with opened(request) as work:
        row = next((one for one in work.ledger.batches() if one.batch_id == batch_id), None)
        if row is None:
            raise Http404
        _, text = batch_page_of(work, row, language_of(request))
        work.ledger.record(batch_looked_at(work, row))
    return standing_alone(text)


@require_safe
@page(*STUDIES)
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """The plan's own page, where it is the one that was made with it: that is what an approval binds."""
    with opened(request) as work:
        head = work.ledger.plan(plan_id)
        if head is None:
            raise Http404
        path = Path(head.path).with_name("plan.html")
        if "plan.html" not in head.files or not path.is_file():
            raise PlanError(
                Sentence(
                    "The plan's page does not lie beside it here.",
                    "De pagina van het plan ligt hier niet bij het plan.",
                )
            )
        if digest_of(path) != head.files["plan.html"]:
            raise PlanError(
                Sentence(
                    "The plan's page is not the one that was made: somebody changed it.",
                    "De pagina van het plan is niet zoals die is gemaakt: iemand heeft die gewijzigd.",
                )
            )
        looked(request, work, "web plan page")
        text = path.read_text(encoding="utf-8")
    response = standing_alone(text)
    request.session[f"{READ}{plan_id}"] = head.files["plan.html"]
    return response
