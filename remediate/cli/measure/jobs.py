"""`measure jobs FILE`: how often the BSN went along properly with what the gateway sent; and how its list is read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from remediate.cli.arguments import DATE
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.measure.report import (
    address_book,
    dated,
    folder_of,
    keep,
    out_option,
    tell_places,
    tell_table,
    write_all,
)
from remediate.cli.output import Output
from remediate.cli.wiring import session
from remediate.errors import UsageError
from remediate.measure.expected import EXPECTED, against_measured, expected_of
from remediate.measure.job_list import FIRST_DAY, JobList, Period, read_job_list
from remediate.measure.job_proposal import propose, section
from remediate.measure.jobs import SentJobs, jobs_json, measure_jobs, never_surveyed
from remediate.records.measurements import MeasurementKind
from remediate.report.measure import tables
from remediate.report.measure.lines import jobs_lines
from remediate.report.measure.words import Say
from remediate.texts.language import Sentence
from remediate.wiring import Session, today

_SPAN = re.compile(r"([1-9][0-9]{0,3})\s*([dwmy])", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@click.command()
@common_options
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--from", "begin", type=DATE, help="First day of the jobs that count, such as 2026-11-01.")
@click.option("--to", "end", type=DATE, help="Last day of the jobs that count.  [default: as far as the list goes]")
@click.option("--last", help="The days up to today instead: 10d, 2w, 3m (of 30 days) or 1y (of 365).")
@click.option("--survey-missing", is_flag=True, help="Ask the archive for the studies that were never surveyed, first.")
@click.option(
    "--propose",
    "example",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Propose measure.jobs from this list: delimiter, encoding, header line, columns, words. Measures nothing.",
)
@out_option
@pass_state
def jobs(
    state: CommandState,
    file: Path | None,
    begin: datetime | None,
    end: datetime | None,
    last: str | None,
    survey_missing: bool,
    example: Path | None,
    folder: Path | None,
) -> None:
    """Read the gateway's job list (CSV, see measure.jobs in the configuration) and join it with the studies.

    A study counts as it was when it was sent, once however often it was sent. Every line counts, or is named.
    """
    out = state.output
    if (file is None) == (example is None):
        raise UsageError(
            Sentence(
                "Give the list to measure, or --propose FILE to see how a list is written.",
                "Geef de lijst om te meten, of --propose BESTAND om te zien hoe een lijst geschreven is.",
            )
        )
    if example is not None:
        found = propose(example)
        out.block(section(found, example.name))
        out.answer(asdict(found))
        return
    assert file is not None
    with session(state, exclusive=survey_missing) as work:
        period = asked_period(begin, end, last, today(work.config))
        listed = list_of(work, file, period)
        sent = measure_jobs(listed, census=work.ledger, studies=work.ledger, judge=work.judge)
        asked = _survey_missing(work, out, sent) if survey_missing else None
        if asked and asked["found"]:
            sent = measure_jobs(listed, census=work.ledger, studies=work.ledger, judge=work.judge)
        figures = dated(jobs_json(sent) | ({"survey_missing": asked} if asked else {}))
        known = expected_of(work.ledger.fact(EXPECTED))
        figures["expected"] = against_measured(known, figures["by"]["week"])
        number = keep(work, MeasurementKind.JOBS, figures)
        places = write_all(work, out, "jobs", figures, folder_of(work, folder))
    _tell(out, figures)
    tell_places(out, places)
    if figures["not_judged"].get("study-unknown") and not survey_missing:
        out.next_step(
            Say(out.language, out.zone)(
                "survey_missing", command=f"remediate measure jobs {shlex.quote(str(file))} --survey-missing"
            )
        )
    out.answer({**figures, "measurement": number, **places})


def asked_period(begin: datetime | None, end: datetime | None, last: str | None, day: date) -> Period:
    """The days that were asked for. Raises `UsageError`."""
    if last is None:
        if begin and end and begin > end:
            raise UsageError(Sentence("--from lies after --to.", "--from ligt na --to."))
        return Period(begin.date() if begin else None, end.date() if end else None)
    if begin or end:
        raise UsageError(
            Sentence(
                "--last stands for --from and --to; give the one or the others.",
                "--last staat voor --from en --to; geef het een of het ander.",
            )
        )
    return Period(_since(last, day), day)


def _since(span: str, today: date) -> date:
    match = _SPAN.fullmatch(span.strip())
    if match is None:
        raise UsageError(
            Sentence(
                "--last is a number of days, weeks, months or years, such as 10d, 2w, 3m or 1y.",
                "--last is een aantal dagen, weken, maanden of jaren, zoals 10d, 2w, 3m of 1y.",
            )
        )
    return today - timedelta(days=min(int(match[1]) * _DAYS[match[2].lower()] - 1, (today - FIRST_DAY).days))


def list_of(work: Session, file: Path, period: Period) -> JobList:
    """The list, with its destinations under the names of the address book."""
    settings = work.config.measure.jobs
    return read_job_list(file, settings, today=today(work.config), period=period, book=address_book(work))


def _survey_missing(work: Session, out: Output, sent: SentJobs) -> Mapping[str, Any]:
    """Ask the archive for exactly what the ledger does not know."""
    uids, numbers = never_surveyed(sent, work.ledger)
    with out.progress(total=len(uids) + len(numbers), unit="studies", what="survey") as bar:
        result = work.new_survey(bar.update).only(uids, numbers)
    return {"asked": len(uids) + len(numbers), "found": result.studies, "headers_read": result.probed}


def _tell(out: Output, figures: Mapping[str, Any]) -> None:
    say = Say(out.language, out.zone)
    for line in jobs_lines(figures, say):
        out.say(line)
    for dimension in ("week", "destination", "type"):
        table = tables.jobs_table(figures["by"][dimension], say, in_order=dimension == "week")
        tell_table(out, say(f"by_{dimension}"), table, file="jobs.csv")
    tell_table(out, say("not_right_sent"), tables.reason_table(figures["wrong"], say, code_first=True))
    tell_table(out, say("failures"), tables.text_table(figures["failures"], say), file="jobs-reasons.csv")
    tell_table(out, say("problems"), tables.problem_table(figures["problems"], say), always=True)
