"""`survey` and `survey import`: what the archive says it has, into the ledger."""

from __future__ import annotations

import sys
from datetime import date, datetime

import click

from remediate.cli.commands import State, common_options, pass_state
from remediate.cli.output import Output, count, studies
from remediate.cli.survey_import import survey_import
from remediate.cli.wiring import THREAD_SECONDS, account, now, session
from remediate.errors import ExitCode, UsageError
from remediate.language import Sentence
from remediate.records.ledger import EventType, NewEvent
from remediate.workflow.access_log import LoggedArchive
from remediate.workflow.survey import Headers, Survey, SurveyResult

_DATE = click.DateTime(formats=["%Y-%m-%d", "%Y%m%d"])


@click.group(invoke_without_command=True)
@common_options
@click.option("--from", "begin", type=_DATE, help="First Study Date, such as 2004-01-01.")
@click.option("--to", "end", type=_DATE, help="Last Study Date.")
@click.option(
    "--headers",
    type=click.Choice(["none", "study", "series"]),
    help="Read one header of each new or changed study or series where C-FIND does not tell.  [default: as configured]",
)
@click.pass_context
def survey(ctx: click.Context, begin: datetime | None, end: datetime | None, headers: Headers | None) -> int | None:
    """Ask the archive by C-FIND which studies it has. Without dates: everything, undated studies too."""
    if ctx.invoked_subcommand is not None:
        return None
    code: int = ctx.invoke(_survey, begin=begin, end=end, headers=headers)
    return code


@pass_state
def _survey(state: State, begin: datetime | None, end: datetime | None, headers: Headers | None) -> int:
    out = state.output
    if begin and end and begin > end:
        raise UsageError("--from lies after --to.")
    sys.setswitchinterval(THREAD_SECONDS)
    with session(state, exclusive=True) as work, out.progress(total=None, unit="studies", what="survey") as bar:
        asked = {"from": str(_day(begin) or ""), "to": str(_day(end) or "")}
        begun = NewEvent(type=EventType.SURVEY, at=now(), actor=account(), reason="begun", details=asked)
        work.ledger.record(begun)  # also a survey that is broken off has asked whom the archive knows
        result = Survey(
            archive=LoggedArchive(archive=work.archive, ledger=work.ledger, clock=now, type=EventType.HEADER_PROBE),
            ledger=work.ledger,
            spool=work.spool,
            clock=now,
            cap=work.config.archive.find_cap,
            headers=headers or work.config.archive.headers,
            evidence_settings=work.evidence_settings,
            progress=bar.update,
        ).run(_day(begin), _day(end))
    _tell(out, result, whole=begin is None and end is None)
    out.answer(_json(result))
    return ExitCode.DONE if result.complete else ExitCode.ERROR


def _tell(out: Output, result: SurveyResult, *, whole: bool) -> None:
    seen = studies(result.studies)
    out.say(
        Sentence(
            f"{seen.en} in {count(result.queries, 'query', 'queries')}: {result.new} new, {result.undated} without a "
            f"date, {count(result.probed, 'header', 'headers')} read.",
            f"{seen.nl} in {count(result.queries, 'vraag', 'vragen')}: {result.new} nieuw, {result.undated} zonder "
            f"datum, {count(result.probed, 'header', 'headers')} gelezen.",
        )
    )
    if not result.complete:
        missing = studies(result.missing)
        out.say(
            Sentence(
                f"NOT complete: {missing.en} found by date only, or the archive cut an answer off. Lower "
                "archive.find_cap, then run the survey again.",
                f"NIET volledig: {missing.nl} alleen op datum gevonden, of het archief kapte een antwoord af. Verlaag "
                "archive.find_cap en inventariseer opnieuw.",
            )
        )
    elif whole:
        out.say(
            Sentence(
                "Complete: the count by date and the count without dates agree.",
                "Volledig: de telling op datum en die zonder datum komen overeen.",
            )
        )
    else:
        out.say(
            Sentence(
                "Complete for these dates; only a survey without dates finds undated studies.",
                "Volledig voor deze datums; alleen een inventarisatie zonder datums vindt onderzoeken zonder datum.",
            )
        )
    out.next_step(
        Sentence(
            "remediate epd load FILE..., then: remediate plan", "remediate epd load BESTAND..., dan: remediate plan"
        )
    )


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _json(result: SurveyResult) -> dict[str, object]:
    return {
        "studies": result.studies,
        "new": result.new,
        "queries": result.queries,
        "complete": result.complete,
        "undated": result.undated,
        "headers_read": result.probed,
    }


survey.add_command(survey_import)

COMMANDS = (survey,)
