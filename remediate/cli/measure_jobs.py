"""`measure jobs FILE`: how often the BSN went along properly with what the gateway sent."""

from __future__ import annotations

from pathlib import Path

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.measure_report import folder_of, keep, out_option, tell_places, tell_table, write_all
from remediate.cli.wiring import session
from remediate.records.measurements import MeasurementKind
from remediate.report import measure_tables as tables
from remediate.report.measure_lines import jobs_lines
from remediate.report.measure_words import Say
from remediate.workflow.measure.job_list import read_job_list
from remediate.workflow.measure.jobs import jobs_json, measure_jobs


@click.command()
@common_options
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@out_option
@pass_state
def jobs(state: State, file: Path, folder: Path | None) -> None:
    """Read the gateway's job list (CSV, see measure.jobs in the configuration) and join it with the studies.

    A study counts as it was when it was sent. Every line counts, or is named with its reason.
    """
    out = state.output
    with session(state, exclusive=False) as work:
        listed = read_job_list(file, work.config.measure.jobs)
        figures = jobs_json(measure_jobs(listed, ledger=work.ledger, judge=work.judge))
        number = keep(work, MeasurementKind.JOBS, figures)
        places = write_all(work, out, "jobs", figures, folder_of(work, folder))
    say = Say(out.language)
    for line in jobs_lines(figures, say):
        out.say(line)
    for dimension in ("week", "destination", "type"):
        table = tables.jobs_table(figures["by"][dimension], say, in_order=dimension == "week")
        tell_table(out, say(f"by_{dimension}"), table, file="jobs.csv")
    tell_table(out, say("not_right_sent"), tables.reason_table(figures["wrong"], say, code_first=True))
    tell_table(out, say("failures"), tables.text_table(figures["failures"], say), file="jobs-reasons.csv")
    tell_table(out, say("problems"), tables.problem_table(figures["problems"], say))
    tell_places(out, places)
    out.answer({**figures, "measurement": number, **places})
