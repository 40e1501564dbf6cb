"""`simulate`: months of nights on a virtual clock, before anybody works them; asks no archive and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.measure.report import tell_table
from remediate.cli.wiring import session
from remediate.config.execute import SpanSettings, WindowSettings
from remediate.errors import ExitCode, UsageError
from remediate.measure.expected import EXPECTED, expected_of, expected_text
from remediate.measure.job_list import read_job_list
from remediate.measure.sent_needs import ages_of_sent
from remediate.night.sent_share import SentProfile
from remediate.night.simulation import MOST_NIGHTS, Course, Scenario, Stock, StudyOrder, simulate
from remediate.plan.planning import ASSUMED_OBJECTS_A_SECOND, measured_pace
from remediate.records.ledger import EventType, NewEvent, PlanKind
from remediate.records.needs import STEP, Need
from remediate.report.measure.files import write_file
from remediate.report.simulation_page import WORDS, Simulated, named, page, sent_table, table, told
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now, today

_RECENT = timedelta(days=365)
_NOTHING = Sentence(
    "Nothing is surveyed yet: there is no stock of studies to simulate with.",
    "Er is nog niets geïnventariseerd: er zijn geen onderzoeken om mee te simuleren.",
)
_NO_WINDOW = Sentence("That is no window, such as 20:00-06:00.", "Dat is geen venster, zoals 20:00-06:00.")


@click.command("simulate")
@common_options
@click.option("--window", "windows", multiple=True, metavar="FROM-TO", help="Also under this window, every day.")
@click.option(
    "--pace", "paces", multiple=True, type=click.FloatRange(min=0, min_open=True), help="Also at so many objects/s."
)
@click.option(
    "--order",
    "orders",
    multiple=True,
    type=click.Choice([order.value for order in StudyOrder]),
    help="Also in this order.",
)
@click.option(
    "--decisions", multiple=True, type=click.IntRange(min=1), help="Also with so many confirmed in review a day."
)
@click.option(
    "--jobs",
    "jobs_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The gateway's list of sent jobs: also say the share of what is sent, week by week.",
)
@click.option("--nights", type=click.IntRange(1, MOST_NIGHTS), default=MOST_NIGHTS, show_default=True, help="At most.")
@click.option(
    "--out", "path", type=click.Path(dir_okay=False, path_type=Path), help="Page.  [default: in report.folder]"
)
@pass_state
def simulate_nights(
    state: CommandState,
    windows: tuple[str, ...],
    paces: tuple[float, ...],
    orders: tuple[str, ...],
    decisions: tuple[int, ...],
    jobs_file: Path | None,
    nights: int,
    path: Path | None,
) -> int:
    """How many nights the work takes and when 95 % is passed, from the survey's sizes and the measured pace.

    Once as configured, and once for each other window, pace, order or number of decisions that is named.
    """
    out = state.output
    with session(state, exclusive=False) as work:
        changes = list(_changes(work, out.language, windows, paces, orders, decisions))
        simulated = _simulated(work, changes, nights, _sent(work, jobs_file))
        _keep_expected(work, simulated)
        target = path or work.config.path(work.config.report.folder) / "simulation.html"
        made = page(simulated, out.language, hospital=work.config.report.hospital)
        write_file(target, made.encode("utf-8", "replace"))
    for line in told(simulated, out.language):
        out.say(line)
    tell_table(out, WORDS["title"].in_(out.language), table(simulated, out.language), always=True)
    if (sent := sent_table(simulated, out.language)) is not None:
        tell_table(out, WORDS["sent_title"].in_(out.language), sent, always=True)
    out.say(Sentence(f"Page: {target}", f"Pagina: {target}"))
    out.answer(_as_json(simulated, target))
    return ExitCode.DONE


def _changes(
    work: Session,
    language: Language,
    windows: tuple[str, ...],
    paces: tuple[float, ...],
    orders: tuple[str, ...],
    decisions: tuple[int, ...],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each scenario changes, in words and as the fields of one; the first changes nothing."""
    yield named(language), {}
    for text in windows:
        window = _window(work.config.execute.window, text)
        yield named(language, window=window), {"window": window}
    for pace in paces:
        yield named(language, pace=pace), {"objects_a_second": pace}
    for order in map(StudyOrder, orders):
        yield named(language, order=order), {"order": order}
    for number in decisions:
        yield named(language, decisions=number), {"decisions_a_day": number}


