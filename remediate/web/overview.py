"""The first page: coverage against 95 % and its course, what waits for whom, tonight. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from remediate.measure.trend import Trend, measure_trend, trend_json
from remediate.night.status import Condition
from remediate.plan.approval import missing_approvals
from remediate.records.ledger import PlanRow
from remediate.records.measurements import MeasurementKind
from remediate.records.roles import Role
from remediate.records.states import State
from remediate.report.measure.charts import course
from remediate.report.measure.words import Say
from remediate.report.svg import svg
from remediate.shares import enough, outward, share_of, target_reached
from remediate.texts.language import Language, Sentence
from remediate.web import night
from remediate.web.opening import PageSession, opened
from remediate.web.roles import EVERYBODY, page, roles_of
from remediate.web.showing import WebWords, language_of, show

_SHOWN = 60
"""Measurements of the course."""


class Waits(NamedTuple):
    """Something that somebody has to do."""

    told: str
    whose: str = ""
    view: str = ""  # where it is done


@require_safe
@page(*EVERYBODY)
def overview(request: HttpRequest) -> HttpResponse:
    """How things stand."""
    language = language_of(request)
    with opened(request) as work:
        seen = night.told(work, language)
        values = {"night": seen, "waits": list(_waits(work, WebWords(language), seen, roles_of(request)))}
        values |= _coverage(work, language)
    return show(request, "web/overview.html", values)


def _coverage(work: PageSession, language: Language) -> Mapping[str, Any]:
    """Of the last measurement of the archive, with the interval of the last sample where one was drawn."""
    trend, zone, say = measure_trend(work.ledger, work.ledger), work.config.execute.window.zone, WebWords(language)
    if not trend.points:
        return {"point": None}
    last = trend.points[-1]
    whole = last.studies + last.not_looked_at
    values: dict[str, Any] = {
        "point": last,
        "share": _told(say, share_of(last.correct, last.studies)),
        "reached": target_reached(last.correct, last.studies, last.not_looked_at, trend.target) is True,
        "needed": max(enough(last.studies, trend.target) - last.correct, 0),
        "points": [
            (one.at, _told(say, share_of(one.correct, one.studies))) for one in trend.points[: -_SHOWN - 1 : -1]
        ],
        "course": _drawn(trend, language, say, work),
    }
    if last.not_looked_at and whole:
        low, high = outward(last.correct / whole, (last.correct + last.not_looked_at) / whole)
        values |= {"low": say.share(low), "high": say.share(high)}
    sample = next(reversed(list(work.ledger.measurements(MeasurementKind.SAMPLE))), None)
    interval = sample.figures.get("interval") if sample is not None else None
    if sample is not None and interval:
        values |= {
            "interval": [say.share(end) for end in interval],
            "sampled_at": say.moment(sample.at.astimezone(zone)),
        }
    return values


def _told(say: WebWords, share: float | None) -> str:
    return "–" if share is None else say.share(share)


def _drawn(trend: Trend, language: Language, say: WebWords, work: PageSession) -> Any:
    drawn = course(trend_json(trend, work.config.execute.window.zone), Say(language), 700)
    return mark_safe(svg(drawn, label=say("course")))  # noqa: S308 - our own drawing, its words escaped


def _waits(work: PageSession, say: WebWords, seen: Mapping[str, Any], roles: frozenset[Role]) -> Iterator[Waits]:
    """What waits for people, most urgent first."""
    for head in work.ledger.plans():
        missing = _missing(work, head)
        if missing is not None:
            yield Waits(say("waits_approval", plan=head.plan_id), missing.in_(say.language), "plans")
    if number := sum(group.studies for group in work.ledger.queue_groups()):
        yield Waits(say("waits_review", number=number), view="queue" if Role.REVIEWER in roles else "")
    if number := len(work.ledger.in_state(State.QUARANTINED)):
        yield Waits(say("waits_quarantine", number=number))
    if seen["state"] in (Condition.FAILURES, Condition.NO_PROBE, Condition.PROBE_FORBIDS, Condition.SPOOL_FULL):
        yield Waits(say("waits_operator"), view="night")


def _missing(work: PageSession, head: PlanRow) -> Sentence | None:
    if head.superseded or head.withdrawn or not head.planned:
        return None
    return missing_approvals(head, work.config.approval)
