"""`execute`: the night's work, from the plan that may be carried out to the batch that is told and signed."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time

import click

from remediate.cli.arguments import tell_exchanged
from remediate.cli.commands import CommandState, common_options, pass_state
from remediate.cli.copies.updates import exit_code as exit_code_of_updates
from remediate.cli.copies.updates import (
    newest_for_copies,
    settle_copies,
    tell_updates,
    update_copies,
    updates_json,
)
from remediate.cli.ledger.proof import keep_checkpoints_elsewhere
from remediate.cli.night.batch_answer import advise, batch_json, exit_code, no_batch_json, tell_batch
from remediate.cli.night.working import Limits, run_plan, settle
from remediate.cli.ordering import order_again
from remediate.cli.outages import UNHARMED
from remediate.cli.output import Output, in_each
from remediate.cli.telling import tell_after
from remediate.cli.wiring import session
from remediate.errors import ExitCode, LedgerError, PlanError, UsageError
from remediate.night.execute import BatchResult
from remediate.night.intent import Details
from remediate.night.status import WAITS
from remediate.plan.approval import approved_with_work, require_approved
from remediate.plan.bound_settings import require_same_settings
from remediate.plan.document import PlanDocument
from remediate.plan.message_corrections import FILE
from remediate.plan.reading import read_bound_plan
from remediate.plan.verification_means import chosen
from remediate.probe.probing import require_fitting_probe
from remediate.processes import this_process
from remediate.reasons.study import StopReason
from remediate.records.ledger import EventType, NewEvent
from remediate.records.signs import Holder
from remediate.texts import notation
from remediate.texts.language import Sentence
from remediate.window import next_occurrence, opens_at
from remediate.wiring import Session, now, wait_until


class _ClockTime(click.ParamType[time]):
    name = "HH:MM"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> time:
        try:
            return time.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a time such as 05:30", param, ctx)


@click.command()
@common_options
@click.argument("plan_path", metavar="[PLAN]", required=False)
@click.option(
    "--approved",
    is_flag=True,
    help="The oldest approved plan that can go on, or a newer one with all that it has left.",
)
@click.option(
    "--max-studies", type=click.IntRange(min=1), help="Stop after so many studies.  [default: execute.max_studies]"
)
@click.option(
    "--until",
    type=_ClockTime(),
    help="Stop at this time, in the zone of execute.window, such as 05:30.  [default: when the window ends]",
)
@click.option("--now", "at_once", is_flag=True, help="Work outside the window too.")
@click.option("--settle", "only_settle", is_flag=True, help="Only finish or put back what was begun, at any hour.")
@click.option("--copies", "for_copies", is_flag=True, help="Bring the plan's copies up to what the archive holds.")
@pass_state
def execute(
    state: CommandState,
    plan_path: str | None,
    approved: bool,
    max_studies: int | None,
    until: time | None,
    at_once: bool,
    only_settle: bool,
    for_copies: bool,
) -> int:
    """Execute an approved plan: retrieve, write down, correct, store, read back, verify; one study after the other."""
    out = state.output
    if bool(plan_path) + approved + only_settle != 1:
        raise UsageError(
            Sentence("Name a plan, or give --approved or --settle.", "Noem een plan, of geef --approved of --settle.")
        )
    if only_settle:
        return _settle_copies(state) if for_copies else _settle(state)
    if for_copies:
        return _execute_copies(state, plan_path, Limits(ignore_window=at_once, max_studies=max_studies), until)
    if not at_once:
        _wait_for_window(state, plan_path)
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        document = executable(work, out, plan_path) if plan_path else first_executable(work, out)
        if document is None:
            out.say(Sentence("No approved plan has work left.", "Geen goedgekeurd plan heeft nog werk."))
            out.answer(no_batch_json(chosen(work.config.execute)))
            return ExitCode.DONE
        plan_path = plan_path or document.plan_id
        moment = next_occurrence(until, work.config.execute.window, now()) if until else None
        limits = Limits(ignore_window=at_once, until=moment, max_studies=max_studies)
        result = carry_out(state, work, document, limits)
    tell_batch(out, result)
    _tell_opening(out, work, result)
    advise(out, result, plan_path)
    out.answer(batch_json(result))
    return exit_code(result)


def _execute_copies(state: CommandState, plan_path: str | None, limits: Limits, until: time | None) -> int:
    """Under one plan's approval; without PLAN the newest that is approved and covers a copy."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        document, found = read_bound_plan(plan_path or newest_for_copies(work), work.ledger)
        tell_exchanged(out, require_approved(work.ledger, document, found, work.config.approval), found)
        moment = next_occurrence(until, work.config.execute.window, now()) if until else None
        state.how_far.begun = UNHARMED
        reports = update_copies(work, out, document, replace(limits, until=moment))
        work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now(), plan=document.plan_id))
        keep_checkpoints_elsewhere(work, out)
    tell_updates(out, f"remediate execute {document.plan_id} --copies", reports)
    out.answer(updates_json(document.plan_id, reports))
    return exit_code_of_updates(reports)


