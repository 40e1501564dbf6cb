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
from remediate.night.simulation import MOST_NIGHTS, Course, Scenario, Stock, StudyOrder, simulate
from remediate.plan.planning import ASSUMED_OBJECTS_A_SECOND, measured_pace
from remediate.report.measure.files import write_file
from remediate.report.simulation_page import WORDS, Simulated, named, page, table, told
from remediate.texts.language import Language, Sentence
from remediate.wiring import Session, now

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
    nights: int,
    path: Path | None,
) -> int:
    """How many nights the work takes and when 95 % is passed, from the survey's sizes and the measured pace.

    Once as configured, and once for each other window, pace, order or number of decisions that is named.
    """
    out = state.output
    with session(state, exclusive=False) as work:
        changes = list(_changes(work, out.language, windows, paces, orders, decisions))
        simulated = _simulated(work, changes, nights)
        target = path or work.config.path(work.config.report.folder) / "simulation.html"
        made = page(simulated, out.language, hospital=work.config.report.hospital)
        write_file(target, made.encode("utf-8", "replace"))
    for line in told(simulated, out.language):
        out.say(line)
    tell_table(out, WORDS["title"].in_(out.language), table(simulated, out.language), always=True)
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


def _simulated(work: Session, changes: list[tuple[str, dict[str, Any]]], nights: int) -> Simulated:
    begin, zone = now(), work.config.execute.window.zone
    stock = Stock(recent_since=(begin.astimezone(zone) - _RECENT).date())
    for studies in work.ledger.inventory():
        stock.add(studies)
    if not stock.counted and not stock.objects:
        raise UsageError(_NOTHING, advice="remediate survey")
    pace = measured_pace(work.ledger)
    settings = work.config.execute
    configured = Scenario(
        window=settings.window,
        objects_a_second=pace or ASSUMED_OBJECTS_A_SECOND,
        limits=settings.limits,
        max_studies=settings.max_studies,
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
