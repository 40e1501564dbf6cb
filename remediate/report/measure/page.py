"""The measurement as one self-contained HTML page: the number first, then the gap, then what to do next.

No script, font or picture from elsewhere; readable on a phone and on paper. Every chart is drawn twice, for a narrow
and a wide sheet, of which one shows; a table with the same figures stands under it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from remediate.measure.courses import PERIODS
from remediate.measure.coverage import DIMENSIONS
from remediate.report.drawing import Drawing
from remediate.report.inflow_words import Teller, inflow_course_table, inflow_lines, inflow_table
from remediate.report.measure import charts, lines, tables
from remediate.report.measure.advice import advice, concentrations
from remediate.report.measure.charts import inflow_chart
from remediate.report.measure.words import Say
from remediate.report.page_template import page_template
from remediate.report.palette import Ink
from remediate.report.svg import svg
from remediate.texts.language import Language

_COURSES = ("new", "sample", "sent", "received", "exceptions")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFigures:
    """Everything that a page shows. What was never measured is None."""

    at: datetime
    survey: Mapping[str, Any]
    trend: Mapping[str, Any]
    sample: Mapping[str, Any] | None = None
    archive_sample: Mapping[str, Any] | None = None  # the newest of the archive itself, not of what a job list sent
    jobs: Mapping[str, Any] | None = None
    received: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None
    courses: Mapping[str, Any] | None = None  # of samples, of what was sent and received, and of exceptions
    measured_at: Mapping[str, str] | None = None  # kind -> ISO moment, of what was measured earlier
    old_after_days: int = 90  # from when on a figure is told to be old
    hospital: str = ""
    software: str = ""


def page(measured: PageFigures, language: Language) -> str:
    """The whole page."""
    say = Say(language, measured.at.tzinfo)
    return page_template("measure.html.j2", trim=True).render(
        m=measured,
        figures=measured.survey,
        say=say,
        language=language.value,
        charts=_charts(measured, say),
        tables=_tables(measured, say),
        advice=list(advice(measured.survey, language)),
        concentrations=concentrations(measured.survey),
        grown=(measured.courses or {}).get("grown", ()),
        courses=[(kind, _course_title(kind, say)) for kind in _COURSES],
        dimensions=[name for name in DIMENSIONS if tables.is_telling(measured.survey["by"][name])],
        excepted=sum(measured.survey["exceptions"].values()),
        **_lines(measured, say),
    )


def _lines(measured: PageFigures, say: Say) -> dict[str, Any]:
    made: dict[str, Any] = {
        "against_target": lines.against_target(measured.survey, say),
        "nothing_counts": lines.nothing_counts(measured.survey, say),
        "left_out": [*lines.left_out(measured.survey, say), *lines.seen(measured.survey, say)],
        "dates": {kind: _date(measured, at, say) for kind, at in (measured.measured_at or {}).items()},
    }
    if measured.sample:
        made["sample"] = {
            "verdict": lines.sample_verdict(measured.sample, say),
            "lines": list(lines.sample_lines(measured.sample, say)),
            "origin": lines.sample_origin(measured.sample, say),
        }
    if measured.jobs:
        made["jobs"] = list(lines.jobs_lines(measured.jobs, say))
    if measured.received:
        made["received"] = list(lines.received_lines(measured.received, say))
    if measured.new:
        made["new"] = _inflow(measured.new, say)
    return made


def _inflow(figures: Mapping[str, Any], say: Say) -> dict[str, Any]:
    told = Teller(say)
    titled = [
        (told("by_sender") if name == "sender" else say(f"by_{name}"), inflow_table(groups, say))
        for name, groups in figures["by"].items()
        if groups
    ]
    return {"title": told("title"), "lines": list(inflow_lines(figures, say)), "tables": titled}


def _date(measured: PageFigures, at: str, say: Say) -> dict[str, Any]:
    """When one kind was measured, and whether that is long ago."""
    moment = datetime.fromisoformat(at).astimezone(measured.at.tzinfo)
    days = (measured.at - moment).days
    is_old = days > measured.old_after_days
    key = "measured_old" if is_old else "measured_on"
    return {"text": say(key, day=say.day(moment), days=days), "is_old": is_old}


def _tables(measured: PageFigures, say: Say) -> dict[str, tables.FigureTable]:
    figures = measured.survey
    made = {name: tables.coverage_table(figures["by"][name], say, in_order=name == "year") for name in DIMENSIONS} | {
        "wrong": tables.reason_table(figures["wrong"], say)
    }
    made["trend"] = tables.course_table(measured.trend, say)
    made["batches"] = tables.batch_table(measured.trend, say)
    for period in PERIODS:
        made[f"course_{period}"] = tables.period_table((measured.trend.get("by") or {}).get(period, {}), say)
    made |= _course_tables(measured.courses or {}, say)
    if sample := measured.sample:
        made["sample"] = tables.strata_table(sample["by"]["stratum"], say)
        made["sample_wrong"] = tables.reason_table(sample["wrong"] | sample["unseen"], say)
    if jobs := measured.jobs:
        for name in ("week", "destination", "type"):
            made[name] = tables.jobs_table(jobs["by"][name], say, in_order=name == "week")
        made["jobs_wrong"] = tables.reason_table(jobs["wrong"], say)
        made["failures"] = tables.text_table(jobs["failures"], say)
        made["problems"] = tables.problem_table(jobs["problems"], say)
    if received := measured.received:
        made["received"] = tables.senders_table(received["by"]["institution"], say)
        made["received_wrong"] = tables.reason_table(received["wrong"], say)
    return made


def _course_tables(courses: Mapping[str, Any], say: Say) -> dict[str, tables.FigureTable]:
    """Of samples and of what was sent point by point, of senders and of exceptions their ends."""
    made = {f"courses_{kind}": tables.points_table(courses.get(kind, ()), say) for kind in ("sample", "sent")}
    ends = {f"courses_{kind}": tables.ends_table(courses.get(kind, {}), say) for kind in ("received", "exceptions")}
    return made | ends | {"courses_new": inflow_course_table(courses.get("new", ()), say)}


def _course_title(kind: str, say: Say) -> str:
    named = {"sample": "sample", "sent": "jobs"}
    if kind == "new":
        return Teller(say)("title")
    return say(named.get(kind, f"course_{kind}"))


def _charts(measured: PageFigures, say: Say) -> dict[str, Markup]:
    figures, target = measured.survey, measured.survey["target"]
    made = {
        "gauge": both_widths(lambda width: charts.gauge(figures, say, width), say("title")),
        "legend": both_widths(lambda width: charts.legend(say, width), say("title")),
        "gap": both_widths(lambda width: charts.bars(_gap(figures, say), say, width), say("why_not")),
        "year": _columns(figures["by"]["year"], target, say, "by_year"),
    }
    if measured.trend["points"]:
        made["trend"] = both_widths(lambda width: charts.course(measured.trend, say, width), say("trend"))
    sample, jobs, received = measured.sample, measured.jobs, measured.received
    if sample and sample["interval"]:
        made["sample"] = both_widths(lambda width: charts.interval(sample, say, width), say("sample"))
    if (new := measured.new) and new["studies"]:
        made["new"] = both_widths(lambda width: inflow_chart(new["days"], say, width), Teller(say)("title"))
    if jobs:
        made["week"] = _columns(jobs["by"]["week"], target, say, "by_week")
    if received:
        made["received"] = both_widths(lambda width: charts.bars(_senders(received), say, width), say("received"))
    return made


def _columns(groups: Mapping[str, Mapping[str, Any]], target: float, say: Say, label: str) -> Markup:
    shown = charts.columns_of(dict(tables.chosen(groups, in_order=True)))
    return both_widths(lambda width: charts.columns(shown, target, say, width), say(label))


def _gap(figures: Mapping[str, Any], say: Say) -> list[charts.Bar]:
    inks = {"misplaced": Ink.GAP, "missing": Ink.GAP}
    wrong = ("misplaced", "missing", "conflicting", "unproven", "unsettled", "set-aside")
    counted = {name: figures["categories"][name] for name in wrong}
    ranked = sorted(counted.items(), key=lambda pair: -pair[1])
    return [charts.Bar(say.category(name), number, inks.get(name, Ink.SOFT)) for name, number in ranked if number]


def _senders(received: Mapping[str, Any]) -> Sequence[charts.Bar]:
    groups = received["by"]["institution"]
    ranked = tables.chosen(groups, in_order=False)
    return [charts.Bar(name, group["studies"] - group["correct"]) for name, group in ranked[:10]]


def both_widths(draw: Callable[[float], Drawing], label: str) -> Markup:
    """The drawing for a phone and for everything wider; the style sheet shows one of them."""
    narrow = svg(draw(charts.NARROW), label=label, css_class="narrow")
    wide = svg(draw(charts.WIDE), label=label, css_class="wide")
    return Markup(narrow + wide)  # noqa: S704 - made here, every text in it escaped
