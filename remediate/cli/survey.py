"""`survey` and `survey import`: what the archive says it has, into the ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime

import click

from remediate.cli.arguments import DATE
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.output import Output, count, studies
from remediate.cli.survey_import import survey_import
from remediate.cli.wiring import session
from remediate.errors import ExitCode, UsageError
from remediate.identity.bsn_spelling import masked_numbers
from remediate.records.ledger import EventType, NewEvent
from remediate.survey.survey import Headers, SurveyResult
from remediate.texts.language import Sentence
from remediate.texts.printable import printable
from remediate.wiring import THREAD_SECONDS, now

_SHOWN = 20


@click.group(invoke_without_command=True)
@common_options
@click.option("--from", "begin", type=DATE, help="First Study Date, such as 2004-01-01.")
@click.option("--to", "end", type=DATE, help="Last Study Date.")
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
def _survey(state: CommandState, begin: datetime | None, end: datetime | None, headers: Headers | None) -> int:
    out = state.output
    if begin and end and begin > end:
        raise UsageError(Sentence("--from lies after --to.", "--from ligt na --to."))
    sys.setswitchinterval(THREAD_SECONDS)
    with session(state, exclusive=True) as work, out.progress(total=None, unit="studies", what="survey") as bar:
        asked = {"from": str(_day(begin) or ""), "to": str(_day(end) or "")}
        begun = NewEvent(type=EventType.SURVEY, at=now(), actor=work.account, reason="begun", details=asked)
        work.ledger.record(begun)  # also a survey that is broken off has asked whom the archive knows
        result = work.new_survey(bar.update, headers).run(_day(begin), _day(end))
        names_files = bool(work.config.epd.files)
    _tell(out, result, whole=begin is None and end is None)
    what = Sentence("", "") if names_files else Sentence(" FILE...", " BESTAND...")
    out.next_step(
        Sentence(
            f"remediate epd load{what.en}, then: remediate plan", f"remediate epd load{what.nl}, dan: remediate plan"
        )
    )
    out.answer(_json(result))
    return ExitCode.DONE if result.complete else ExitCode.ERROR


def _tell(out: Output, result: SurveyResult, *, whole: bool) -> None:
    seen = studies(result.studies)
    out.say(
        Sentence(
            f"{seen.en} in {count(result.queries, 'query', 'queries')}: {result.new} new, {result.undated} without a "
            f"date, {count(result.probed, 'header', 'headers')} read.",
            f"{seen.nl} in {count(result.queries, 'zoekvraag', 'zoekvragen')}: {result.new} nieuw, "
            f"{result.undated} zonder datum, {count(result.probed, 'header', 'headers')} gelezen.",
        )
    )
    if result.gone:
        gone = studies(result.gone)
        out.say(
            Sentence(
                f"{gone.en} that an earlier survey found: no longer in the archive, and no longer counted.",
                f"{gone.nl} van een eerdere inventarisatie: niet meer in het archief, en niet meer meegeteld.",
            )
        )
    for line in _doubts(result):
        out.say(line)
    if not result.complete:
        out.say(Sentence("NOT complete.", "NIET volledig."))
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


def _doubts(result: SurveyResult) -> Iterator[Sentence]:
    """What the archive did not do as it should, each with how often and for what."""
    for uids, en, nl in (
        (
            result.missing,
            "found by date, and not by the count without dates (lower archive.find_cap, then run the survey again)",
            "op datum gevonden, niet in de telling zonder datums (verlaag archive.find_cap en inventariseer opnieuw)",
        ),
        (
            result.unanswered,
            "named in a short answer, and never answered in full",
            "in een kort antwoord genoemd, en nooit volledig beantwoord",
        ),
        (
            tuple(printable(masked_numbers(text)) for text in result.no_uids),
            "left out, since what stands for the Study Instance UID is no UID",
            "weggelaten, omdat op de plaats van de Study Instance UID geen UID staat",
        ),
    ):
        if uids:
            number = studies(len(uids))
            yield Sentence(f"{number.en} {en}: {_some(uids)}", f"{number.nl} {nl}: {_some(uids)}")
    yield from _endings(result)
    if result.unread:
        number = studies(len(result.unread))
        named = _some([f"{uid} ({why})" for uid, why in result.unread.items()])
        yield Sentence(
            f"The header of {number.en} could not be read, so no plan will change them: {named}",
            f"De header van {number.nl} was niet te lezen, dus geen plan wijzigt ze: {named}",
        )
    if result.headers_ended:
        yield Sentence(
            "No more headers were asked for: too many links broke one after the other. Run the survey again.",
            "Er zijn geen headers meer opgevraagd: te veel verbindingen braken na elkaar. Inventariseer opnieuw.",
        )


def _endings(result: SurveyResult) -> Iterator[Sentence]:
    """Every final status other than success, by number, and what it means for the survey."""
    for status, times in sorted(result.endings.items(), key=lambda item: item[0] or 0):
        en, nl = count(times, "query", "queries"), count(times, "zoekvraag", "zoekvragen")
        if status is None:
            yield Sentence(
                f"{en} broken off: more studies came than are taken in at once.",
                f"{nl} afgebroken: er kwamen meer onderzoeken dan er tegelijk worden aangenomen.",
            )
        else:
            yield Sentence(
                f"{en} ended in status 0x{status:04X} ({status}) instead of success.",
                f"{nl} eindigde met status 0x{status:04X} ({status}) in plaats van succes.",
            )
    if result.cut_off:
        yield Sentence(
            "Not every answer was whole, and its parts were not either: studies may be missing.",
            "Niet elk antwoord was volledig, en de delen ervan evenmin: er kunnen onderzoeken ontbreken.",
        )


def _some(names: Sequence[str]) -> str:
    """The first of them; --json has them all."""
    more = f" (+{len(names) - _SHOWN})" if len(names) > _SHOWN else ""
    return ", ".join(name or '""' for name in names[:_SHOWN]) + more


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
        "headers_unread": dict(result.unread),
        "missing": list(result.missing),
        "gone": result.gone,
        "unanswered": list(result.unanswered),
        "no_uid": [masked_numbers(text) for text in result.no_uids],
        "endings": {"none" if status is None else f"0x{status:04X}": times for status, times in result.endings.items()},
    }


survey.add_command(survey_import)

COMMANDS = (survey,)
