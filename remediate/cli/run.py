"""`run JOB`: the steps of one file of `jobs/`, in order, and one summary for the morning; judges no study.

A step that fails keeps only those from running that need it. The job ends with the worst code of its steps.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import click

from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.metrics import write_metrics
from remediate.cli.output import Output, step_of_a_job
from remediate.cli.speaking import as_typed
from remediate.cli.wiring import configured, session
from remediate.config.settings import Config
from remediate.errors import ExitCode, RemediateError
from remediate.files import replacing
from remediate.jobs.delivery import mail, post
from remediate.jobs.job_file import Job, JobStep, find_job, read_job, worst
from remediate.jobs.last_runs import RUNS, LastRun, runs_of, runs_text
from remediate.reasons.study import StopReason
from remediate.records.ledger import EventType, NewEvent
from remediate.report.morning import Morning, StepEnd
from remediate.texts.language import Sentence, strerror_nl
from remediate.window import done_in_nights
from remediate.wiring import now, wait_until

_STOPPING = (StopReason.SIGNAL.value, StopReason.STOP_ASKED.value)
"""After which the whole job ends: whoever asked for it did not mean one step."""


@click.command()
@common_options
@click.argument("job")
@pass_state
def run(state: CommandState, job: str) -> int:
    """Run the steps of one job in order: NAME for jobs/NAME.yaml beside the configuration, or a path. What fails keeps
    only those steps from running that need it; the worst exit code is the job's, and one summary tells the rest."""
    out = state.output
    config = configured(state)
    found = read_job(find_job(job, config.base))
    began, before = now(), _last_run(state, found.name)
    ends = _run_steps(state, found)
    code = worst([ExitCode.ERROR if end.code is None else end.code for end in ends if not end.as_it_may])
    standing = _answer(state, "status")
    morning = Morning(
        job=found.name,
        hospital=config.report.hospital,
        at=now(),
        zone=config.execute.window.zone,
        steps=ends,
        standing=standing,
        share_before=before.share,
        done_at=_done_at(config, standing),
        language=out.language,
    )
    lines, told = _tell(out, config, morning, code, began)
    last = before.then(found.name, began=began, ended=morning.at, code=code, share=morning.share)
    _remember(state, last, told)
    out.answer(
        {
            "job": found.name,
            "steps": [{"step": end.text, "exit_code": end.code, "as_it_may": end.as_it_may} for end in ends],
            "finished": morning.is_well,
            "summary": lines,
            "told": told,
        }
    )
    return code


def _done_at(config: Config, standing: Mapping[str, Any]) -> datetime | None:
    """When the nights that come will have done what is left of the plan; None where `status` expects no end."""
    if not standing or not standing["done_at"]:
        return None
    left, pace, most = standing["left"], standing["objects_a_second"], config.execute.max_studies
    nights = math.ceil(left["studies"] / most) if most else 1
    return done_in_nights(config.execute.window, now(), timedelta(seconds=left["objects"] / pace), nights)


def _run_steps(state: CommandState, job: Job) -> list[StepEnd]:
    out = state.output
    ends: list[StepEnd] = []
    stopped = ""
    for number, step in enumerate(job.steps, start=1):
        kept_from = stopped or next((end.text for end in ends if end.words[0] in step.needs and not end.as_it_may), "")
        out.say(f"[{number}/{len(job.steps)}] remediate {step.text}")
        if kept_from:
            out.say(Sentence(f"Not run, because of: {kept_from}", f"Niet uitgevoerd vanwege: {kept_from}"))
            ends.append(StepEnd(words=step.words, code=None, as_it_may=False, not_run=kept_from))
            continue
        end, is_last = _step(state, step)
        ends.append(end)
        stopped = step.text if is_last else ""
    return ends


def _step(state: CommandState, step: JobStep) -> tuple[StepEnd, bool]:
    """How a step ended, and whether somebody wants the job to end with it."""
    out = state.output
    for left in reversed(range(step.tries)):
        with step_of_a_job() as notes:
            code = _invoke(state, step.words)
        is_last = notes.broken_off or notes.answer.get("stopped_because") in _STOPPING
        if code in step.may_exit or is_last or not left:
            break
        again = now() + timedelta(minutes=step.wait_minutes)
        at = out.moment(again)
        out.say(Sentence(f"Exit code {code}; again at {at}.", f"Exitcode {code}; opnieuw om {at}."))
        wait_until(again)
    as_it_may = code in step.may_exit
    if not as_it_may:
        out.say(
            Sentence(
                f"This step ended with exit code {code}; the job goes on where it can.",
                f"Deze stap eindigde met exitcode {code}; de taak gaat verder waar dat kan.",
            )
        )
    end = StepEnd(
        words=step.words,
        code=code,
        as_it_may=as_it_may,
        answer=notes.answer,
        lines=tuple(notes.lines),
        complaints=tuple(notes.complaints),
    )
    return end, is_last