def _window(configured: WindowSettings, text: str) -> WindowSettings:
    try:
        begins, ends = text.replace("–", "-").split("-")
        span = SpanSettings.model_validate({"from": begins.strip(), "to": ends.strip()})
    except ValueError:
        raise UsageError(_NO_WINDOW) from None
    return configured.model_copy(update={"from_": span.from_, "to": span.to, "days": span.days, "also": ()})


def _sent(work: Session, path: Path | None) -> SentProfile | None:
    """How old the studies are that the gateway sends."""
    if path is None:
        return None
    listed = read_job_list(path, work.config.measure.jobs, today=today(work.config))
    return SentProfile.of(ages_of_sent(listed.jobs, needs=work.ledger, census=work.ledger))


def _keep_expected(work: Session, simulated: Simulated) -> None:
    """What is expected under what is configured, for `measure jobs` to hold against what it finds."""
    if course := simulated.scenarios[0][2].sent:
        known = expected_of(work.ledger.fact(EXPECTED))
        details: dict[str, str | int | float | bool | None] = {"what": EXPECTED, "weeks": len(course)}
        event = NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details)
        work.ledger.set_fact(EXPECTED, expected_text(known, course, today(work.config)), event)


def _places(work: Session) -> str:
    """The newest plan that has an order; "" where none has."""
    heads = (head.plan_id for head in work.ledger.plans() if head.kind is PlanKind.CORRECT)
    every = (len(Need) + 1) * STEP
    return next((name for name in heads if next(work.ledger.planned_in_order(name, before=every), None)), "")


def _simulated(
    work: Session, changes: list[tuple[str, dict[str, Any]]], nights: int, sent: SentProfile | None
) -> Simulated:
    begin, zone = now(), work.config.execute.window.zone
    stock = Stock(recent_since=(begin.astimezone(zone) - _RECENT).date())
    plan_id = _places(work)
    for studies in work.ledger.inventory():
        uids = [study.study_instance_uid for study in studies] if plan_id else []
        stock.add(studies, work.ledger.places_of(plan_id, uids) if uids else {})
    if not stock.counted and not stock.objects:
        raise UsageError(_NOTHING, advice="remediate survey")
    pace = measured_pace(work.ledger)
    settings = work.config.execute
    configured = Scenario(
        window=settings.window,
        objects_a_second=pace or ASSUMED_OBJECTS_A_SECOND,
        limits=settings.limits,
        max_studies=settings.max_studies,
        sent=sent,
    )
    scenarios = [(name, replace(configured, **change)) for name, change in changes]
    return Simulated(
        stock=stock,
        scenarios=[(name, one, simulate(stock, one, begin=begin, most_nights=nights)) for name, one in scenarios],
        is_measured=pace is not None,
        begin=begin,
        zone=zone,
    )


def _as_json(simulated: Simulated, target: Path) -> dict[str, Any]:
    stock = simulated.stock
    return {
        "studies": stock.counted,
        "correct": stock.correct,
        "to_correct": len(stock.objects),
        "objects": sum(stock.objects),
        "review": stock.review,
        "recent": {"since": stock.recent_since.isoformat(), "studies": stock.recent_counted,
                   "correct": stock.recent_correct},
        "scenarios": [
            {"scenario": name, "objects_a_second": round(one.objects_a_second, 3), "order": one.order.value,
             "decisions_a_day": one.decisions_a_day, **_course_json(course)}
            for name, one, course in simulated.scenarios
        ],
        "page": str(target),
    }  # fmt: skip


def _course_json(course: Course) -> dict[str, Any]:
    moments = {"done_at": course.done_at, "passed_at": course.passed_at, "recent_passed_at": course.recent_passed_at}
    return {
        "nights": sum(1 for night in course.nights if night.studies),
        **{name: at and at.isoformat(timespec="seconds") for name, at in moments.items()},
        "share": course.share,
        "too_long": course.too_long,
        "sent": [{"day": day.isoformat(), "share": share} for day, share in course.sent],
        "course": [
            {
                "begins": night.begins.isoformat(timespec="seconds"),
                "studies": night.studies,
                "objects": night.objects,
                "share": night.share,
            }
            for night in course.nights
        ],
    }


COMMANDS = (simulate_nights,)
