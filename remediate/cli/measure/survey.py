"""`measure` and `measure survey|trend`: how much is right in the archive, against Twiin's 95 %, now and over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from remediate.cli.commands import CommandState, common_options, full_option, pass_state
from remediate.cli.measure.jobs import jobs
from remediate.cli.measure.new import new
from remediate.cli.measure.received import received
from remediate.cli.measure.report import (
    dated,
    folder_of,
    keep,
    out_option,
    tell_places,
    tell_table,
    undecided_of,
    write_all,
)
from remediate.cli.measure.sample import sample
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.measure.courses import courses_json
from remediate.measure.coverage import DIMENSIONS, coverage_json, measure_survey
from remediate.measure.trend import measure_trend, trend_json
from remediate.records.measurements import MeasurementKind
from remediate.report.inflow_words import Teller, inflow_course_table
from remediate.report.measure import tables
from remediate.report.measure.advice import advice
from remediate.report.measure.files import write_measurement
from remediate.report.measure.lines import coverage_lines
from remediate.report.measure.words import Say
from remediate.wiring import today


@click.group(invoke_without_command=True)
@common_options
@full_option
@click.pass_context
def measure(ctx: click.Context) -> None:
    """In how many studies the BSN stands in the right place: in the archive, in a sample, sent, received, over time.

    Without a subcommand: measure survey. Each measurement is kept in the ledger and shown on one page.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(survey)


@measure.command()
@common_options
@out_option
@pass_state
def survey(state: CommandState, folder: Path | None = None) -> None:
    """Coverage of everything that was surveyed, by year, modality, institution, station and department."""
    out = state.output
    with session(state, exclusive=False) as work, out.progress(total=None, unit="studies", what="judged") as bar:
        undecided = undecided_of(work, bar.update)
        old_after_days = work.config.measure.old_after_days
        coverage = measure_survey(
            work.ledger,
            work.ledger,
            undecided,
            today=today(work.config),
            old_after_days=old_after_days,
            zone=work.config.execute.window.zone,
        )
        figures = dated(coverage_json(coverage))
        number = keep(work, MeasurementKind.SURVEY, figures)
        places = write_all(work, out, "survey", figures, folder_of(work, folder))
    tell_coverage(out, figures)
    tell_places(out, places)
    _tell_advice(out, figures)
    out.answer({**figures, "measurement": number, **places})


def tell_coverage(out: Output, figures: Mapping[str, Any]) -> None:
    """The figures for people."""
    say = Say(out.language, out.zone)
    for line in coverage_lines(figures, say):
        out.say(line)
    tell_table(out, say("why_not"), tables.reason_table(figures["wrong"], say, code_first=True))
    for dimension in DIMENSIONS:
        if not tables.is_telling(figures["by"][dimension]):
            continue
        table = tables.coverage_table(figures["by"][dimension], say, in_order=dimension == "year")
        tell_table(out, say(f"by_{dimension}"), table, file="survey.csv")


def _tell_advice(out: Output, figures: Mapping[str, Any]) -> None:
    for one in advice(figures, out.language):
        out.next_step(f"{one.text}" + (f" {one.command}" if one.command else ""))


@measure.command()
@common_options
@out_option
@pass_state
def trend(state: CommandState, folder: Path | None) -> None:
    """The course of coverage over every measurement that was kept, and what each batch did."""
    out = state.output
    with session(state, exclusive=False) as work:
        say = Say(out.language, out.zone)
        zone = work.config.execute.window.zone
        figures = dated(
            trend_json(measure_trend(work.ledger, work.ledger), zone) | {"courses": courses_json(work.ledger, zone)}
        )
        written = write_measurement(folder_of(work, folder), "trend", figures, out.language)
    if not figures["points"]:
        out.say(say("trend_none"))
    tell_table(out, say("trend"), tables.course_table(figures, say), file=written[1].name, always=True)
    tell_table(out, say("batches"), tables.batch_table(figures, say), file=written[-1].name)
    courses = figures["courses"]
    for kind in ("sample", "sent"):
        tell_table(out, say("jobs" if kind == "sent" else kind), tables.points_table(courses[kind], say))
    tell_table(out, Teller(say)("title"), inflow_course_table(courses["new"], say))
    for kind in ("received", "exceptions"):
        tell_table(out, say(f"course_{kind}"), tables.ends_table(courses[kind], say))
    for rule in courses["grown"]:
        out.say(say("exceptions_grown", rule=say.rule(rule)))
    tell_places(out, {"figures": str(written[0])})
    out.answer({**figures, "figures": str(written[0])})


for command in (sample, jobs, received, new):
    measure.add_command(command)

COMMANDS = (measure,)