def _invoke(state: CommandState, words: Sequence[str], *, quietly: bool = False) -> int:
    from remediate.cli.main import invoke

    common = ["--config", str(state.config)]
    if state.language_given:
        common += ["--lang", state.output.language.value]
    # with --json the steps' texts would stand before the one document
    with redirect_stdout(StringIO()) if state.output.as_json or quietly else nullcontext():
        return invoke([*common, *words])


def _answer(state: CommandState, command: str) -> Mapping[str, Any]:
    """What a command answers that is asked for the summary's sake; {} where it fails, which is told on stderr."""
    with step_of_a_job() as notes:
        _invoke(state, [command], quietly=True)
    return notes.answer


def _tell(
    out: Output, config: Config, morning: Morning, code: int, began: datetime
) -> tuple[list[str], dict[str, str]]:
    """Bring the summary to everybody who is configured; answers its lines, and what became of each way."""
    settings = config.report.morning
    lines, told = [as_typed(line) for line in morning.lines()], {}
    if settings.silent and not morning.happened:
        lines += [_SILENT.in_(out.language)]
    else:
        failed = _send(config, morning, lines, code, began)
        told = {way: _SENT if why is None else why.in_(out.language) for way, why in failed.items()}
        lines += [
            _NOT_SENT[way].in_(out.language).format(why=why.in_(out.language))
            for way, why in failed.items()
            if why is not None
        ]
        if settings.file and (problem := _write(config, lines)) is not None:
            told["file"] = problem.in_(out.language)
            lines.append(_NOT_SENT["file"].in_(out.language).format(why=told["file"]))
        elif settings.file:
            told["file"] = _WRITTEN
    out.say()
    for line in lines:
        out.say(line)
    return lines, told


_SENT, _WRITTEN = _ARRIVED = ("sent", "written")
_SILENT = Sentence("Nothing happened, so nobody was told.", "Er is niets gebeurd, dus niemand kreeg bericht.")
_NOT_SENT: Mapping[str, Sentence] = {
    "mail": Sentence("The e-mail was not sent: {why}.", "De e-mail is niet verstuurd: {why}."),
    "webhook": Sentence("The webhook was not told: {why}.", "De webhook kreeg geen bericht: {why}."),
    "file": Sentence("The file was not written: {why}.", "Het bestand is niet geschreven: {why}."),
}


def _send(config: Config, morning: Morning, lines: list[str], code: int, began: datetime) -> dict[str, Sentence | None]:
    settings, text = config.report.morning, "\n".join(lines) + "\n"
    found: dict[str, Sentence | None] = {}
    if settings.mail.host:
        found["mail"] = mail(settings.mail, config.base, os.environ, subject=morning.subject, text=text, at=morning.at)
    if settings.webhook.url:
        document = {
            "text": text,
            "job": morning.job,
            "hospital": morning.hospital,
            "began": began.isoformat(timespec="seconds"),
            "ended": morning.at.isoformat(timespec="seconds"),
            "exit_code": code,
            "well": morning.is_well,
            "share": morning.share,
            "lines": lines,
        }
        found["webhook"] = post(settings.webhook, config.base, os.environ, document)
    return found


def _write(config: Config, lines: list[str]) -> Sentence | None:
    try:
        with replacing(config.path(config.report.morning.file)) as file:
            file.write(("\n".join(lines) + "\n").encode("utf-8", "replace"))
    except OSError as error:
        return Sentence(error.strerror or type(error).__name__, strerror_nl(error))
    return None


def _last_run(state: CommandState, job: str) -> LastRun:
    try:
        with session(state, exclusive=False) as work:
            return runs_of(work.ledger.fact(RUNS)).get(job, LastRun())
    except RemediateError:  # the steps will say what is wrong
        return LastRun()


def _remember(state: CommandState, last: LastRun, told: Mapping[str, str]) -> None:
    """Keep how the job ended, and tell those who watch; a night that is done is not failed for that."""
    ways = {f"told_{way}": how in _ARRIVED for way, how in told.items()}
    try:
        with session(state, exclusive=False) as work:
            runs = runs_text({**runs_of(work.ledger.fact(RUNS)), last.job: last})
            details: dict[str, str | int | float | bool | None] = {
                "what": "job",
                "job": last.job,
                "exit_code": last.code,
                **ways,
            }
            event = NewEvent(type=EventType.EXPORT, at=now(), actor=work.account, details=details)
            work.ledger.set_fact(RUNS, runs, event)
            problem = write_metrics(work.ledger, work.config, now())
    except RemediateError as error:
        problem = error.sentence
    if problem is not None:
        state.output.notice(problem)


COMMANDS = (run,)