def _settle_copies(state: CommandState) -> int:
    """After a kill, also where the plan was withdrawn since: no study in a copy stays half done."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        state.how_far.begun = UNHARMED
        reports = settle_copies(work, out)
        if reports:
            work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now()))
            keep_checkpoints_elsewhere(work, out)
    if not reports:
        out.say(_NOTHING_TO_SETTLE)
    tell_updates(out, "remediate execute --settle --copies", reports)
    out.answer(updates_json(None, reports))
    return exit_code_of_updates(reports)


def _wait_for_window(state: CommandState, plan_path: str | None) -> None:
    """Where `execute.outside` is `wait` and there is something to execute; without the ledger's lock, so that other
    commands can work meanwhile."""
    out = state.output
    with session(state, exclusive=False) as work:
        settings = work.config.execute
        opening = opens_at(settings.window, now())
        if settings.outside != "wait" or opening is None:
            return
        if (executable(work, out, plan_path) if plan_path else first_executable(work, out)) is None:
            return
    at = in_each(notation.minute, opening, settings.window.zone)
    out.notice(Sentence(f"The window opens at {at.en}: waiting.", f"Het venster gaat open op {at.nl}: wachten."))
    wait_for_opening(state, opening)


def wait_for_opening(state: CommandState, opening: datetime) -> None:
    """Without the ledger's lock; `status` says meanwhile who waits."""
    who = Holder(this_process(), state.how_far.name, now(), changes_studies=True)
    _tell_waiting(state, who.note(), opening)
    wait_until(opening)
    _tell_waiting(state, "", opening)


def _tell_waiting(state: CommandState, note: str, opening: datetime) -> None:
    with contextlib.suppress(LedgerError), session(state, exclusive=False) as work:
        details: Details = {"waits": bool(note), "window_opens": opening.isoformat()}
        work.ledger.set_fact(
            WAITS, note, NewEvent(type=EventType.CONTROL, at=now(), actor=work.account, details=details)
        )


def _tell_opening(out: Output, work: Session, result: BatchResult) -> None:
    """After a start outside the window."""
    opening = opens_at(work.config.execute.window, now())
    if result.stopped_because is StopReason.WINDOW_CLOSED and opening is not None:
        at = in_each(notation.minute, opening, work.config.execute.window.zone)
        out.say(Sentence(f"The window opens at {at.en}.", f"Het venster gaat open op {at.nl}."))


def _settle(state: CommandState) -> int:
    """After a kill, outside the window or under a plan that may not go on: no study stays half done."""
    out = state.output
    state.how_far.begins_work = True
    with session(state, exclusive=True) as work:
        work.archive.echo()
        state.how_far.begun = UNHARMED
        result = settle(work, out)
        if result is None:
            out.say(_NOTHING_TO_SETTLE)
            out.next_step("remediate status")
            out.answer(no_batch_json(chosen(work.config.execute)))
            return ExitCode.DONE
        conclude(work, out, result)
    tell_batch(out, result)
    out.next_step("remediate status")
    out.answer(batch_json(result))
    return exit_code(result)


_NOTHING_TO_SETTLE = Sentence("Nothing is left to settle.", "Er is niets af te handelen.")


def carry_out(state: CommandState, work: Session, document: PlanDocument, limits: Limits) -> BatchResult:
    """Execute a plan that may be executed, and conclude. Raises `PlanError` where the probe does not let this archive
    be written to, also when it was withdrawn since the command began; `ArchiveError` where the archive does not answer.
    """
    by_message = bool(document.parameters.get("output"))
    require_fitting_probe(work.ledger, work.config, now=now(), by_message=by_message)
    work.archive.echo()
    order_again(work, state.output, document)
    state.how_far.begun = UNHARMED
    result = run_plan(work, state.output, document.plan_id, limits)
    conclude(work, state.output, result)
    return result


def conclude(work: Session, out: Output, result: BatchResult) -> None:
    """Sign and hand on what a batch wrote."""
    if not result.batch_id:
        return
    work.ledger.checkpoint(NewEvent(type=EventType.CHECKPOINT, at=now(), batch=result.batch_id))
    keep_checkpoints_elsewhere(work, out)
    tell_after(work, out)


def executable(work: Session, out: Output, plan_path: str) -> PlanDocument:
    """The plan, approved and still fitting what is configured. Raises `PlanError` with what stands in the way."""
    document, found = read_bound_plan(plan_path, work.ledger)
    tell_exchanged(out, require_approved(work.ledger, document, found, work.config.approval), found)
    require_same_settings(document.kind, document.parameters, work.config)
    require_receiver(work, bool(document.parameters.get("output")))
    return document


def first_executable(work: Session, out: Output, *, without: Collection[str] = ()) -> PlanDocument | None:
    """The oldest approved plan that can go on, besides those that are named; one that cannot is told, and keeps no
    other from its night.

    Raises the first plan's `PlanError` when none can.
    """
    refused: dict[str, PlanError] = {}
    for plan_id in approved_with_work(work.ledger, work.config.approval):
        if plan_id in without:
            continue
        try:
            document = executable(work, out, plan_id)
        except PlanError as error:
            refused[plan_id] = error
            continue
        for left, why in refused.items():
            out.notice(Sentence(f"{left} is left out: {why}", f"{left} is overgeslagen: {why.sentence.nl}"))
        return document
    if refused:
        raise next(iter(refused.values()))
    return None


def require_receiver(work: Session, by_message: bool) -> None:
    """Without a host remediate sends nothing. Raises `PlanError`."""
    if by_message and not work.config.hl7_output.host:
        raise PlanError(
            Sentence(
                f"No hl7_output.host is set, so remediate sends nothing: {FILE} beside the plan is for others to send.",
                f"hl7_output.host is niet ingesteld, dus remediate verstuurt niets: {FILE} naast het plan is "
                "voor anderen om te versturen.",
            ),
            advice=Sentence(
                "Afterwards `remediate survey` and `remediate plan` show what the archive made of it.",
                "Daarna tonen `remediate survey` en `remediate plan` wat het archief ermee deed.",
            ),
        )


COMMANDS = (execute,)
